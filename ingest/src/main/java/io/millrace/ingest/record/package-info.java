/// Bytes to operations, or the reason why not. Start at [RecordDecoder].
///
/// - **Lives here:** the shapes of records, keys, headers, vectors in JSON and base64, the codes of
///   refused records. Everything is a pure function of (record, binding).
/// - **May call in:** `pipeline` and the edges.
/// - **Never here:** collections, files, threads, clocks, Kafka types.
@NullMarked
package io.millrace.ingest.record;

import org.jspecify.annotations.NullMarked;
