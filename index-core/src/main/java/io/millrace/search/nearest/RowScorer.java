package io.millrace.search.nearest;

import io.millrace.codec.CoarseRows;
import io.millrace.codec.Int8Rows;

/// Scores rows of one segment against one query, many in one call: larger is better.
interface RowScorer {
  void score(int[] ordinals, int count, float[] out);

  /// Estimates, comparable within a segment only.
  static RowScorer int8(Int8Rows rows, float[] query) {
    Int8Rows.Query quantized = rows.query(query);
    return (ordinals, count, out) -> rows.estimates(quantized, ordinals, count, out);
  }

  /// Estimates that steer a walk, comparable within a segment only.
  static RowScorer coarse(CoarseRows rows, float[] query) {
    CoarseRows.Query coded = rows.query(query);
    return (ordinals, count, out) -> rows.estimates(coded, ordinals, count, out);
  }
}
