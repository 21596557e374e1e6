package io.millrace.ingest.pipeline;

import io.millrace.ingest.config.Limits;
import java.time.Duration;
import java.util.OptionalLong;
import java.util.function.LongSupplier;

/// How fast a stream may go: what was taken is paid for by time before more is taken. One thread.
final class Quota {
  private final Limits limits;
  private final LongSupplier nanoTime;
  private long freeAtNanos;

  Quota(Limits limits, LongSupplier nanoTime) {
    this.limits = limits;
    this.nanoTime = nanoTime;
    this.freeAtNanos = nanoTime.getAsLong();
  }

  /// Zero when the next records may be taken.
  Duration untilFree() {
    return Duration.ofNanos(Math.max(0, freeAtNanos - nanoTime.getAsLong()));
  }

  void take(long records, long bytes) {
    long cost =
        Math.max(cost(records, limits.recordsPerSecond()), cost(bytes, limits.bytesPerSecond()));
    freeAtNanos = Math.max(freeAtNanos, nanoTime.getAsLong()) + cost;
  }

  private static long cost(long amount, OptionalLong perSecond) {
    return perSecond.isEmpty() ? 0 : (long) (amount * 1e9 / perSecond.getAsLong());
  }
}
