package io.millrace.model;

import java.time.Duration;

/// A moment on the monotonic clock after which work stops. Cheap enough to check every few hundred
/// rows.
public final class Deadline {
  /// Never passes.
  public static final Deadline NONE = new Deadline(Long.MAX_VALUE, Duration.ZERO);

  private final long atNanos;
  private final Duration span;

  private Deadline(long atNanos, Duration span) {
    this.atNanos = atNanos;
    this.span = span;
  }

  public static Deadline in(Duration span) {
    return new Deadline(System.nanoTime() + span.toNanos(), span);
  }

  public boolean isPassed() {
    return this != NONE && System.nanoTime() - atNanos >= 0;
  }

  /// At least 0.
  public long remainingNanos() {
    return this == NONE ? Long.MAX_VALUE : Math.max(0, atNanos - System.nanoTime());
  }

  /// Throws [Failure.TimedOut] once the moment has passed.
  public void check() {
    if (isPassed()) {
      throw new Failure.TimedOut(
          "Operation did not finish within " + Math.max(1, span.toSeconds()) + " seconds");
    }
  }
}
