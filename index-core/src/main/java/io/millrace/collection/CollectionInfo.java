package io.millrace.collection;

import java.util.Optional;

/// @param points live points
/// @param indexedVectors vectors in segments that have a graph
/// @param failure why the collection is red, in one sentence
public record CollectionInfo(
    Status status, long points, long indexedVectors, int segments, Optional<String> failure) {
  public enum Status {
    GREEN,
    /// Merges are running or due.
    YELLOW,
    /// Pending, but nothing was triggered since start.
    GREY,
    RED
  }
}
