package io.millrace.kernel;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/// Sums of 2-bit codes with a query of 4 bits, a sign and a magnitude of three, by counting bits,
/// the form of RaBitQ (Gao and Long, SIGMOD 2024). Where v is negative the code's complement is
/// met, u v = (3 − u)|v| − 3|v|, so that with w = u or 3 − u, w = l + 2h and |v| = Σⱼ 2ʲmⱼ
///
/// ```
/// Σ u·v = Σⱼ 2ʲ (|(l, h) ∧ (mⱼ, mⱼ)| + |h ∧ mⱼ|) − 3 Σ_{v < 0} |v|
/// ```
///
/// Faster than products of 16 bits only where one instruction counts the bits of a whole vector
/// (AVX-512 VPOPCNTDQ). Only [Kernels] calls in.
final class BitCounts {
  private static final VectorSpecies<Long> L = LongVector.SPECIES_512;
  private static final VectorSpecies<Integer> I = IntVector.SPECIES_512;
  private static final int BLOCK_BYTES = 64;
  private static final int BLOCK_WORDS = BLOCK_BYTES / Long.BYTES;

  private static final int CODES_PER_WORD = 32;
  private static final long HIGH_BITS = 0xAAAA_AAAA_AAAA_AAAAL;

  /// Bits of a component's magnitude.
  private static final int BITS = 3;

  /// Words for the signs and the bits of the magnitudes of a block.
  private static final int WORDS_PER_BLOCK = (1 + BITS) * BLOCK_WORDS;

  private static final Path PROCESSOR = Path.of("/proc/cpuinfo");
  private static final String INSTRUCTION = "avx512_vpopcntdq";

  private BitCounts() {}

  /// Whether the processor counts the bits of a vector of `bits` in one instruction. Java does not
  /// tell; Linux does, elsewhere the answer is no.
  static boolean areFast(int bits) {
    String asked = System.getProperty("millrace.kernels.bitcounts");
    if (asked != null) {
      return Boolean.parseBoolean(asked);
    }
    if (bits < L.vectorBitSize() || !Files.isReadable(PROCESSOR)) {
      return false;
    }
    try (Stream<String> lines = Files.lines(PROCESSOR)) {
      return lines
          .filter(line -> line.startsWith("flags"))
          .findFirst()
          .filter(line -> line.contains(INSTRUCTION))
          .isPresent();
    } catch (IOException e) {
      return false; // the other loops are right as well
    }
  }

  /// The bits of a query of components in ±7, in the order in which rows of `bytes` bytes of codes
  /// meet them: for every block of 64 bytes the signs, then the bits of the magnitudes from the
  /// highest down, each standing at both bits of its component's code. Zero past the last
  /// component.
  ///
  /// @param query padded with zeros to a multiple of 32
  static long[] planes(int[] query, int bytes) {
    int blocks = (bytes + BLOCK_BYTES - 1) / BLOCK_BYTES;
    long[] planes = new long[blocks * WORDS_PER_BLOCK];
    for (int word = 0; word * CODES_PER_WORD < query.length; word++) {
      IntVector low = IntVector.fromArray(I, query, word * CODES_PER_WORD);
      IntVector high = IntVector.fromArray(I, query, word * CODES_PER_WORD + I.length());
      int at = word / BLOCK_WORDS * WORDS_PER_BLOCK + word % BLOCK_WORDS;
      planes[at] =
          atBothBits(low.compare(VectorOperators.LT, 0), high.compare(VectorOperators.LT, 0));
      low = low.abs();
      high = high.abs();
      for (int bit = 1; bit <= BITS; bit++) {
        int mask = 1 << BITS - bit;
        planes[at + bit * BLOCK_WORDS] =
            atBothBits(
                low.and(mask).compare(VectorOperators.NE, 0),
                high.and(mask).compare(VectorOperators.NE, 0));
      }
    }
    return planes;
  }

  private static long atBothBits(VectorMask<Integer> low, VectorMask<Integer> high) {
    long bits = low.toLong() | high.toLong() << I.length();
    return Long.expand(bits, ~HIGH_BITS) * 3;
  }

  /// What sums of [#dot2BitRows] are too large by.
  static int excess(int[] query) {
    int excess = 0;
    for (int component : query) {
      excess -= 3 * Math.min(component, 0);
    }
    return excess;
  }

  /// Rows are read in whole blocks of 64 bytes: what follows the codes meets zeros. Few operations
  /// a block, and sums doubled once at the end: past a number of nodes the compiler inlines no more
  /// vector operations and boxes what is left.
  static void dot2BitRows(
      long[] planes,
      int excess,
      MemorySegment rows,
      long base,
      long stride,
      int[] ordinals,
      int count,
      int[] out) {
    for (int i = 0; i < count; i++) {
      long row = base + ordinals[i] * stride;
      LongVector s4 = LongVector.zero(L);
      LongVector s2 = LongVector.zero(L);
      LongVector s1 = LongVector.zero(L);
      int at = 0;
      do {
        LongVector codes =
            LongVector.fromMemorySegment(L, rows, row, LITTLE_ENDIAN)
                .lanewise(VectorOperators.XOR, LongVector.fromArray(L, planes, at));
        LongVector high = codes.and(HIGH_BITS);
        LongVector fours = LongVector.fromArray(L, planes, at + BLOCK_WORDS);
        LongVector twos = LongVector.fromArray(L, planes, at + 2 * BLOCK_WORDS);
        LongVector ones = LongVector.fromArray(L, planes, at + 3 * BLOCK_WORDS);
        s4 =
            s4.add(codes.and(fours).lanewise(VectorOperators.BIT_COUNT))
                .add(high.and(fours).lanewise(VectorOperators.BIT_COUNT));
        s2 =
            s2.add(codes.and(twos).lanewise(VectorOperators.BIT_COUNT))
                .add(high.and(twos).lanewise(VectorOperators.BIT_COUNT));
        s1 =
            s1.add(codes.and(ones).lanewise(VectorOperators.BIT_COUNT))
                .add(high.and(ones).lanewise(VectorOperators.BIT_COUNT));
        row += BLOCK_BYTES;
        at += WORDS_PER_BLOCK;
      } while (at < planes.length);
      LongVector doubled = s4.add(s4).add(s2);
      out[i] = (int) doubled.add(doubled).add(s1).reduceLanes(VectorOperators.ADD) - excess;
    }
  }
}
