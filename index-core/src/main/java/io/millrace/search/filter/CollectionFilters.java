package io.millrace.search.filter;

import io.millrace.model.CollectionConfig;
import io.millrace.model.Deadline;
import io.millrace.model.Filter;

/// Filters as one collection means them: by its declared payload indexes and by the vectors it has
/// now.
public final class CollectionFilters {
  private final MatchingDocs filters;
  private final CollectionConfig config;

  public CollectionFilters(MatchingDocs filters, CollectionConfig config) {
    this.filters = filters;
    this.config = config;
  }

  /// See [MatchingDocs#of].
  public MatchingDocs.Matches of(Filter filter, Deadline deadline) {
    return filters.of(StoredVectorNames.in(filter, config), config.payloadSchema(), deadline);
  }
}
