package io.millrace.model.query;

import io.millrace.model.Filter;
import io.millrace.model.NearestQuery.SearchParams;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/// One node of a query tree: points are found (all, or those that the prefetches found) and ranked.
///
/// @param query absent = in id order
/// @param using name of the vector, absent = the unnamed one
/// @param filter holds for the prefetches below, too
/// @param limit unsigned as sent
/// @param lookupFrom where vectors of example points come from; absent = the searched collection
public record Stage(
    List<Stage> prefetches,
    Optional<Query> query,
    Optional<String> using,
    Filter filter,
    SearchParams params,
    OptionalDouble scoreThreshold,
    long limit,
    Optional<LookupFrom> lookupFrom) {

  public Stage {
    prefetches = List.copyOf(prefetches);
  }

  /// @param vector absent = the name the stage uses
  public record LookupFrom(String collection, Optional<String> vector) {}

  /// The vector's name, `""` for the unnamed one.
  public String vector() {
    return using.orElse("");
  }

  public Stage withLimit(long newLimit) {
    return new Stage(
        prefetches, query, using, filter, params, scoreThreshold, newLimit, lookupFrom);
  }

  public Stage withFilter(Filter newFilter) {
    return new Stage(
        prefetches, query, using, newFilter, params, scoreThreshold, limit, lookupFrom);
  }

  public Stage withPrefetches(List<Stage> newPrefetches) {
    return new Stage(
        newPrefetches, query, using, filter, params, scoreThreshold, limit, lookupFrom);
  }
}
