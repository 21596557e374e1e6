package io.millrace.codec;

import io.millrace.kernel.Kernels;
import io.millrace.model.Distance;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// The 2-bit codes of a graph segment: estimates that steer a walk for a twelfth of the bytes of
/// raw rows. What the walk found is then decided by exact rows.
///
/// A row x is centred on the segment's mean, z = x − mean, and kept as codes u ∈ {0, 1, 2, 3} of
/// the levels u − 3/2 with two factors. A query is centred as well, q′ = q − mean, and kept as
/// integer components v (of 8 bits, or of 4 where bits are counted) with q′ ≈ Δ · v. Then
///
/// ```
/// q′·z    ≈ f · Δ · (Σuᵢvᵢ − 3/2 · Σvᵢ)    f = |z|² / (z · (u − 3/2))
/// q·x     = q·mean + g + q′·z              g = z · mean     (Cosine, Dot)
/// −|q−x|² = 2 · q′·z − g − |q′|²           g = |z|²         (Euclid)
/// ```
///
/// The factor f makes the estimate unbiased in the direction of z: the estimator of RaBitQ (Gao and
/// Long, SIGMOD 2024, and its extension to more bits, 2025). Nothing is rotated; [Encoder#suit]
/// refuses rows whose components are spread so unevenly that they would need it, [CodeTrial] rows
/// that lie too near each other for their distance from the mean.
public final class CoarseRows {
  /// Estimates get worse as 1/√dimension: below this many components int8 or raw rows steer.
  private static final int SMALLEST_DIMENSION = 192;

  /// Least mean of cos²(z, u − 3/2) in a sample. Normally distributed components reach 0.88.
  private static final double SUITABLE = 0.8;

  private static final float ROW_MIDDLE = 1.5f;
  private static final int LARGEST = 127;
  private static final int LARGEST_OF_4_BITS = 7;

  /// Step of 15 levels for normally distributed components, in units of √(mean of squares): 0.335
  /// is the best of 16 levels (Max, 1960, table II).
  private static final float STEP_OF_4_BITS = 0.35f;

  private static final int FACTOR_BYTES = 8;

  /// Steps tried for a row, in units of √(mean of squares): the best for normally distributed
  /// components is 0.996 (Max, Quantizing for minimum distortion, 1960, table II).
  private static final float[] ROW_STEPS = {0.7f, 0.8f, 0.9f, 1.0f, 1.1f, 1.25f};

  private static final ValueLayout.OfFloat FLOAT =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final MemorySegment bytes;
  private final Distance distance;
  private final Shape shape;
  private final float[] mean;
  private final int codes;
  private final int stride;
  private final int base;

  CoarseRows(MemorySegment bytes, Distance distance, int dimension) {
    this.bytes = bytes;
    this.distance = distance;
    this.shape = new Shape(dimension);
    this.mean = new float[dimension];
    MemorySegment.copy(bytes, FLOAT, 0, mean, 0, dimension);
    this.codes = shape.codes();
    this.stride = shape.stride();
    this.base = shape.meanBytes();
  }

  /// Sizes in bytes; [MillraceVectorsFormat] has the layout.
  record Shape(int dimension) {
    int codes() {
      return Kernels.coarseBytes(dimension);
    }

    int stride() {
      return aligned(codes() + FACTOR_BYTES);
    }

    int meanBytes() {
      return aligned(4 * dimension);
    }

    long regionBytes(int rows) {
      return meanBytes() + (long) stride() * rows;
    }

    private static int aligned(int size) {
      int alignment = MillraceVectorsFormat.ALIGNMENT;
      return (size + alignment - 1) / alignment * alignment;
    }
  }

  /// Whether codes of this kind may be worth writing; [Encoder#suit] looks at the rows.
  static boolean suit(Distance distance, int dimension) {
    return dimension >= SMALLEST_DIMENSION && distance != Distance.MANHATTAN;
  }

  /// A centred query in integer components: of 8 bits, or of 4 where those are met by counting bits
  /// ([Kernels#countsBits]). One thread.
  public static final class Query {
    private final short @Nullable [] components;
    private final Kernels.@Nullable BitQuery bits;
    private final float step;
    private final float sum;
    private final float constant;
    private int[] dots = new int[64];

    /// Bytes read ahead of their use, summed: kept so that no compiler leaves the reads out.
    private long touched;

    private Query(
        short @Nullable [] components,
        Kernels.@Nullable BitQuery bits,
        float step,
        int sum,
        float constant) {
      this.components = components;
      this.bits = bits;
      this.step = step;
      this.sum = ROW_MIDDLE * sum;
      this.constant = constant;
    }
  }

  public Query query(float[] vector) {
    float[] centred = new float[shape.dimension];
    Kernels.Centred of = Kernels.centre(vector, mean, centred);
    float constant = distance == Distance.EUCLID ? -of.squared() : of.dotMean();
    boolean bits = Kernels.countsBits();
    float step = of.largest() / LARGEST;
    if (bits) {
      float best = STEP_OF_4_BITS * (float) Math.sqrt(of.squared() / shape.dimension);
      step = Math.min(of.largest() / LARGEST_OF_4_BITS, best);
    }
    int[] components = new int[4 * codes];
    float inverse = step > 0 ? 1 / step : 0;
    float dot = Kernels.quantize(centred, inverse, bits ? LARGEST_OF_4_BITS : LARGEST, components);
    int sum = 0;
    for (int component : components) {
      sum += component;
    }
    // As rows have their factor f: q′ · Δv = |q′|². Not so where squares are no floats any more.
    float unbiased = of.squared() / dot;
    step = Float.isFinite(unbiased) ? unbiased : step;
    return bits
        ? new Query(null, Kernels.bitQuery(components, codes), step, sum, constant)
        : new Query(placed(components), null, step, sum, constant);
  }

  /// In the order of [Kernels#coarsePlace].
  private short[] placed(int[] components) {
    short[] placed = new short[components.length];
    for (int field = 0; field < 8; field++) {
      int place = Kernels.coarsePlace(field, codes);
      for (int i = field; i < components.length; i += 8, place++) {
        placed[place] = (short) components[i];
      }
    }
    return placed;
  }

  /// Estimates, larger is better, of the rows `ordinals[0 .. count)`: of the dot product, or of
  /// minus the squared distance.
  public void estimates(Query query, int[] ordinals, int count, float[] out) {
    if (query.dots.length < count) {
      query.dots = new int[Math.max(count, 2 * query.dots.length)];
    }
    int[] dots = query.dots;
    if (query.bits != null) {
      query.touched += Kernels.dot2BitRows(query.bits, bytes, base, stride, ordinals, count, dots);
    } else if (query.components != null) {
      query.touched +=
          Kernels.dot2BitRows(query.components, bytes, base, stride, codes, ordinals, count, dots);
    }
    boolean euclid = distance == Distance.EUCLID;
    float step = euclid ? 2 * query.step : query.step;
    long factors = (long) base + codes;
    for (int i = 0; i < count; i++) {
      long at = factors + (long) stride * ordinals[i];
      float f = bytes.get(FLOAT, at);
      float g = bytes.get(FLOAT, at + 4);
      out[i] = query.constant + f * step * (dots[i] - query.sum) + (euclid ? -g : g);
    }
  }

  private static int code(float scaled) {
    return Math.clamp((int) Math.floor(scaled + 2), 0, 3);
  }

  /// Makes codes for a new file.
  static final class Encoder {
    private final Distance distance;
    private final Shape shape;
    private final float[] mean;
    private final float[] centred;
    private final ByteBuffer row;
    private double cosine;

    Encoder(Distance distance, float[] mean) {
      this.distance = distance;
      this.shape = new Shape(mean.length);
      this.mean = mean;
      this.centred = new float[mean.length];
      this.row = ByteBuffer.allocate(shape.stride()).order(ByteOrder.LITTLE_ENDIAN);
    }

    /// Whether the codes of sampled rows point where the rows do.
    boolean suit(Iterable<float[]> sample) {
      double sum = 0;
      int count = 0;
      for (float[] vector : sample) {
        encode(vector);
        sum += cosine * cosine;
        count++;
      }
      return count > 0 && sum / count >= SUITABLE;
    }

    /// The mean as it stands at the start of the region.
    byte[] meanBytes() {
      ByteBuffer bytes = ByteBuffer.allocate(shape.meanBytes()).order(ByteOrder.LITTLE_ENDIAN);
      bytes.asFloatBuffer().put(mean);
      return bytes.array();
    }

    /// The bytes of a row; overwritten by the next call.
    byte[] encode(float[] vector) {
      int dimension = shape.dimension;
      double squared = 0;
      double dotMean = 0;
      for (int i = 0; i < dimension; i++) {
        centred[i] = vector[i] - mean[i];
        squared += centred[i] * (double) centred[i];
        dotMean += centred[i] * (double) mean[i];
      }
      float inverse = bestInverse(squared);
      byte[] bytes = row.array();
      Arrays.fill(bytes, (byte) 0);
      double dot = 0;
      double length = 0;
      for (int i = 0; i < dimension; i++) {
        int code = code(centred[i] * inverse);
        bytes[i / 4] |= (byte) (code << 2 * (i % 4));
        float level = code - ROW_MIDDLE;
        dot += centred[i] * level;
        length += level * level;
      }
      // A row equal to the mean has no direction: its estimate is exact without one.
      cosine = squared == 0 ? 1 : dot / Math.sqrt(squared * length);
      row.putFloat(shape.codes(), dot > 0 ? (float) (squared / dot) : 0);
      row.putFloat(shape.codes() + 4, (float) (distance == Distance.EUCLID ? squared : dotMean));
      return bytes;
    }

    private float bestInverse(double squared) {
      int dimension = shape.dimension;
      if (!(squared > 0)) {
        return 0;
      }
      double unit = Math.sqrt(squared / dimension);
      double best = -1;
      float bestInverse = 0;
      for (float step : ROW_STEPS) {
        float inverse = (float) (1 / (step * unit));
        float dot = 0;
        float length = 0;
        for (int i = 0; i < dimension; i++) {
          float level = code(centred[i] * inverse) - ROW_MIDDLE;
          dot += centred[i] * level;
          length += level * level;
        }
        double cosine = dot / Math.sqrt(length);
        if (cosine > best) {
          best = cosine;
          bestInverse = inverse;
        }
      }
      return bestInverse;
    }
  }
}
