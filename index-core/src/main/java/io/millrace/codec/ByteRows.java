package io.millrace.codec;

import io.millrace.kernel.ByteKernels;
import io.millrace.kernel.ExactScore;
import io.millrace.model.Distance;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/// Raw rows of uint8 components. Sums are exact whole numbers before they become float32, as in
/// Qdrant:
///
/// ```
/// COSINE     Σ aᵢbᵢ / √(Σ aᵢ² · Σ bᵢ²)   0 where a length is 0; the product in float32
/// DOT        Σ aᵢbᵢ
/// EUCLID     √Σ(aᵢ−bᵢ)²
/// MANHATTAN  Σ|aᵢ−bᵢ|
/// ```
public final class ByteRows extends RawRows {
  private static final int SQUARED_LENGTH_BYTES = 4;
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  ByteRows(MemorySegment rows, Distance distance, int dimension, int size) {
    super(rows, dimension, size, stride(distance, dimension));
  }

  static int stride(Distance distance, int dimension) {
    return dimension + (distance == Distance.COSINE ? SQUARED_LENGTH_BYTES : 0);
  }

  @Override
  public void copyTo(int ordinal, float[] target) {
    long at = (long) stride * ordinal;
    for (int i = 0; i < dimension; i++) {
      target[i] = rows.get(ValueLayout.JAVA_BYTE, at + i) & 0xFF;
    }
  }

  @Override
  public float[] compared(Distance distance, float[] row) {
    return distance == Distance.COSINE ? ExactScore.normalize(row.clone()) : row;
  }

  @Override
  public Scorer scorer(Distance distance, float[] query) {
    ByteScorer scorer = new ByteScorer(distance);
    scorer.query(query);
    return scorer;
  }

  final class ByteScorer extends Scorer {
    private final short[] query;
    private float squaredLength;
    private int[] sums = new int[64];
    private long touched;

    private ByteScorer(Distance distance) {
      super(distance);
      this.query = new short[(dimension + 1) / 2 * 2];
    }

    @Override
    void query(float[] next) {
      squaredLength = ByteKernels.encode(next, query);
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
      if (sums.length < count) {
        sums = new int[Math.max(count, 2 * sums.length)];
      }
      touched +=
          switch (distance) {
            case COSINE, DOT ->
                ByteKernels.dotRows(query, rows, stride, dimension, ordinals, count, sums);
            case EUCLID ->
                ByteKernels.squaredEuclidRows(
                    query, rows, stride, dimension, ordinals, count, sums);
            case MANHATTAN ->
                ByteKernels.manhattanRows(query, rows, stride, dimension, ordinals, count, sums);
          };
      for (int i = 0; i < count; i++) {
        float sum = Integer.toUnsignedLong(sums[i]);
        out[i] =
            switch (distance) {
              case COSINE -> cosine(sum, ordinals[i]);
              case DOT -> sum;
              case EUCLID, MANHATTAN -> -sum;
            };
      }
    }

    private float cosine(float dot, int ordinal) {
      long at = (long) stride * ordinal + dimension;
      float lengths = squaredLength * Integer.toUnsignedLong(rows.get(INT, at));
      return lengths == 0 ? 0 : dot / (float) Math.sqrt(lengths);
    }
  }
}
