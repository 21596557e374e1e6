package io.millrace.ingest.record;

/// What a record's stream belongs to, for the placeholders of a binding's collection.
public sealed interface Origin {
  record Topic(String name) implements Origin {}

  /// @param name without the ending of its compression, behind its sub-folders where it has some
  record DroppedFile(String name) implements Origin {
    /// Of the file itself, up to the first dot after the first character.
    public String stem() {
      String last = name.substring(name.lastIndexOf('/') + 1);
      int dot = last.indexOf('.', 1);
      return dot < 0 ? last : last.substring(0, dot);
    }
  }
}
