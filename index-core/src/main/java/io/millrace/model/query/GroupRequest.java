package io.millrace.model.query;

import io.millrace.model.PayloadPath;

/// A search whose hits are gathered by a value of the payload.
///
/// @param query its limit is the number of groups, its offset is 0
/// @param size hits per group, unsigned as sent
public record GroupRequest(QueryRequest query, PayloadPath by, long size) {}
