package io.millrace.ingest.record;

/// What a record's stream belongs to, for the placeholders of a binding's collection.
public sealed interface Origin {
  record Topic(String name) implements Origin {}

  /// @param name without the ending of its compression
  record DroppedFile(String name) implements Origin {
    /// Up to the first dot after the first character.
    public String stem() {
      int dot = name.indexOf('.', 1);
      return dot < 0 ? name : name.substring(0, dot);
    }
  }
}
