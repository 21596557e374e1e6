package io.millrace.ingest.record;

import java.util.Set;

/// Turns the records of one collection over to another and drops those of all others. What cannot
/// be read is dropped too: whoever reads the stream for real has it as a dead letter.
///
/// @param from names that records may give the collection
public record Redirect(Set<String> from, String into) {
  public Redirect {
    from = Set.copyOf(from);
  }

  Decoded of(Decoded decoded) {
    return switch (decoded) {
      case Decoded.Operations(String collection, var operations) ->
          collection.equals(into) || from.contains(collection)
              ? new Decoded.Operations(into, operations)
              : new Decoded.Dropped(Decoded.Dropped.Why.UNBOUND);
      case Decoded.Bad bad ->
          bad.code() == Code.NEEDS_EMBEDDER
              ? bad // not the record's fault
              : new Decoded.Dropped(Decoded.Dropped.Why.SKIPPED);
      case Decoded.Dropped dropped -> dropped;
    };
  }
}
