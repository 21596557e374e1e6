package io.millrace.codec;

import io.millrace.kernel.ExactScore;
import io.millrace.kernel.Kernels;
import io.millrace.model.Distance;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/// Raw rows of float32 components.
public final class FloatRows extends RawRows {
  private static final ValueLayout.OfFloat FLOAT =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  /// Squared lengths above this are no Cosine query's that was divided by its length.
  private static final float LONGER_THAN_UNIT = 1.5f;

  FloatRows(MemorySegment rows, int dimension, int size) {
    super(rows, dimension, size, 4 * dimension);
  }

  @Override
  public void copyTo(int ordinal, float[] target) {
    MemorySegment.copy(rows, FLOAT, (long) stride * ordinal, target, 0, dimension);
  }

  @Override
  public void copyTo(int first, int count, byte[] target) {
    MemorySegment.copy(
        rows, ValueLayout.JAVA_BYTE, (long) stride * first, target, 0, stride * count);
  }

  /// Cosine rows have length 1, also those of uint8 vectors, which files of version 1 hold as
  /// floats: a query of whole numbers then becomes a direction too.
  @Override
  public float[] compared(Distance distance, float[] row) {
    if (distance != Distance.COSINE) {
      return row;
    }
    float squared = Kernels.dot(row, MemorySegment.ofArray(row), 0, row.length);
    return squared > LONGER_THAN_UNIT ? ExactScore.normalize(row.clone()) : row;
  }

  @Override
  public Scorer scorer(Distance distance, float[] query) {
    return new FloatScorer(distance, compared(distance, query));
  }

  final class FloatScorer extends Scorer {
    private float[] query;

    private FloatScorer(Distance distance, float[] query) {
      super(distance);
      this.query = query;
    }

    @Override
    void query(float[] next) {
      query = next;
    }

    @Override
    public void similarities(int[] ordinals, int count, float[] out) {
      ExactScore.similarities(distance, query, rows, 0, stride, dimension, ordinals, count, out);
    }

    @Override
    public void order(int[] ordinals, int count, float[] out) {
      if (distance == Distance.EUCLID) {
        Kernels.squaredEuclidRows(query, rows, 0, stride, dimension, ordinals, count, out);
        for (int i = 0; i < count; i++) {
          out[i] = -out[i];
        }
        return;
      }
      similarities(ordinals, count, out);
    }
  }
}
