package io.millrace.bench;

import java.util.Arrays;

/// Times of many calls, in nanoseconds.
public record Times(long[] sorted) {
  public static Times of(long[] nanos) {
    long[] copy = nanos.clone();
    Arrays.sort(copy);
    return new Times(copy);
  }

  /// The time below which a share of them lies, in milliseconds; 1 is the longest.
  public double percentileMillis(double share) {
    int at = (int) Math.ceil(share * sorted.length) - 1;
    return sorted[Math.clamp(at, 0, sorted.length - 1)] / 1e6;
  }
}
