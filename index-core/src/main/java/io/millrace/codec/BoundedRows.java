package io.millrace.codec;

import io.millrace.kernel.Kernels;
import io.millrace.model.Distance;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/// int8 rows of a field in a segment that is scanned, each of which knows how far it is off: they
/// say what the exact similarity of a row is at most. A scan then reads the raw rows of those only
/// that may be hits, and its hits are the exact ones.
///
/// For a row x kept as x' = scale · i8 and a query q kept as q', by Cauchy and Schwarz:
///
/// ```
/// q·x ≤ q'·x' + |q'| · |x − x'| + |q − q'| · |x|
/// ```
///
/// What float32 sums of `dim` products may be off comes on top, so that the bound holds for the
/// similarities as `ExactScore` computes them, to the last bit.
public final class BoundedRows {
  private static final int LARGEST = 127;
  private static final int BLOCK = 32;
  private static final int FACTOR_BYTES = 12;
  private static final int LEAST_DIMENSION = 32;

  /// Squares of components below this may vanish from float32 sums: such rows know nothing.
  private static final float TINY = 0x1p-40f;

  /// A float32 operation is off by less than half of this share of its result.
  private static final float ROUNDING = 0x1p-23f;

  private static final ValueLayout.OfFloat FLOAT =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final MemorySegment rows;
  private final Distance distance;
  private final int dimension;
  private final int stride;

  BoundedRows(MemorySegment rows, Distance distance, int dimension) {
    this.rows = rows;
    this.distance = distance;
    this.dimension = dimension;
    this.stride = stride(dimension);
  }

  /// Whether rows of this kind are worth writing: they are a quarter of the raw ones.
  static boolean suit(Distance distance, int dimension) {
    return dimension >= LEAST_DIMENSION && distance != Distance.MANHATTAN;
  }

  /// Bytes of a row; no load of a block crosses a cache line.
  static int stride(int dimension) {
    return (dimension + FACTOR_BYTES + BLOCK - 1) / BLOCK * BLOCK;
  }

  /// What all sums over the components of a row are off, as a share of what they may be at most.
  private static float rounding(int dimension) {
    return (dimension + 16) * ROUNDING;
  }

  /// A query; one thread.
  public static final class Query {
    private final short[] components;
    private final float scale;
    private final float squared;

    /// Length of the query as it is kept, and of what that leaves out and sums round away.
    private final float length;

    private final float rest;
    private int[] dots = new int[64];

    private Query(short[] components, float scale, float squared, float length, float rest) {
      this.components = components;
      this.scale = scale;
      this.squared = squared;
      this.length = length;
      this.rest = rest;
    }
  }

  /// @param vector in the form of rows
  public Query query(float[] vector) {
    int[] kept = new int[dimension];
    Quantized quantized = Quantized.of(vector, kept);
    short[] components = new short[(dimension + BLOCK - 1) / BLOCK * BLOCK];
    int squaredKept = 0;
    for (int i = 0; i < dimension; i++) {
      components[Kernels.int8Place(i, components.length)] = (short) kept[i];
      squaredKept += kept[i] * kept[i];
    }
    float squared = Kernels.dot(vector, MemorySegment.ofArray(vector), 0, dimension);
    return new Query(
        components,
        quantized.scale,
        squared,
        (float) Math.sqrt(squaredKept) * quantized.scale * (1 + 4 * ROUNDING),
        quantized.error + rounding(dimension) * quantized.length);
  }

  /// What the components of a vector become.
  ///
  /// @param length of the vector, and
  /// @param error of the components: both rounded up by more than their sums may be off
  private record Quantized(float scale, float length, float error) {
    static Quantized of(float[] vector, int[] components) {
      float largest = Kernels.largest(vector);
      float scale = largest < TINY ? 0 : largest / LARGEST;
      Kernels.quantize(vector, scale == 0 ? 0 : 1 / scale, LARGEST, components);
      float share = 1 + rounding(vector.length);
      float squared = Kernels.dot(vector, MemorySegment.ofArray(vector), 0, vector.length);
      float length = (float) Math.sqrt(squared) * share;
      float rest = Kernels.squaredRest(vector, scale, components);
      float error = (float) Math.sqrt(rest) * share + ROUNDING * length;
      boolean isTiny = largest > 0 && largest < TINY;
      return new Quantized(scale, length, isTiny ? Float.POSITIVE_INFINITY : error);
    }
  }

  /// What the similarities (`ExactScore`) of the rows `ordinals[0 .. count)` are at most; not a
  /// number where nothing is known.
  public void atMost(Query query, int[] ordinals, int count, float[] out) {
    if (query.dots.length < count) {
      query.dots = new int[count];
    }
    int[] dots = query.dots;
    Kernels.dotInt8Rows(
        query.components, rows, 0, stride, query.components.length, ordinals, count, dots);
    for (int i = 0; i < count; i++) {
      long factors = (long) stride * (ordinals[i] + 1L) - FACTOR_BYTES;
      float scale = rows.get(FLOAT, factors);
      float length = rows.get(FLOAT, factors + 4);
      float error = rows.get(FLOAT, factors + 8);
      out[i] = dots[i] * (scale * query.scale) + query.length * error + query.rest * length;
      if (distance == Distance.EUCLID) {
        float squares = query.squared + length * length;
        float least = squares - 2 * out[i] - 3 * rounding(dimension) * squares;
        out[i] = least > 0 ? -(float) Math.sqrt(least) : least <= 0 ? 0 : Float.NaN;
      }
    }
  }

  /// Makes rows for a new file.
  static final class Encoder {
    private final ByteBuffer row;
    private final int[] components;

    Encoder(int dimension) {
      this.row = ByteBuffer.allocate(stride(dimension)).order(ByteOrder.LITTLE_ENDIAN);
      this.components = new int[dimension];
    }

    /// The bytes of a row; overwritten by the next call.
    byte[] encode(float[] vector) {
      Quantized quantized = Quantized.of(vector, components);
      byte[] bytes = row.array();
      for (int i = 0; i < components.length; i++) {
        bytes[i] = (byte) components[i];
      }
      row.putFloat(bytes.length - FACTOR_BYTES, quantized.scale);
      row.putFloat(bytes.length - FACTOR_BYTES + 4, quantized.length);
      row.putFloat(bytes.length - FACTOR_BYTES + 8, quantized.error);
      return bytes;
    }
  }
}
