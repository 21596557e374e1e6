package io.millrace.search;

import io.millrace.search.filter.MatchingDocs;
import io.millrace.search.nearest.NearestSearch;

/// What the searches of all collections of a process share.
///
/// @param filters answers of filters in segments
/// @param nearest finds the nearest points, on the calling thread or on several
public record SharedSearch(MatchingDocs filters, NearestSearch nearest) {}
