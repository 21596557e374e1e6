/// The door: everything that changes data is submitted to a [Collection], everything that reads
/// holds a [Searcher] of one point in time. Start at [Collections].
///
/// - **Lives here:** opening, creating and dropping collections; validation; the apply thread;
///   refresh, commit and start-up replay.
/// - **May call in:** `ingest`, `query-api` and `app`.
/// - **Never here:** HTTP, Kafka or wire JSON words.
@NullMarked
package io.millrace.collection;

import org.jspecify.annotations.NullMarked;
