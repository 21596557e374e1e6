package io.millrace.search.filter;

import io.millrace.model.Deadline;
import io.millrace.model.Filter;

/// Filters of one collection, with the meaning its payload indexes give them.
public interface Filters {
  MatchingDocs.Matches of(Filter filter, Deadline deadline);
}
