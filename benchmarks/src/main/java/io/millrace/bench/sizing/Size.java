package io.millrace.bench.sizing;

import java.util.List;
import java.util.Locale;

/// What a collection of one size takes.
///
/// @param rawBytes float rows on disk; quickBytes: int8 rows, graph and codes, which searches want
///   in memory; otherBytes: payloads and their index
/// @param ownBytes of memory: heap and what else the JVM took
/// @param mappedBytes of memory: pages of mapped files
/// @param searchMillis CPU time of the server per search
/// @param loadMillis CPU time of the server per 1,000 points, graphs included
record Size(
    long points,
    long rawBytes,
    long quickBytes,
    long otherBytes,
    long ownBytes,
    long mappedBytes,
    double searchMillis,
    double loadMillis) {

  long diskBytes() {
    return rawBytes + quickBytes + otherBytes;
  }

  /// What docs/operations/sizing.md computes, in bytes per point: `4 d` for the raw rows; `d + 16`
  /// for int8 rows, `8 m` for the graph and `d / 4 + 32` for the codes that steer its walks.
  static long rawBytes(long points, int dimension) {
    return points * 4 * dimension;
  }

  static long quickBytes(long points, int dimension, int m) {
    return points * (dimension + 16 + 8L * m + dimension / 4 + 32);
  }

  /// Markdown; sizes in MB (10⁶ bytes).
  static String table(List<Size> sizes, int dimension, int m) {
    StringBuilder text =
        new StringBuilder(
            """
            | points | disk | raw rows, formula | int8 and graph, formula | payload | own memory | mapped files in memory | CPU per search | CPU per 1,000 points loaded |
            |---|---|---|---|---|---|---|---|---|
            """);
    for (Size size : sizes) {
      text.append(
          String.format(
              Locale.ROOT,
              "| %,d | %.0f MB | %.0f, %.0f MB | %.1f, %.1f MB | %.0f MB | %.0f MB | %.0f MB |"
                  + " %.2f ms | %.0f ms |%n",
              size.points,
              mega(size.diskBytes()),
              mega(size.rawBytes),
              mega(rawBytes(size.points, dimension)),
              mega(size.quickBytes),
              mega(quickBytes(size.points, dimension, m)),
              mega(size.otherBytes),
              mega(size.ownBytes),
              mega(size.mappedBytes),
              size.searchMillis,
              size.loadMillis));
    }
    return text.toString();
  }

  static double mega(long bytes) {
    return bytes / 1e6;
  }
}
