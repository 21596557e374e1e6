/// What the whole project speaks about: points, ids, vectors, payload bytes, filters, operations
/// and failures. Start at [Point] and [Operation].
///
/// - **Lives here:** immutable values, their text forms, their order and equality.
/// - **May call in:** every package.
/// - **Never here:** files, threads, Lucene, JSON parsing, HTTP or Kafka words.
@NullMarked
package io.millrace.model;

import org.jspecify.annotations.NullMarked;
