package io.millrace.collection;

import java.time.Duration;

/// When the next durable commit is due: an interval after the last one, earlier where the log has
/// grown much since. Times are as those of [RefreshPace].
///
/// Asked and told by the apply thread, and started right before that thread is.
final class CommitPace {
  private final long intervalNanos;
  private final long mostBytes;
  private long dueNanos;
  private long appliedBytes; // since the last commit

  /// @param mostBytes of the log between two commits
  CommitPace(Duration interval, long mostBytes) {
    this.intervalNanos = interval.toNanos();
    this.mostBytes = mostBytes;
  }

  void start(long nowNanos) {
    dueNanos = nowNanos + intervalNanos;
  }

  /// @param bytes that an applied entry takes in the log
  void applied(long bytes) {
    appliedBytes += bytes;
  }

  /// Until time makes a commit due; zero or less when it has.
  long nanosLeft(long nowNanos) {
    return dueNanos - nowNanos;
  }

  boolean isDue(long nowNanos) {
    return nanosLeft(nowNanos) <= 0 || appliedBytes >= mostBytes;
  }

  void committed(long nowNanos) {
    appliedBytes = 0;
    dueNanos = nowNanos + intervalNanos;
  }
}
