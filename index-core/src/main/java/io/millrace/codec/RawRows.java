package io.millrace.codec;

import io.millrace.model.Distance;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;

/// The rows of a field in a segment as clients get them back: what exact scores are made from.
/// [MillraceVectorsFormat] has their layout by datatype.
public abstract sealed class RawRows permits FloatRows, HalfRows, ByteRows {
  final MemorySegment rows;
  final int dimension;
  final int size;
  final int stride;

  RawRows(MemorySegment rows, int dimension, int size, int stride) {
    assert rows.byteSize() == (long) stride * size;
    this.rows = rows;
    this.dimension = dimension;
    this.size = size;
    this.stride = stride;
  }

  public final int dimension() {
    return dimension;
  }

  public final int size() {
    return size;
  }

  final long bytes() {
    return rows.byteSize();
  }

  /// Copies row `ordinal` into `target`.
  public abstract void copyTo(int ordinal, float[] target);

  /// Copies rows `first .. first + count` into `target` as float32 components, little-endian: a
  /// value of multivectors.
  public void copyTo(int first, int count, byte[] target) {
    FloatBuffer components = ByteBuffer.wrap(target).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer();
    float[] row = new float[dimension];
    for (int i = 0; i < count; i++) {
      copyTo(first + i, row);
      components.put(row);
    }
  }

  /// A row, or a query in the form of rows, as estimates take it: what `distance` says of it is
  /// what it says of rows of floats. May be the argument itself.
  public abstract float[] compared(Distance distance, float[] row);

  /// Exact scores against a query in the form of rows.
  public abstract Scorer scorer(Distance distance, float[] query);

  /// Bytes of a row.
  static int stride(RowType type, Distance distance, int dimension) {
    return switch (type) {
      case FLOAT32 -> 4 * dimension;
      case FLOAT16 -> 2 * dimension;
      case UINT8 -> ByteRows.stride(distance, dimension);
    };
  }

  /// One query against many rows; one thread.
  public abstract static sealed class Scorer
      permits FloatRows.FloatScorer, HalfRows.HalfScorer, ByteRows.ByteScorer {
    final Distance distance;

    Scorer(Distance distance) {
      this.distance = distance;
    }

    /// Takes another query; the array may be reused by the caller only for the next one.
    abstract void query(float[] query);

    /// Exact similarities, see `ExactScore`, of the rows `ordinals[0 .. count)`.
    public abstract void similarities(int[] ordinals, int count, float[] out);

    /// Values in the order of [#similarities], larger is better, without the square root of Euclid.
    public abstract void order(int[] ordinals, int count, float[] out);
  }
}
