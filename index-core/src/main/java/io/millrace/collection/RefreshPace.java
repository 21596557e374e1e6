package io.millrace.collection;

import java.time.Duration;

/// When the next refresh is due: an interval after the last one began, later where refreshing is
/// slow. Times are in nanoseconds of one clock that may begin anywhere, as [System#nanoTime] is.
///
/// Asked and told by the apply thread, and started right before that thread is.
final class RefreshPace {

  /// A refresh comes no sooner than this many times what the shorter of the last two took: at most
  /// a quarter of the apply thread's time goes to making things visible, and one slow refresh, cold
  /// or held up by a disk, does not delay the next.
  private static final int SHARE = 4;

  private final long intervalNanos;
  private long dueNanos;
  private long lastTookNanos;

  RefreshPace(Duration interval) {
    this.intervalNanos = interval.toNanos();
  }

  void start(long nowNanos) {
    dueNanos = nowNanos + intervalNanos;
  }

  /// Zero or less when a refresh is due.
  long nanosLeft(long nowNanos) {
    return dueNanos - nowNanos;
  }

  void refreshed(long beginNanos, long endNanos) {
    long tookNanos = endNanos - beginNanos;
    dueNanos = beginNanos + Math.max(intervalNanos, SHARE * Math.min(tookNanos, lastTookNanos));
    lastTookNanos = tookNanos;
  }
}
