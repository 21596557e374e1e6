package io.millrace.collection;

import java.util.Map;
import java.util.UUID;

/// One immutable part of a collection's index.
///
/// @param points live ones
/// @param deleted points that are still on disk
/// @param vectors by name: how many there are, those of deleted points left out as far as known
/// @param indexed those of them whose searches do not read every row
/// @param hasGraph whether a search walks a graph here
/// @param bytes on disk
public record SegmentFacts(
    UUID id,
    int points,
    int deleted,
    Map<String, Long> vectors,
    Map<String, Long> indexed,
    boolean hasGraph,
    long bytes) {
  public SegmentFacts {
    indexed = Map.copyOf(indexed);
    vectors = Map.copyOf(vectors);
  }
}
