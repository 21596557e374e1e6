package io.millrace.search.nearest;

import io.millrace.codec.BoundedRows;
import io.millrace.codec.CoarseRows;
import io.millrace.codec.Int8Rows;
import java.util.List;

/// Scores rows of one segment, many in one call: larger is better. One thread.
interface RowScorer {
  void score(int[] ordinals, int count, float[] out);

  /// What leads a walk to the places where it may start: the best by a formula may lie near any of
  /// its examples, and those far from each other.
  default List<RowScorer> guides() {
    return List.of(this);
  }

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

  /// What exact similarities are at most.
  static RowScorer atMost(BoundedRows rows, float[] query) {
    BoundedRows.Query coded = rows.query(query);
    return (ordinals, count, out) -> rows.atMost(coded, ordinals, count, out);
  }

  /// A formula over the values of several scorers.
  static RowScorer combined(List<RowScorer> scorers, PointScore formula) {
    return new RowScorer() {
      private final float[] ofRow = new float[scorers.size()];
      private float[][] values = new float[scorers.size()][0];

      @Override
      public List<RowScorer> guides() {
        return scorers;
      }

      @Override
      public void score(int[] ordinals, int count, float[] out) {
        if (values[0].length < count) {
          values = new float[scorers.size()][2 * count];
        }
        for (int i = 0; i < values.length; i++) {
          scorers.get(i).score(ordinals, count, values[i]);
        }
        for (int row = 0; row < count; row++) {
          for (int i = 0; i < ofRow.length; i++) {
            ofRow[i] = values[i][row];
          }
          out[row] = formula.of(ofRow);
        }
      }
    };
  }
}
