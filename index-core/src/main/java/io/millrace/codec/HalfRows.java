package io.millrace.codec;

import io.millrace.kernel.HalfKernels;
import io.millrace.model.Distance;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/// Raw rows of float16 components. Scores are those of the same rows as float32, bit by bit.
public final class HalfRows extends RawRows {
  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  HalfRows(MemorySegment rows, int dimension, int size) {
    super(rows, dimension, size, 2 * dimension);
  }

  @Override
  public void copyTo(int ordinal, float[] target) {
    long at = (long) stride * ordinal;
    for (int i = 0; i < dimension; i++) {
      target[i] = Float.float16ToFloat(rows.get(SHORT, at + 2L * i));
    }
  }

  @Override
  public float[] compared(Distance distance, float[] row) {
    return row;
  }

  @Override
  public Scorer scorer(Distance distance, float[] query) {
    return new HalfScorer(distance, query);
  }

  final class HalfScorer extends Scorer {
    private float[] query;
    private long touched;

    private HalfScorer(Distance distance, float[] query) {
      super(distance);
      this.query = query;
    }

    @Override
    void query(float[] next) {
      query = next;
    }

    @Override
    public void similarities(int[] ordinals, int count, float[] out) {
      order(ordinals, count, out);
      if (distance == Distance.EUCLID) {
        for (int i = 0; i < count; i++) {
          out[i] = -(float) Math.sqrt(0 - out[i]);
        }
      }
    }

    @Override
    public void order(int[] ordinals, int count, float[] out) {
      touched +=
          switch (distance) {
            case COSINE, DOT ->
                HalfKernels.dotRows(query, rows, stride, dimension, ordinals, count, out);
            case EUCLID ->
                HalfKernels.squaredEuclidRows(query, rows, stride, dimension, ordinals, count, out);
            case MANHATTAN ->
                HalfKernels.manhattanRows(query, rows, stride, dimension, ordinals, count, out);
          };
      if (!distance.largerIsBetter()) {
        for (int i = 0; i < count; i++) {
          out[i] = -out[i];
        }
      }
    }
  }
}
