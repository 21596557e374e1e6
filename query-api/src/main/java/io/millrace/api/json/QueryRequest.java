package io.millrace.api.json;

import io.millrace.model.Fetch;
import io.millrace.model.Filter;
import io.millrace.model.NearestQuery.SearchParams;
import io.millrace.model.PointId;
import io.millrace.model.VectorValue;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/// What one search asks for, in the shape of `points/query`; the older routes are read into it too.
///
/// @param query absent = walk the points in id order
/// @param using absent = the unnamed vector
/// @param limit unsigned, @param offset unsigned
/// @param lookupFrom where vectors of ids come from, the searched collection if absent
public record QueryRequest(
    List<Prefetch> prefetches,
    Optional<Query> query,
    Optional<String> using,
    Filter filter,
    SearchParams params,
    OptionalDouble scoreThreshold,
    long limit,
    long offset,
    Fetch fetch,
    Optional<LookupFrom> lookupFrom) {

  public QueryRequest {
    prefetches = List.copyOf(prefetches);
  }

  /// How points are ranked.
  public sealed interface Query {
    record Nearest(Example example) implements Query {}

    /// A kind that is known by name and not served.
    record Unserved(String kind) implements Query {}
  }

  /// A vector that is given, or named by the point that has it.
  public sealed interface Example {
    record OfVector(VectorValue vector) implements Example {}

    record OfPoint(PointId id) implements Example {}
  }

  /// Candidates found before the query ranks them.
  ///
  /// @param limit unsigned
  public record Prefetch(long limit) {}

  /// @param vector absent = the name the search uses
  public record LookupFrom(String collection, Optional<String> vector) {}
}
