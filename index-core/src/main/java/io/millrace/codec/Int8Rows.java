package io.millrace.codec;

import io.millrace.kernel.Kernels;
import io.millrace.model.Distance;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/// The int8 rows of a field in a segment: estimates of similarities for a quarter of the bytes.
///
/// A component x is kept as round(x / scale) in ±127. The estimate of a dot product is scale ·
/// query scale · (exact integer dot product); of a squared Euclidean distance |q|² − 2 · (estimated
/// dot) + |x|² with the true squared lengths.
public final class Int8Rows {
  private static final int LARGEST = 127;

  /// Kernels take whole blocks of this many components; shorter rows end in zeros of the query.
  private static final int BLOCK = 32;

  private static final int FACTOR_BYTES = 8;
  private static final int SMALLEST_DIMENSION = 32;
  private static final ValueLayout.OfFloat FLOAT =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final MemorySegment rows;
  private final Distance distance;
  private final int dimension;
  private final int stride;
  private final float scale;

  Int8Rows(MemorySegment rows, Distance distance, int dimension, int stride, float scale) {
    this.rows = rows;
    this.distance = distance;
    this.dimension = dimension;
    this.stride = stride;
    this.scale = scale;
  }

  /// Whether rows of this kind are worth writing.
  static boolean suit(Distance distance, int dimension) {
    return dimension >= SMALLEST_DIMENSION && distance != Distance.MANHATTAN;
  }

  static int stride(Distance distance, int dimension) {
    int bytes = dimension + (hasFactors(distance) ? FACTOR_BYTES : 0);
    int alignment = MillraceVectorsFormat.ALIGNMENT;
    return (bytes + alignment - 1) / alignment * alignment;
  }

  private static boolean hasFactors(Distance distance) {
    return distance != Distance.COSINE;
  }

  /// A query as int8 components: 2 bytes each, so that a kernel need not widen it again and again.
  public static final class Query {
    private final short[] components;
    private float scale;
    private float squaredLength;
    private int[] dots = new int[64];

    private Query(int dimension) {
      components = new short[(dimension + BLOCK - 1) / BLOCK * BLOCK];
    }
  }

  /// Quantizes a query by its own largest component.
  public Query query(float[] vector) {
    Query query = new Query(dimension);
    query.scale = largest(vector, dimension) / LARGEST;
    float inverse = query.scale == 0 ? 0 : 1 / query.scale;
    float squared = 0;
    for (int i = 0; i < dimension; i++) {
      query.components[place(query, i)] = quantized(vector[i], inverse);
      squared += vector[i] * vector[i];
    }
    query.squaredLength = squared;
    return query;
  }

  private static int place(Query query, int i) {
    return Kernels.int8Place(i, query.components.length);
  }

  Query emptyQuery() {
    return new Query(dimension);
  }

  /// Makes a row the query.
  void query(int ordinal, Query query) {
    long at = (long) stride * ordinal;
    Kernels.int8Query(rows, at, dimension, query.components);
    query.scale = scale != 0 ? scale : rows.get(FLOAT, at + stride - FACTOR_BYTES);
    query.squaredLength = scale != 0 ? 0 : rows.get(FLOAT, at + stride - FACTOR_BYTES + 4);
  }

  /// Estimates, larger is better, of the rows `ordinals[0 .. count)`: of the dot product, or of
  /// minus the squared distance.
  public void estimates(Query query, int[] ordinals, int count, float[] out) {
    if (query.dots.length < count) {
      query.dots = new int[Math.max(count, 2 * query.dots.length)];
    }
    int[] dots = query.dots;
    Kernels.dotInt8Rows(
        query.components, rows, 0, stride, query.components.length, ordinals, count, dots);
    switch (distance) {
      case COSINE -> {
        float unit = scale * query.scale;
        for (int i = 0; i < count; i++) {
          out[i] = dots[i] * unit;
        }
      }
      case DOT -> {
        for (int i = 0; i < count; i++) {
          long factors = (long) stride * (ordinals[i] + 1L) - FACTOR_BYTES;
          out[i] = dots[i] * (rows.get(FLOAT, factors) * query.scale);
        }
      }
      case EUCLID -> {
        for (int i = 0; i < count; i++) {
          long factors = (long) stride * (ordinals[i] + 1L) - FACTOR_BYTES;
          float dot = dots[i] * (rows.get(FLOAT, factors) * query.scale);
          out[i] = 2 * dot - query.squaredLength - rows.get(FLOAT, factors + 4);
        }
      }
      case MANHATTAN -> throw new IllegalStateException("Manhattan has no int8 rows");
    }
  }

  /// Makes rows for a new file.
  static final class Encoder {
    private final Distance distance;
    private final int dimension;
    private final float scale;
    private final ByteBuffer row;

    /// @param scale of the field; not used where every row has its own
    Encoder(Distance distance, int dimension, float scale) {
      this.distance = distance;
      this.dimension = dimension;
      this.scale = hasFactors(distance) ? 0 : scale;
      this.row =
          ByteBuffer.allocate(Int8Rows.stride(distance, dimension)).order(ByteOrder.LITTLE_ENDIAN);
    }

    float scale() {
      return scale;
    }

    int stride() {
      return row.capacity();
    }

    /// The bytes of a row; overwritten by the next call.
    byte[] encode(float[] vector) {
      float step = scale != 0 ? scale : largest(vector, dimension) / LARGEST;
      float inverse = step == 0 ? 0 : 1 / step;
      byte[] bytes = row.array();
      float squared = 0;
      for (int i = 0; i < dimension; i++) {
        bytes[i] = (byte) quantized(vector[i], inverse);
        squared += vector[i] * vector[i];
      }
      if (hasFactors(distance)) {
        row.putFloat(bytes.length - FACTOR_BYTES, step);
        row.putFloat(bytes.length - FACTOR_BYTES + 4, squared);
      }
      return bytes;
    }
  }

  /// The scale under which the quantile asked for of the sampled absolute components reaches ±127.
  /// Never 0: a component that is 0 in every row must not divide by it. Sorts its argument.
  static float scale(float[] sampledMagnitudes, float quantile) {
    if (sampledMagnitudes.length == 0) {
      return 1;
    }
    Arrays.sort(sampledMagnitudes);
    int rank = (int) Math.ceil(quantile * (double) sampledMagnitudes.length) - 1;
    float magnitude = sampledMagnitudes[Math.clamp(rank, 0, sampledMagnitudes.length - 1)];
    if (!(magnitude > 0)) {
      magnitude = sampledMagnitudes[sampledMagnitudes.length - 1];
    }
    return magnitude > 0 && Float.isFinite(magnitude) ? magnitude / LARGEST : 1;
  }

  private static short quantized(float component, float inverse) {
    return (short) Math.clamp(Math.round(component * inverse), -LARGEST, LARGEST);
  }

  private static float largest(float[] vector, int dimension) {
    float largest = 0;
    for (int i = 0; i < dimension; i++) {
      largest = Math.max(largest, Math.abs(vector[i]));
    }
    return largest;
  }
}
