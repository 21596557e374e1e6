package io.millrace.search.sparse;

/// Sums of a stretch of documents, and which of them any list has. Reused.
final class Window {
  /// Documents; large enough that the work per window does not show, small enough for the first
  /// cache.
  static final int DOCS = 4_096;

  final float[] sums = new float[DOCS];
  final long[] touched = new long[DOCS / 64];

  void clear() {
    for (int word = 0; word < touched.length; word++) {
      for (long bits = touched[word]; bits != 0; bits &= bits - 1) {
        sums[word * 64 + Long.numberOfTrailingZeros(bits)] = 0;
      }
      touched[word] = 0;
    }
  }

  void add(int at, float product) {
    sums[at] += product;
    touched[at >> 6] |= 1L << at;
  }

  /// How many of the touched documents have at least that sum.
  long count(float least) {
    long count = 0;
    for (int word = 0; word < touched.length; word++) {
      for (long bits = touched[word]; bits != 0; bits &= bits - 1) {
        count += sums[word * 64 + Long.numberOfTrailingZeros(bits)] >= least ? 1 : 0;
      }
    }
    return count;
  }
}
