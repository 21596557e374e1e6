package io.millrace.codec.graph;

/// Compares rows of a segment with one of them while its graph is built. One thread.
public interface RowComparison {
  /// Makes a row the one that others are compared with.
  void compareWith(int ordinal);

  /// Similarities, larger is better, of the rows `ordinals[0 .. count)`. The same for two rows
  /// whichever of them the other is compared with, but for rounding.
  void scores(int[] ordinals, int count, float[] out);
}
