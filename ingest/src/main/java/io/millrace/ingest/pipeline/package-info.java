/// From decoded records to the logs of their collections, every record once. Start at [StreamLane].
///
/// - **Lives here:** grouping by collection, submitting and waiting for durability, what is retried
///   and what is a dead letter, bytes in flight, checkpoints and resume points, states and counts.
/// - **May call in:** the edges (`kafka`, `inbox`, `route`) and `Sources`.
/// - **Never here:** Kafka clients, folders of files, how a record is read.
@NullMarked
package io.millrace.ingest.pipeline;

import org.jspecify.annotations.NullMarked;
