package io.millrace.kernel;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.nio.ByteOrder.LITTLE_ENDIAN;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/// The same sums with hardware vectors of the preferred width. Only [Kernels] calls in, after it
/// has seen that the vector module is there.
///
/// The order of float sums is part of the contract, see [Kernels]: multiplication and addition are
/// separate (a fused one would round differently and is slow where the processor has none), and
/// lanes are added by shuffles, because the order of `reduceLanes(ADD)` is left open by its
/// specification.
final class VectorKernels {
  /// Bits of the widest vectors that the loops know. SVE allows for 2,048, in a shape of Java's
  /// that has no halves, and [#sum] would leave lanes out.
  private static final int WIDEST = 512;

  /// The widest vectors of the processor; tests ask for others, which every processor has, if need
  /// be in slow steps.
  private static final VectorShape SHAPE =
      shape(
          Integer.getInteger(
              "millrace.kernels.bits", VectorShape.preferredShape().vectorBitSize()));

  static final VectorSpecies<Float> F = VectorSpecies.of(float.class, SHAPE);
  private static final int W = F.length();
  private static final VectorShuffle<Float> BY_8 = rotation(8);
  private static final VectorShuffle<Float> BY_4 = rotation(4);
  private static final VectorShuffle<Float> BY_2 = rotation(2);
  private static final VectorShuffle<Float> BY_1 = rotation(1);

  static final VectorSpecies<Short> S = VectorSpecies.of(short.class, SHAPE);
  static final VectorSpecies<Byte> B = VectorSpecies.of(byte.class, SHAPE);
  static final VectorSpecies<Integer> I = VectorSpecies.of(int.class, SHAPE);
  private static final int SW = S.length();

  /// Codes come in whole blocks of 32 bytes, so wider vectors would meet half a block.
  private static final VectorSpecies<Short> CS =
      S.vectorBitSize() >= 256 ? ShortVector.SPECIES_256 : ShortVector.SPECIES_128;

  private static final VectorSpecies<Byte> CB =
      S.vectorBitSize() >= 256 ? ByteVector.SPECIES_256 : ByteVector.SPECIES_128;
  private static final int CODE_BLOCK = CB.length();

  /// Bytes of codes after which sums leave their 16 bits: at most ten blocks of the narrowest
  /// vectors.
  private static final int CODES_PER_SPLIT = 10 * CODE_BLOCK;

  private static final short MASK = 3;

  private VectorKernels() {}

  /// The shape for hardware vectors of so many bits: of wider ones than [#WIDEST] a part is used.
  static VectorShape shape(int bits) {
    return VectorShape.forBitSize(Math.min(Integer.highestOneBit(bits), WIDEST));
  }

  static int bits() {
    return SHAPE.vectorBitSize();
  }

  static float dot(float[] query, MemorySegment rows, long offset, int dim) {
    int whole = dim - dim % (2 * W);
    FloatVector a = FloatVector.zero(F);
    FloatVector b = FloatVector.zero(F);
    for (int i = 0; i < whole; i += 2 * W) {
      a = a.add(FloatVector.fromArray(F, query, i).mul(load(rows, offset, i)));
      b = b.add(FloatVector.fromArray(F, query, i + W).mul(load(rows, offset, i + W)));
    }
    return dotTail(sum(a.add(b)), query, rows, offset, whole, dim);
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
    return euclidTail(sum(a.add(b)), query, rows, offset, whole, dim);
  }

  static float manhattan(float[] query, MemorySegment rows, long offset, int dim) {
    int whole = dim - dim % (2 * W);
    FloatVector a = FloatVector.zero(F);
    FloatVector b = FloatVector.zero(F);
    for (int i = 0; i < whole; i += 2 * W) {
      a = a.add(FloatVector.fromArray(F, query, i).sub(load(rows, offset, i)).abs());
      b = b.add(FloatVector.fromArray(F, query, i + W).sub(load(rows, offset, i + W)).abs());
    }
    return manhattanTail(sum(a.add(b)), query, rows, offset, whole, dim);
  }

  static void dotRows(
      float[] query,
      MemorySegment rows,
      long base,
      long stride,
      int dim,
      int[] ordinals,
      int count,
      float[] out) {
    int whole = dim - dim % (2 * W);
    int i = 0;
    for (; i + 4 <= count; i += 4) {
      long o0 = base + ordinals[i] * stride;
      long o1 = base + ordinals[i + 1] * stride;
      long o2 = base + ordinals[i + 2] * stride;
      long o3 = base + ordinals[i + 3] * stride;
      FloatVector a0 = FloatVector.zero(F);
      FloatVector b0 = FloatVector.zero(F);
      FloatVector a1 = FloatVector.zero(F);
      FloatVector b1 = FloatVector.zero(F);
      FloatVector a2 = FloatVector.zero(F);
      FloatVector b2 = FloatVector.zero(F);
      FloatVector a3 = FloatVector.zero(F);
      FloatVector b3 = FloatVector.zero(F);
      for (int j = 0; j < whole; j += 2 * W) {
        FloatVector q = FloatVector.fromArray(F, query, j);
        a0 = a0.add(q.mul(load(rows, o0, j)));
        a1 = a1.add(q.mul(load(rows, o1, j)));
        a2 = a2.add(q.mul(load(rows, o2, j)));
        a3 = a3.add(q.mul(load(rows, o3, j)));
        FloatVector r = FloatVector.fromArray(F, query, j + W);
        b0 = b0.add(r.mul(load(rows, o0, j + W)));
        b1 = b1.add(r.mul(load(rows, o1, j + W)));
        b2 = b2.add(r.mul(load(rows, o2, j + W)));
        b3 = b3.add(r.mul(load(rows, o3, j + W)));
      }
      out[i] = dotTail(sum(a0.add(b0)), query, rows, o0, whole, dim);
      out[i + 1] = dotTail(sum(a1.add(b1)), query, rows, o1, whole, dim);
      out[i + 2] = dotTail(sum(a2.add(b2)), query, rows, o2, whole, dim);
      out[i + 3] = dotTail(sum(a3.add(b3)), query, rows, o3, whole, dim);
    }
    for (; i < count; i++) {
      out[i] = dot(query, rows, base + ordinals[i] * stride, dim);
    }
  }

  static void squaredEuclidRows(
      float[] query,
      MemorySegment rows,
      long base,
      long stride,
      int dim,
      int[] ordinals,
      int count,
      float[] out) {
    int whole = dim - dim % (2 * W);
    int i = 0;
    for (; i + 4 <= count; i += 4) {
      long o0 = base + ordinals[i] * stride;
      long o1 = base + ordinals[i + 1] * stride;
      long o2 = base + ordinals[i + 2] * stride;
      long o3 = base + ordinals[i + 3] * stride;
      FloatVector a0 = FloatVector.zero(F);
      FloatVector b0 = FloatVector.zero(F);
      FloatVector a1 = FloatVector.zero(F);
      FloatVector b1 = FloatVector.zero(F);
      FloatVector a2 = FloatVector.zero(F);
      FloatVector b2 = FloatVector.zero(F);
      FloatVector a3 = FloatVector.zero(F);
      FloatVector b3 = FloatVector.zero(F);
      for (int j = 0; j < whole; j += 2 * W) {
        FloatVector q = FloatVector.fromArray(F, query, j);
        FloatVector x0 = q.sub(load(rows, o0, j));
        FloatVector x1 = q.sub(load(rows, o1, j));
        FloatVector x2 = q.sub(load(rows, o2, j));
        FloatVector x3 = q.sub(load(rows, o3, j));
        a0 = a0.add(x0.mul(x0));
        a1 = a1.add(x1.mul(x1));
        a2 = a2.add(x2.mul(x2));
        a3 = a3.add(x3.mul(x3));
        FloatVector r = FloatVector.fromArray(F, query, j + W);
        FloatVector y0 = r.sub(load(rows, o0, j + W));
        FloatVector y1 = r.sub(load(rows, o1, j + W));
        FloatVector y2 = r.sub(load(rows, o2, j + W));
        FloatVector y3 = r.sub(load(rows, o3, j + W));
        b0 = b0.add(y0.mul(y0));
        b1 = b1.add(y1.mul(y1));
        b2 = b2.add(y2.mul(y2));
        b3 = b3.add(y3.mul(y3));
      }
      out[i] = euclidTail(sum(a0.add(b0)), query, rows, o0, whole, dim);
      out[i + 1] = euclidTail(sum(a1.add(b1)), query, rows, o1, whole, dim);
      out[i + 2] = euclidTail(sum(a2.add(b2)), query, rows, o2, whole, dim);
      out[i + 3] = euclidTail(sum(a3.add(b3)), query, rows, o3, whole, dim);
    }
    for (; i < count; i++) {
      out[i] = squaredEuclid(query, rows, base + ordinals[i] * stride, dim);
    }
  }

  static void manhattanRows(
      float[] query,
      MemorySegment rows,
      long base,
      long stride,
      int dim,
      int[] ordinals,
      int count,
      float[] out) {
    int whole = dim - dim % (2 * W);
    int i = 0;
    for (; i + 4 <= count; i += 4) {
      long o0 = base + ordinals[i] * stride;
      long o1 = base + ordinals[i + 1] * stride;
      long o2 = base + ordinals[i + 2] * stride;
      long o3 = base + ordinals[i + 3] * stride;
      FloatVector a0 = FloatVector.zero(F);
      FloatVector b0 = FloatVector.zero(F);
      FloatVector a1 = FloatVector.zero(F);
      FloatVector b1 = FloatVector.zero(F);
      FloatVector a2 = FloatVector.zero(F);
      FloatVector b2 = FloatVector.zero(F);
      FloatVector a3 = FloatVector.zero(F);
      FloatVector b3 = FloatVector.zero(F);
      for (int j = 0; j < whole; j += 2 * W) {
        FloatVector q = FloatVector.fromArray(F, query, j);
        a0 = a0.add(q.sub(load(rows, o0, j)).abs());
        a1 = a1.add(q.sub(load(rows, o1, j)).abs());
        a2 = a2.add(q.sub(load(rows, o2, j)).abs());
        a3 = a3.add(q.sub(load(rows, o3, j)).abs());
        FloatVector r = FloatVector.fromArray(F, query, j + W);
        b0 = b0.add(r.sub(load(rows, o0, j + W)).abs());
        b1 = b1.add(r.sub(load(rows, o1, j + W)).abs());
        b2 = b2.add(r.sub(load(rows, o2, j + W)).abs());
        b3 = b3.add(r.sub(load(rows, o3, j + W)).abs());
      }
      out[i] = manhattanTail(sum(a0.add(b0)), query, rows, o0, whole, dim);
      out[i + 1] = manhattanTail(sum(a1.add(b1)), query, rows, o1, whole, dim);
      out[i + 2] = manhattanTail(sum(a2.add(b2)), query, rows, o2, whole, dim);
      out[i + 3] = manhattanTail(sum(a3.add(b3)), query, rows, o3, whole, dim);
    }
    for (; i < count; i++) {
      out[i] = manhattan(query, rows, base + ordinals[i] * stride, dim);
    }
  }

  /// A block of bytes is seen as shorts: shifts give the even and the odd components, sign
  /// extended, without a widening load. The products of a pair share a 16-bit lane (2 · 127² < 2¹⁵,
  /// the reason for ±127), then split into ints by shifts. The loops are written out, because a
  /// vector handed to a method the compiler does not inline is boxed, and kept short for the same
  /// reason: past a number of nodes it inlines no more.
  static int dotInt8(short[] query, MemorySegment rows, long offset, int dim) {
    int odd = query.length / 2;
    int whole = dim - dim % (2 * SW);
    IntVector s0 = IntVector.zero(I);
    for (int j = 0; j < whole; j += 2 * SW) {
      ShortVector q = ShortVector.fromArray(S, query, j / 2);
      ShortVector r = ShortVector.fromArray(S, query, odd + j / 2);
      ShortVector x0 =
          ByteVector.fromMemorySegment(B, rows, offset + j, LITTLE_ENDIAN).reinterpretAsShorts();
      IntVector w0 =
          x0.lanewise(VectorOperators.LSHL, 8)
              .lanewise(VectorOperators.ASHR, 8)
              .mul(q)
              .add(x0.lanewise(VectorOperators.ASHR, 8).mul(r))
              .reinterpretAsInts();
      s0 =
          s0.add(w0.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 16))
              .add(w0.lanewise(VectorOperators.ASHR, 16));
    }
    return int8Tail(s0.reduceLanes(VectorOperators.ADD), query, rows, offset, whole, dim);
  }

  /// Returns how many components it did.
  static int int8Query(MemorySegment rows, long offset, int dim, short[] query) {
    int odd = query.length / 2;
    int whole = dim - dim % (2 * SW);
    for (int j = 0; j < whole; j += 2 * SW) {
      ShortVector x =
          ByteVector.fromMemorySegment(B, rows, offset + j, LITTLE_ENDIAN).reinterpretAsShorts();
      x.lanewise(VectorOperators.LSHL, 8).lanewise(VectorOperators.ASHR, 8).intoArray(query, j / 2);
      x.lanewise(VectorOperators.ASHR, 8).intoArray(query, odd + j / 2);
    }
    return whole;
  }

  static void dotInt8Rows(
      short[] query,
      MemorySegment rows,
      long base,
      long stride,
      int dim,
      int[] ordinals,
      int count,
      int[] out) {
    int odd = query.length / 2;
    int whole = dim - dim % (2 * SW);
    int i = 0;
    for (; i + 4 <= count; i += 4) {
      long o0 = base + ordinals[i] * stride;
      long o1 = base + ordinals[i + 1] * stride;
      long o2 = base + ordinals[i + 2] * stride;
      long o3 = base + ordinals[i + 3] * stride;
      IntVector s0 = IntVector.zero(I);
      IntVector s1 = IntVector.zero(I);
      IntVector s2 = IntVector.zero(I);
      IntVector s3 = IntVector.zero(I);
      for (int j = 0; j < whole; j += 2 * SW) {
        ShortVector q = ShortVector.fromArray(S, query, j / 2);
        ShortVector r = ShortVector.fromArray(S, query, odd + j / 2);
        ShortVector x0 =
            ByteVector.fromMemorySegment(B, rows, o0 + j, LITTLE_ENDIAN).reinterpretAsShorts();
        IntVector w0 =
            x0.lanewise(VectorOperators.LSHL, 8)
                .lanewise(VectorOperators.ASHR, 8)
                .mul(q)
                .add(x0.lanewise(VectorOperators.ASHR, 8).mul(r))
                .reinterpretAsInts();
        s0 =
            s0.add(w0.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 16))
                .add(w0.lanewise(VectorOperators.ASHR, 16));
        ShortVector x1 =
            ByteVector.fromMemorySegment(B, rows, o1 + j, LITTLE_ENDIAN).reinterpretAsShorts();
        IntVector w1 =
            x1.lanewise(VectorOperators.LSHL, 8)
                .lanewise(VectorOperators.ASHR, 8)
                .mul(q)
                .add(x1.lanewise(VectorOperators.ASHR, 8).mul(r))
                .reinterpretAsInts();
        s1 =
            s1.add(w1.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 16))
                .add(w1.lanewise(VectorOperators.ASHR, 16));
        ShortVector x2 =
            ByteVector.fromMemorySegment(B, rows, o2 + j, LITTLE_ENDIAN).reinterpretAsShorts();
        IntVector w2 =
            x2.lanewise(VectorOperators.LSHL, 8)
                .lanewise(VectorOperators.ASHR, 8)
                .mul(q)
                .add(x2.lanewise(VectorOperators.ASHR, 8).mul(r))
                .reinterpretAsInts();
        s2 =
            s2.add(w2.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 16))
                .add(w2.lanewise(VectorOperators.ASHR, 16));
        ShortVector x3 =
            ByteVector.fromMemorySegment(B, rows, o3 + j, LITTLE_ENDIAN).reinterpretAsShorts();
        IntVector w3 =
            x3.lanewise(VectorOperators.LSHL, 8)
                .lanewise(VectorOperators.ASHR, 8)
                .mul(q)
                .add(x3.lanewise(VectorOperators.ASHR, 8).mul(r))
                .reinterpretAsInts();
        s3 =
            s3.add(w3.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 16))
                .add(w3.lanewise(VectorOperators.ASHR, 16));
      }
      out[i] = int8Tail(s0.reduceLanes(VectorOperators.ADD), query, rows, o0, whole, dim);
      out[i + 1] = int8Tail(s1.reduceLanes(VectorOperators.ADD), query, rows, o1, whole, dim);
      out[i + 2] = int8Tail(s2.reduceLanes(VectorOperators.ADD), query, rows, o2, whole, dim);
      out[i + 3] = int8Tail(s3.reduceLanes(VectorOperators.ADD), query, rows, o3, whole, dim);
    }
    for (; i < count; i++) {
      out[i] = dotInt8(query, rows, base + ordinals[i] * stride, dim);
    }
  }

  /// A block of codes is seen as shorts of eight codes each: shifts and a mask give one code per
  /// lane. Products of eight codes times ±127 are at most 3,048, so the sums of ten blocks fit 16
  /// bits.
  static void dot2BitRows(
      short[] query,
      MemorySegment rows,
      long base,
      long stride,
      int bytes,
      int[] ordinals,
      int count,
      int[] out) {
    int shorts = bytes / 2;
    for (int i = 0; i < count; i++) {
      long row = base + ordinals[i] * stride;
      int sum = 0;
      int j = 0;
      do {
        int to = Math.min(bytes, j + CODES_PER_SPLIT);
        ShortVector a = ShortVector.zero(CS);
        ShortVector b = ShortVector.zero(CS);
        // Three turns at 384 components: a loop that tests at its end has no turns of its own for
        // what the compiler would peel off.
        do {
          int at = j / 2;
          ShortVector x =
              ByteVector.fromMemorySegment(CB, rows, row + j, LITTLE_ENDIAN).reinterpretAsShorts();
          a = a.add(x.and(MASK).mul(ShortVector.fromArray(CS, query, at)));
          b = b.add(field(x, 2).mul(ShortVector.fromArray(CS, query, shorts + at)));
          a = a.add(field(x, 4).mul(ShortVector.fromArray(CS, query, 2 * shorts + at)));
          b = b.add(field(x, 6).mul(ShortVector.fromArray(CS, query, 3 * shorts + at)));
          a = a.add(field(x, 8).mul(ShortVector.fromArray(CS, query, 4 * shorts + at)));
          b = b.add(field(x, 10).mul(ShortVector.fromArray(CS, query, 5 * shorts + at)));
          a = a.add(field(x, 12).mul(ShortVector.fromArray(CS, query, 6 * shorts + at)));
          ShortVector top = x.lanewise(VectorOperators.LSHR, 14);
          b = b.add(top.mul(ShortVector.fromArray(CS, query, 7 * shorts + at)));
          j += CODE_BLOCK;
        } while (j < to);
        IntVector pairs = a.add(b).reinterpretAsInts();
        sum +=
            pairs
                .lanewise(VectorOperators.LSHL, 16)
                .lanewise(VectorOperators.ASHR, 16)
                .add(pairs.lanewise(VectorOperators.ASHR, 16))
                .reduceLanes(VectorOperators.ADD);
      } while (j < bytes);
      out[i] = sum;
    }
  }

  /// The sums are estimates' constants: their order is not part of the contract.
  static Kernels.Centred centre(float[] query, float[] mean, float[] centred) {
    int whole = F.loopBound(query.length);
    FloatVector largest = FloatVector.zero(F);
    FloatVector squared = FloatVector.zero(F);
    FloatVector dotMean = FloatVector.zero(F);
    for (int i = 0; i < whole; i += W) {
      FloatVector q = FloatVector.fromArray(F, query, i);
      FloatVector m = FloatVector.fromArray(F, mean, i);
      FloatVector c = q.sub(m);
      c.intoArray(centred, i);
      largest = largest.max(c.abs());
      squared = squared.add(c.mul(c));
      dotMean = dotMean.add(q.mul(m));
    }
    Kernels.Centred tail = ScalarKernels.centre(query, mean, centred, whole);
    return new Kernels.Centred(
        Math.max(tail.largest(), largest.reduceLanes(VectorOperators.MAX)),
        tail.squared() + sum(squared),
        tail.dotMean() + sum(dotMean));
  }

  static float quantize(float[] components, float inverse, int largest, int[] out) {
    int whole = F.loopBound(components.length);
    FloatVector dot = FloatVector.zero(F);
    for (int i = 0; i < whole; i += W) {
      FloatVector c = FloatVector.fromArray(F, components, i);
      // Positive, so that cutting off the fraction rounds.
      FloatVector shifted = c.mul(inverse).max(-largest).min(largest).add(largest + 0.5f);
      IntVector rounded =
          ((IntVector) shifted.convertShape(VectorOperators.F2I, I, 0)).sub(largest);
      rounded.intoArray(out, i);
      dot = dot.add(c.mul(rounded.convertShape(VectorOperators.I2F, F, 0)));
    }
    return sum(dot) + ScalarKernels.quantize(components, whole, inverse, largest, out);
  }

  static float largest(float[] components) {
    int whole = F.loopBound(components.length);
    FloatVector largest = FloatVector.zero(F);
    for (int i = 0; i < whole; i += W) {
      largest = largest.max(FloatVector.fromArray(F, components, i).abs());
    }
    return Math.max(
        largest.reduceLanes(VectorOperators.MAX), ScalarKernels.largest(components, whole));
  }

  /// The order of the sum is not part of the contract.
  static float squaredRest(float[] components, float scale, int[] rounded) {
    int end = F.loopBound(components.length);
    FloatVector squares = FloatVector.zero(F);
    for (int i = 0; i < end; i += W) {
      IntVector whole = IntVector.fromArray(I, rounded, i);
      FloatVector kept = (FloatVector) whole.convertShape(VectorOperators.I2F, F, 0);
      FloatVector rest = FloatVector.fromArray(F, components, i).sub(kept.mul(scale));
      squares = squares.add(rest.mul(rest));
    }
    return sum(squares) + ScalarKernels.squaredRest(components, end, scale, rounded);
  }

  private static ShortVector field(ShortVector codes, int shift) {
    return codes.lanewise(VectorOperators.LSHR, shift).and(MASK);
  }

  private static FloatVector load(MemorySegment rows, long offset, int component) {
    return FloatVector.fromMemorySegment(F, rows, offset + 4L * component, LITTLE_ENDIAN);
  }

  /// Adds the upper half of the lanes to the lower until one is left.
  static float sum(FloatVector v) {
    FloatVector s = v;
    if (W >= 16) {
      s = s.add(s.rearrange(BY_8));
    }
    if (W >= 8) {
      s = s.add(s.rearrange(BY_4));
    }
    if (W >= 4) {
      s = s.add(s.rearrange(BY_2));
    }
    if (W >= 2) {
      s = s.add(s.rearrange(BY_1));
    }
    return s.lane(0);
  }

  private static VectorShuffle<Float> rotation(int by) {
    return VectorShuffle.fromOp(F, lane -> (lane + by) % W);
  }

  private static float dotTail(
      float sum, float[] query, MemorySegment rows, long offset, int from, int dim) {
    for (int i = from; i < dim; i++) {
      sum += query[i] * rows.get(ScalarKernels.FLOAT, offset + 4L * i);
    }
    return sum;
  }

  private static float euclidTail(
      float sum, float[] query, MemorySegment rows, long offset, int from, int dim) {
    for (int i = from; i < dim; i++) {
      float difference = query[i] - rows.get(ScalarKernels.FLOAT, offset + 4L * i);
      sum += difference * difference;
    }
    return sum;
  }

  private static float manhattanTail(
      float sum, float[] query, MemorySegment rows, long offset, int from, int dim) {
    for (int i = from; i < dim; i++) {
      sum += Math.abs(query[i] - rows.get(ScalarKernels.FLOAT, offset + 4L * i));
    }
    return sum;
  }

  private static int int8Tail(
      int sum, short[] query, MemorySegment rows, long offset, int from, int dim) {
    int odd = query.length / 2;
    for (int i = from; i < dim; i++) {
      sum += query[(i & 1) * odd + i / 2] * rows.get(JAVA_BYTE, offset + i);
    }
    return sum;
  }
}
