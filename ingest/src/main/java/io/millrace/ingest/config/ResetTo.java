package io.millrace.ingest.config;

import java.time.Instant;
import java.util.Map;

/// Where the streams of a source begin again.
public sealed interface ResetTo {
  record Earliest() implements ResetTo {}

  record Latest() implements ResetTo {}

  /// The first record at or after this time.
  record At(Instant time) implements ResetTo {}

  /// @param next position of the next record, by stream (`products/0`)
  record Positions(Map<String, Long> next) implements ResetTo {
    public Positions {
      next = Map.copyOf(next);
    }
  }
}
