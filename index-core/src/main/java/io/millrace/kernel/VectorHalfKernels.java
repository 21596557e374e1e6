package io.millrace.kernel;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/// The sums of [HalfKernels] with hardware vectors, in the order of [VectorKernels]' sums.
///
/// The module has no float16 lanes, so bits are moved: sign to the top, exponent and mantissa to
/// the places of a float32, whose exponent is then 112 too small. Multiplying by 2¹¹² is exact, and
/// makes normal numbers of subnormal ones.
final class VectorHalfKernels {
  private static final VectorSpecies<Float> F = VectorKernels.F;
  private static final VectorSpecies<Integer> I = VectorKernels.I;
  private static final VectorSpecies<Short> H =
      VectorSpecies.of(short.class, VectorShape.forBitSize(F.vectorBitSize() / 2));
  private static final int W = F.length();
  private static final float REBIAS = 0x1p112f;
  private static final int MAGNITUDE = 0x7FFF;
  private static final int SIGN = 0x8000_0000;
  private static final int MANTISSA_SHIFT = 13;

  private VectorHalfKernels() {}

  static float dot(float[] query, MemorySegment rows, long offset, int dim) {
    int whole = dim - dim % (2 * W);
    FloatVector a = FloatVector.zero(F);
    FloatVector b = FloatVector.zero(F);
    for (int i = 0; i < whole; i += 2 * W) {
      a = a.add(FloatVector.fromArray(F, query, i).mul(load(rows, offset, i)));
      b = b.add(FloatVector.fromArray(F, query, i + W).mul(load(rows, offset, i + W)));
    }
    float sum = VectorKernels.sum(a.add(b));
    for (int i = whole; i < dim; i++) {
      sum += query[i] * ScalarKernels.half(rows, offset, i);
    }
    return sum;
  }

  static float squaredEuclid(float[] query, MemorySegment rows, long offset, int dim) {
    int whole = dim - dim % (2 * W);
    FloatVector a = FloatVector.zero(F);
    FloatVector b = FloatVector.zero(F);
    for (int i = 0; i < whole; i += 2 * W) {
      FloatVector x = FloatVector.fromArray(F, query, i).sub(load(rows, offset, i));
      FloatVector y = FloatVector.fromArray(F, query, i + W).sub(load(rows, offset, i + W));
      a = a.add(x.mul(x));
      b = b.add(y.mul(y));
    }
    float sum = VectorKernels.sum(a.add(b));
    for (int i = whole; i < dim; i++) {
      float difference = query[i] - ScalarKernels.half(rows, offset, i);
      sum += difference * difference;
    }
    return sum;
  }

  static float manhattan(float[] query, MemorySegment rows, long offset, int dim) {
    int whole = dim - dim % (2 * W);
    FloatVector a = FloatVector.zero(F);
    FloatVector b = FloatVector.zero(F);
    for (int i = 0; i < whole; i += 2 * W) {
      a = a.add(FloatVector.fromArray(F, query, i).sub(load(rows, offset, i)).abs());
      b = b.add(FloatVector.fromArray(F, query, i + W).sub(load(rows, offset, i + W)).abs());
    }
    float sum = VectorKernels.sum(a.add(b));
    for (int i = whole; i < dim; i++) {
      sum += Math.abs(query[i] - ScalarKernels.half(rows, offset, i));
    }
    return sum;
  }

  private static FloatVector load(MemorySegment rows, long offset, int component) {
    IntVector bits =
        (IntVector)
            ShortVector.fromMemorySegment(H, rows, offset + 2L * component, LITTLE_ENDIAN)
                .convertShape(VectorOperators.S2I, I, 0);
    // The sign was extended to the top by the conversion.
    return bits.and(MAGNITUDE)
        .lanewise(VectorOperators.LSHL, MANTISSA_SHIFT)
        .reinterpretAsFloats()
        .mul(REBIAS)
        .reinterpretAsInts()
        .or(bits.and(SIGN))
        .reinterpretAsFloats();
  }
}
