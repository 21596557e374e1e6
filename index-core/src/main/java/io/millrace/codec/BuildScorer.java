package io.millrace.codec;

import io.millrace.codec.graph.RowComparison;
import io.millrace.model.Distance;
import org.jspecify.annotations.Nullable;

/// Compares the rows of a segment while a graph is built: by int8 rows where there are some, which
/// read a quarter of the memory and give graphs of equal recall, else by raw rows. One thread each.
final class BuildScorer implements RowComparison {
  private final RawRows rows;
  private final RawRows.Scorer exact;
  private final @Nullable Int8Rows int8;
  private final float[] query;
  private final Int8Rows.@Nullable Query int8Query;

  BuildScorer(Distance distance, RawRows rows, @Nullable Int8Rows int8) {
    this.rows = rows;
    this.int8 = int8;
    this.query = new float[rows.dimension()];
    this.exact = rows.scorer(distance, query);
    this.int8Query = int8 == null ? null : int8.emptyQuery();
  }

  @Override
  public void compareWith(int ordinal) {
    if (int8 != null && int8Query != null) {
      int8.query(ordinal, int8Query);
    } else {
      rows.copyTo(ordinal, query);
      exact.query(query);
    }
  }

  @Override
  public void scores(int[] ordinals, int count, float[] out) {
    if (int8 != null && int8Query != null) {
      int8.estimates(int8Query, ordinals, count, out);
    } else {
      exact.order(ordinals, count, out);
    }
  }

  /// Lucene's searchers expect scores above 0; this keeps the order of similarities of any sign.
  static float positive(float similarity) {
    return similarity < 0 ? 1 / (1 - similarity) : 1 + similarity;
  }
}
