package io.millrace.ingest.config;

import java.time.Instant;

/// Where the first life of a Kafka source begins.
public sealed interface Start {
  record Earliest() implements Start {}

  record Latest() implements Start {}

  /// The first record at or after this time.
  record At(Instant time) implements Start {}

  /// The committed offsets of a consumer group, which is taken over once.
  record Group(String name) implements Start {}
}
