package io.millrace.collection;

import java.util.Optional;

/// @param points live points
/// @param indexedVectors vectors in segments that have a graph, and all sparse ones
/// @param indexedDense those of them that are not sparse
/// @param failure why the collection is red, in one sentence
public record CollectionInfo(
    Status status,
    long points,
    long indexedVectors,
    long indexedDense,
    int segments,
    Optional<String> failure) {
  public enum Status {
    GREEN,
    /// Merges are running or due, or a text index is filled.
    YELLOW,
    /// Pending, but nothing was triggered since start.
    GREY,
    RED
  }
}
