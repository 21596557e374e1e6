/// Refused records, kept with their bytes, position, code and reason. Start at [DeadLetters].
///
/// - **Lives here:** what a dead letter is, the file store, listing.
/// - **May call in:** `pipeline` writes, `kafka` has the store on a topic, `Sources` lists.
/// - **Never here:** decoding, retries, Kafka types.
@NullMarked
package io.millrace.ingest.deadletter;

import org.jspecify.annotations.NullMarked;
