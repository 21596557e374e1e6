package io.millrace.model.query;

import io.millrace.model.Filter;
import io.millrace.model.PointId;
import java.util.List;

/// How near the points of a random sample are to each other.
///
/// @param ids of the sample, ascending
/// @param neighbours of each, the nearest first
public record Matrix(List<PointId> ids, List<List<Neighbour>> neighbours) {
  public static final Matrix EMPTY = new Matrix(List.of(), List.of());

  public Matrix {
    ids = List.copyOf(ids);
    neighbours = neighbours.stream().map(List::copyOf).toList();
  }

  /// @param place of the neighbour in `ids`
  public record Neighbour(int place, float score) {}

  /// @param sample points looked at, unsigned as sent
  /// @param limit neighbours of each, unsigned as sent
  /// @param seed decides which points
  public record Request(Filter filter, String using, long sample, long limit, long seed) {}
}
