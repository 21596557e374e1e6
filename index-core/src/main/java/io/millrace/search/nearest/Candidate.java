package io.millrace.search.nearest;

/// A hit.
///
/// @param leafOrdinal place of its segment in the list that was searched
/// @param doc document of that segment
/// @param score exact float32, as a client sees it
public record Candidate(int leafOrdinal, int doc, float score) {}
