/// Topics of a Kafka cluster as sources, through a Camel component of our own (`millrace-kafka:`).
/// Start at [KafkaIntake].
///
/// - **Lives here:** everything that knows Kafka's clients: polling, positions in topics, the
///   identity of topics and clusters, dead letters in a topic, published group offsets.
/// - **May call in:** `Sources`, and Camel through the component.
/// - **Never here:** what a record means, and what becomes of it once it is handed over.
@NullMarked
package io.millrace.ingest.kafka;

import org.jspecify.annotations.NullMarked;
