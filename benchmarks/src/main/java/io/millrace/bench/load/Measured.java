package io.millrace.bench.load;

import java.util.Arrays;

/// One row of the report: the searches of one kind.
///
/// @param rows `float` or `sq8`: how the collection keeps its vectors
/// @param mode `exact` or `default`
/// @param filter name in the data set, `none` for no filter
/// @param share of the points that the filter accepts
/// @param complete answers that held as many hits as points match, up to k
record Measured(
    String rows,
    String mode,
    String filter,
    double share,
    double recall,
    int complete,
    int queries,
    double perSecond,
    double p50Millis,
    double p99Millis) {

  /// The value below which a share of the sorted times lies, in milliseconds.
  static double percentile(long[] sortedNanos, double share) {
    int at = (int) Math.ceil(share * sortedNanos.length) - 1;
    return sortedNanos[Math.clamp(at, 0, sortedNanos.length - 1)] / 1e6;
  }

  static long[] sorted(long[] nanos) {
    long[] copy = nanos.clone();
    Arrays.sort(copy);
    return copy;
  }
}
