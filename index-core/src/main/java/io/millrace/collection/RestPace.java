package io.millrace.collection;

import java.time.Duration;

/// When a collection rests: a time after the last write, or after that time of hardly any writes,
/// later where what it did at rest took long.
///
/// Times are in nanoseconds of one clock that may begin anywhere, as [System#nanoTime] is.
///
/// Asked and told by the apply thread.
final class RestPace {

  /// A rest comes no sooner than this many times what the merges of the last one took after their
  /// end: whoever writes in bursts does not have all of a large collection written anew for each.
  private static final int SHARE = 10;

  /// A trickle: what is written in that time at most, if it is not to count as writing.
  static final long TRICKLE_BYTES = 256 << 10;

  /// Of a write whose bytes in the log say little of what it changes.
  static final long MUCH = TRICKLE_BYTES + 1;

  private final long afterNanos;
  private boolean rests = true;
  private boolean merging;
  private long writtenNanos;
  private long windowNanos;
  private long windowBytes;
  private double mergedBefore;
  private long endedNanos;
  private long tookNanos;

  RestPace(Duration after) {
    this.afterNanos = after.toNanos();
  }

  /// @param bytes in the log, or [#MUCH]
  void written(long nowNanos, long bytes) {
    if (rests || nowNanos - windowNanos >= afterNanos) {
      windowNanos = nowNanos;
      windowBytes = 0;
    }
    rests = false;
    writtenNanos = nowNanos;
    windowBytes += bytes;
  }

  /// Zero or less when it is time to rest; [Long#MAX_VALUE] while it rests.
  long nanosLeft(long nowNanos) {
    if (rests) {
      return Long.MAX_VALUE;
    }
    long since = windowBytes > TRICKLE_BYTES ? writtenNanos : windowNanos;
    long afterWrite = since + afterNanos - nowNanos;
    return tookNanos == 0
        ? afterWrite
        : Math.max(afterWrite, endedNanos + SHARE * tookNanos - nowNanos);
  }

  /// @param mergedSeconds what all merges so far took
  /// @param merges whether any begin now
  void begins(double mergedSeconds, boolean merges) {
    rests = true;
    merging = merges;
    mergedBefore = mergedSeconds;
  }

  /// A merge is done.
  ///
  /// @param mergedSeconds what all merges so far took
  void merged(long nowNanos, double mergedSeconds) {
    if (merging) {
      endedNanos = nowNanos;
      tookNanos = (long) ((mergedSeconds - mergedBefore) * 1e9);
      merging = rests; // those that follow writes are none of the rest
    }
  }
}
