/// `millrace bench-kafka`: how fast records of a topic become searchable, and how soon. Start at
/// [KafkaCommand].
///
/// - **Lives here:** the records, the cases, what is timed; the report as text and JSON.
/// - **May call in:** nobody; `millrace` finds the command by itself.
/// - **Never here:** shortcuts past the broker and the public API, except for the engine alone that
///   the path is compared with.
@NullMarked
package io.millrace.bench.kafka;

import org.jspecify.annotations.NullMarked;
