package io.millrace.kernel;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.nio.ByteOrder.LITTLE_ENDIAN;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/// The sums of [ByteKernels] with hardware vectors. A block of bytes is seen as shorts: a mask
/// gives the even components, a shift the odd ones. Products and squares of bytes fill 16 bits
/// without a sign, so each is split into two ints before it is added.
final class VectorByteKernels {
  private static final VectorSpecies<Short> S = VectorKernels.S;
  private static final VectorSpecies<Byte> B = VectorKernels.B;
  private static final VectorSpecies<Integer> I = VectorKernels.I;
  private static final int SW = S.length();
  private static final short BYTE = 0xFF;
  private static final int LOWER = 0xFFFF;

  private VectorByteKernels() {}

  static int dot(short[] query, MemorySegment rows, long offset, int dim) {
    int odd = query.length / 2;
    int whole = dim - dim % (2 * SW);
    IntVector sum = IntVector.zero(I);
    for (int j = 0; j < whole; j += 2 * SW) {
      ShortVector x =
          ByteVector.fromMemorySegment(B, rows, offset + j, LITTLE_ENDIAN).reinterpretAsShorts();
      IntVector p = x.and(BYTE).mul(ShortVector.fromArray(S, query, j / 2)).reinterpretAsInts();
      IntVector r =
          x.lanewise(VectorOperators.LSHR, 8)
              .mul(ShortVector.fromArray(S, query, odd + j / 2))
              .reinterpretAsInts();
      sum =
          sum.add(p.and(LOWER))
              .add(p.lanewise(VectorOperators.LSHR, 16))
              .add(r.and(LOWER))
              .add(r.lanewise(VectorOperators.LSHR, 16));
    }
    int total = sum.reduceLanes(VectorOperators.ADD);
    for (int i = whole; i < dim; i++) {
      total += query[(i & 1) * odd + i / 2] * (rows.get(JAVA_BYTE, offset + i) & BYTE);
    }
    return total;
  }

  static int squaredEuclid(short[] query, MemorySegment rows, long offset, int dim) {
    int odd = query.length / 2;
    int whole = dim - dim % (2 * SW);
    IntVector sum = IntVector.zero(I);
    for (int j = 0; j < whole; j += 2 * SW) {
      ShortVector x =
          ByteVector.fromMemorySegment(B, rows, offset + j, LITTLE_ENDIAN).reinterpretAsShorts();
      ShortVector d = x.and(BYTE).sub(ShortVector.fromArray(S, query, j / 2));
      ShortVector e =
          x.lanewise(VectorOperators.LSHR, 8).sub(ShortVector.fromArray(S, query, odd + j / 2));
      IntVector p = d.mul(d).reinterpretAsInts();
      IntVector r = e.mul(e).reinterpretAsInts();
      sum =
          sum.add(p.and(LOWER))
              .add(p.lanewise(VectorOperators.LSHR, 16))
              .add(r.and(LOWER))
              .add(r.lanewise(VectorOperators.LSHR, 16));
    }
    int total = sum.reduceLanes(VectorOperators.ADD);
    for (int i = whole; i < dim; i++) {
      int difference = query[(i & 1) * odd + i / 2] - (rows.get(JAVA_BYTE, offset + i) & BYTE);
      total += difference * difference;
    }
    return total;
  }

  static int manhattan(short[] query, MemorySegment rows, long offset, int dim) {
    int odd = query.length / 2;
    int whole = dim - dim % (2 * SW);
    IntVector sum = IntVector.zero(I);
    for (int j = 0; j < whole; j += 2 * SW) {
      ShortVector x =
          ByteVector.fromMemorySegment(B, rows, offset + j, LITTLE_ENDIAN).reinterpretAsShorts();
      ShortVector d = x.and(BYTE).sub(ShortVector.fromArray(S, query, j / 2)).abs();
      ShortVector e =
          x.lanewise(VectorOperators.LSHR, 8)
              .sub(ShortVector.fromArray(S, query, odd + j / 2))
              .abs();
      IntVector p = d.add(e).reinterpretAsInts();
      sum = sum.add(p.and(LOWER)).add(p.lanewise(VectorOperators.LSHR, 16));
    }
    int total = sum.reduceLanes(VectorOperators.ADD);
    for (int i = whole; i < dim; i++) {
      total += Math.abs(query[(i & 1) * odd + i / 2] - (rows.get(JAVA_BYTE, offset + i) & BYTE));
    }
    return total;
  }
}
