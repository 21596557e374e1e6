package io.millrace.model.query;

import io.millrace.model.Fetch;

/// One search.
///
/// @param offset hits to leave out at the front, unsigned as sent
public record QueryRequest(Stage root, long offset, Fetch fetch) {}
