package io.millrace.codec;

import io.millrace.kernel.ExactScore;
import io.millrace.kernel.Kernels;
import io.millrace.model.Distance;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/// The raw float32 rows of a field in a segment.
public final class FloatRows {
  private static final ValueLayout.OfFloat FLOAT =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final MemorySegment rows;
  private final int dimension;
  private final int size;

  FloatRows(MemorySegment rows, int dimension, int size) {
    assert rows.byteSize() == 4L * dimension * size;
    this.rows = rows;
    this.dimension = dimension;
    this.size = size;
  }

  public int dimension() {
    return dimension;
  }

  public int size() {
    return size;
  }

  /// Copies row `ordinal` into `target`.
  public void copyTo(int ordinal, float[] target) {
    MemorySegment.copy(rows, FLOAT, 4L * dimension * ordinal, target, 0, dimension);
  }

  /// Exact similarities, see [ExactScore], of the rows `ordinals[0 .. count)`.
  public void similarities(
      Distance distance, float[] query, int[] ordinals, int count, float[] out) {
    ExactScore.similarities(
        distance, query, rows, 0, 4L * dimension, dimension, ordinals, count, out);
  }

  /// Values in the order of [#similarities], larger is better, without the square root of Euclid.
  public void order(Distance distance, float[] query, int[] ordinals, int count, float[] out) {
    if (distance == Distance.EUCLID) {
      Kernels.squaredEuclidRows(query, rows, 0, 4L * dimension, dimension, ordinals, count, out);
      for (int i = 0; i < count; i++) {
        out[i] = -out[i];
      }
      return;
    }
    similarities(distance, query, ordinals, count, out);
  }
}
