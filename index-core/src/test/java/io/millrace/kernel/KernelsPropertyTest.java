package io.millrace.kernel;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assertions.withinPercentage;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/// Every kernel against its twin for each length from 0 to 257 at every place within a cache line;
/// at widths that are not the processor's own, at four byte offsets for each length and at every
/// place for some (for 2-bit codes all of them). Float twins sum in double; the allowed difference
/// is the first-order bound n·2⁻²⁴·Σ|terms| of a float sum in any order (Higham, Accuracy and
/// Stability of Numerical Algorithms, 3.1) plus n·2⁻¹⁴⁹ for underflow.
class KernelsPropertyTest {
  private static final int LONGEST = 257;
  private static final int ALIGNMENTS = 64;

  /// What stands behind the codes of a row, in bytes.
  private static final int CODE_FACTORS = 8;

  /// Around those at which loops change.
  private static final int[] LENGTHS = {1, 15, 16, 17, 64, LONGEST};

  /// Byte offsets at which each length is tried.
  private static final int OFFSETS =
      Kernels.areVectorized() && Integer.getInteger("millrace.kernels.bits") == null
          ? ALIGNMENTS
          : 4;

  private final long seed = Long.getLong("props.seed", 20_260_726L);

  private interface FloatKernel {
    float of(float[] query, MemorySegment rows, long offset, int dim);
  }

  private interface BulkKernel {
    void of(
        float[] query,
        MemorySegment rows,
        long base,
        long stride,
        int dim,
        int[] ordinals,
        int count,
        float[] out);
  }

  private interface Term {
    double of(double a, double b);
  }

  @Test
  void vectors_are_in_use_in_this_build() {
    assertThat(Kernels.areVectorized()).isTrue();
  }

  @Test
  void float_kernels_agree_with_sums_in_double_at_every_length_and_offset() {
    agree(Kernels::dot, Kernels::dotRows, (a, b) -> a * b, 1);
    agree(Kernels::squaredEuclid, Kernels::squaredEuclidRows, (a, b) -> (a - b) * (a - b), 3);
    agree(Kernels::manhattan, Kernels::manhattanRows, (a, b) -> Math.abs(a - b), 2);
  }

  @Test
  void float_kernels_agree_for_subnormal_and_large_components() {
    try (Arena arena = Arena.ofConfined()) {
      for (float scale : new float[] {1e-42f, 1e-20f, 1e15f}) {
        for (int dim : new int[] {1, 15, 16, 17, 64, 100}) {
          float[] query = floats(new SplittableRandom(seed + dim), dim, scale);
          MemorySegment rows = row(arena, floats(new SplittableRandom(dim), dim, scale), 1);
          checkOne(Kernels::dot, query, rows, 1, dim, (a, b) -> a * b, 1);
          checkOne(Kernels::squaredEuclid, query, rows, 1, dim, (a, b) -> (a - b) * (a - b), 3);
          checkOne(Kernels::manhattan, query, rows, 1, dim, (a, b) -> Math.abs(a - b), 2);
        }
      }
    }
  }

  /// All other components are zero, so that the sum is the same in any order.
  @Test
  void float_kernels_hold_the_largest_and_infinite_components_at_every_place() {
    float max = Float.MAX_VALUE;
    float infinite = Float.POSITIVE_INFINITY;
    float[][] pairs = {
      {1, max},
      {1, -max},
      {max, max},
      {max, -max},
      {0, max},
      {max / 2, -max / 2},
      {1, infinite},
      {-1, infinite},
      {0, infinite},
      {infinite, infinite},
      {infinite, -infinite},
      {max, -infinite}
    };
    for (int dim : LENGTHS) {
      for (int place = 0; place < dim; place++) {
        for (float[] pair : pairs) {
          float[] query = new float[dim];
          float[] row = new float[dim];
          query[place] = pair[0];
          row[place] = pair[1];
          same(Kernels::dot, Kernels::dotRows, ScalarKernels::dot, query, row);
          same(
              Kernels::squaredEuclid,
              Kernels::squaredEuclidRows,
              ScalarKernels::squaredEuclid,
              query,
              row);
          same(Kernels::manhattan, Kernels::manhattanRows, ScalarKernels::manhattan, query, row);
        }
      }
    }
  }

  @Test
  void float_sums_too_large_for_a_float_are_infinite() {
    for (int dim : new int[] {2, 15, 16, 17, 64, LONGEST}) {
      float[] high = new float[dim];
      float[] low = new float[dim];
      java.util.Arrays.fill(high, Float.MAX_VALUE);
      java.util.Arrays.fill(low, -Float.MAX_VALUE);
      same(Kernels::dot, Kernels::dotRows, ScalarKernels::dot, high, high);
      same(Kernels::dot, Kernels::dotRows, ScalarKernels::dot, high, low);
      for (float[] row : new float[][] {high, low}) {
        same(
            Kernels::squaredEuclid,
            Kernels::squaredEuclidRows,
            ScalarKernels::squaredEuclid,
            high,
            row);
        same(Kernels::manhattan, Kernels::manhattanRows, ScalarKernels::manhattan, high, row);
      }
    }
  }

  /// One row, and the same among zeros at each place of five, gives what the twin gives.
  private static void same(
      FloatKernel one, BulkKernel many, FloatKernel twin, float[] query, float[] row) {
    int dim = row.length;
    MemorySegment rows = MemorySegment.ofArray(new float[2 * dim]);
    MemorySegment.copy(MemorySegment.ofArray(row), 0, rows, 4L * dim, 4L * dim);
    Float expected = twin.of(query, rows, 4L * dim, dim);
    assertThat(one.of(query, rows, 4L * dim, dim)).as("dim %d", dim).isEqualTo(expected);
    float ofZeros = one.of(query, rows, 0, dim);
    for (int at = 0; at < 5; at++) {
      int[] ordinals = new int[5];
      ordinals[at] = 1;
      float[] out = new float[5];
      many.of(query, rows, 0, 4L * dim, dim, ordinals, 5, out);
      float[] wanted = new float[5];
      java.util.Arrays.fill(wanted, ofZeros);
      wanted[at] = expected;
      assertThat(java.util.Arrays.equals(out, wanted)).as("row %d, dim %d", at, dim).isTrue();
    }
  }

  private void agree(FloatKernel one, BulkKernel many, Term term, int roundingsPerTerm) {
    SplittableRandom random = new SplittableRandom(seed);
    for (int dim = 0; dim <= LONGEST; dim++) {
      for (int at = 0; at < OFFSETS; at++) {
        agree(random, dim, at, one, many, term, roundingsPerTerm);
      }
    }
    for (int dim : LENGTHS) {
      for (int at = OFFSETS; at < ALIGNMENTS; at++) {
        agree(random, dim, at, one, many, term, roundingsPerTerm);
      }
    }
  }

  private void agree(
      SplittableRandom random,
      int dim,
      int at,
      FloatKernel one,
      BulkKernel many,
      Term term,
      int roundingsPerTerm) {
    try (Arena arena = Arena.ofConfined()) {
      float[] query = floats(random, dim, 1);
      int count = random.nextInt(10);
      long stride = 4L * dim + at;
      MemorySegment rows = arena.allocate(at + stride * 12 + 8, ALIGNMENTS);
      for (int r = 0; r < 12; r++) {
        float[] row = floats(random, dim, 1);
        MemorySegment.copy(MemorySegment.ofArray(row), 0, rows, at + r * stride, 4L * dim);
      }
      int[] ordinals = random.ints(count, 0, 12).toArray();
      float[] out = new float[count];
      many.of(query, rows, at, stride, dim, ordinals, count, out);
      for (int i = 0; i < count; i++) {
        long offset = at + ordinals[i] * stride;
        float single = checkOne(one, query, rows, offset, dim, term, roundingsPerTerm);
        assertThat(Float.floatToIntBits(out[i]))
            .as("bulk equals single: seed %d, dim %d, at %d", seed, dim, at)
            .isEqualTo(Float.floatToIntBits(single));
      }
    }
  }

  private float checkOne(
      FloatKernel kernel,
      float[] query,
      MemorySegment rows,
      long offset,
      int dim,
      Term term,
      int roundingsPerTerm) {
    double expected = 0;
    double magnitude = 0;
    for (int i = 0; i < dim; i++) {
      double t = term.of(query[i], rows.get(ScalarKernels.FLOAT, offset + 4L * i));
      expected += t;
      magnitude += Math.abs(t);
    }
    double allowed =
        (dim + roundingsPerTerm) * Math.scalb(1.0, -24) * magnitude * 1.01
            + dim * Math.scalb(1.0, -149);
    float got = kernel.of(query, rows, offset, dim);
    assertThat((double) got)
        .as("seed %d, dim %d, offset %d", seed, dim, offset)
        .isBetween(expected - allowed, expected + allowed);
    if (dim < Kernels.SEQUENTIAL_BELOW) {
      float sequential = 0;
      for (int i = 0; i < dim; i++) {
        float a = query[i];
        float b = rows.get(ScalarKernels.FLOAT, offset + 4L * i);
        // The float32 form of the term, rounded after every operation.
        sequential +=
            roundingsPerTerm == 1
                ? a * b
                : roundingsPerTerm == 2 ? Math.abs(a - b) : (a - b) * (a - b);
      }
      assertThat(got).as("sequential below 16: dim %d", dim).isEqualTo(sequential);
    }
    return got;
  }

  @Test
  void int8_kernels_give_the_exact_sum_at_every_length_and_offset() {
    try (Arena arena = Arena.ofConfined()) {
      SplittableRandom random = new SplittableRandom(seed);
      for (int dim = 0; dim <= LONGEST; dim++) {
        for (int at = 0; at < OFFSETS; at++) {
          checkInt8(arena, random, dim, at, Extreme.NONE);
        }
      }
      for (int dim : LENGTHS) {
        for (int at = OFFSETS; at < ALIGNMENTS; at++) {
          checkInt8(arena, random, dim, at, Extreme.NONE);
        }
      }
    }
  }

  @Test
  void int8_kernels_hold_the_extremes() {
    try (Arena arena = Arena.ofConfined()) {
      SplittableRandom random = new SplittableRandom(seed);
      for (int dim : new int[] {1, 31, 32, 64, 384, 4_096, 65_536}) {
        for (Extreme extreme : Extreme.values()) {
          checkInt8(arena, random, dim, 1, extreme);
        }
      }
    }
  }

  private enum Extreme {
    NONE,
    ALL_HIGH,
    ALL_LOW,
    OPPOSED
  }

  private void checkInt8(Arena arena, SplittableRandom random, int dim, int at, Extreme extreme) {
    short[] query = new short[(dim + 1) / 2 * 2];
    int rowCount = 7;
    long stride = dim + 3L;
    MemorySegment rows = arena.allocate(at + stride * rowCount + 8, ALIGNMENTS);
    for (int i = 0; i < dim; i++) {
      query[Kernels.int8Place(i, query.length)] =
          switch (extreme) {
            case NONE -> (short) random.nextInt(-127, 128);
            case ALL_HIGH, OPPOSED -> 127;
            case ALL_LOW -> -127;
          };
      for (int r = 0; r < rowCount; r++) {
        byte value =
            switch (extreme) {
              case NONE -> (byte) random.nextInt(-127, 128);
              case ALL_HIGH -> 127;
              case ALL_LOW, OPPOSED -> -127;
            };
        rows.set(java.lang.foreign.ValueLayout.JAVA_BYTE, at + r * stride + i, value);
      }
    }
    int[] ordinals = {6, 0, 3, 3, 5, 1};
    int[] out = new int[6];
    Kernels.dotInt8Rows(query, rows, at, stride, dim, ordinals, 6, out);
    for (int i = 0; i < ordinals.length; i++) {
      long offset = at + ordinals[i] * stride;
      int expected = 0;
      for (int j = 0; j < dim; j++) {
        expected +=
            query[Kernels.int8Place(j, query.length)]
                * rows.get(java.lang.foreign.ValueLayout.JAVA_BYTE, offset + j);
      }
      assertThat(ScalarKernels.dotInt8(query, rows, offset, dim)).isEqualTo(expected);
      assertThat(Kernels.dotInt8(query, rows, offset, dim))
          .as("seed %d, dim %d, at %d, %s", seed, dim, at, extreme)
          .isEqualTo(expected);
      assertThat(out[i]).isEqualTo(expected);
    }
    short[] ofRow = new short[query.length];
    Kernels.int8Query(rows, at + stride, dim, ofRow);
    for (int i = 0; i < dim; i++) {
      assertThat(ofRow[Kernels.int8Place(i, query.length)])
          .isEqualTo(rows.get(java.lang.foreign.ValueLayout.JAVA_BYTE, at + stride + i));
    }
  }

  @Test
  void coarse_kernels_give_the_exact_sum_of_codes() {
    try (Arena arena = Arena.ofConfined()) {
      SplittableRandom random = new SplittableRandom(seed);
      for (int dim : new int[] {1, 5, 127, 128, 129, 384, 1_280, 1_300, 3_072, 65_536}) {
        for (Extreme extreme : Extreme.values()) {
          int bytes = Kernels.coarseBytes(dim);
          long stride = bytes + 64 - bytes % 64;
          short[] query = new short[4 * bytes];
          MemorySegment rows = arena.allocate(8 + stride * 5);
          int[] ordinals = {4, 1, 1};
          int[] expected = new int[3];
          int[][] codes = new int[5][dim];
          for (int i = 0; i < dim; i++) {
            short v =
                switch (extreme) {
                  case NONE -> (short) random.nextInt(-127, 128);
                  case ALL_HIGH -> 127;
                  case ALL_LOW, OPPOSED -> -127;
                };
            query[Kernels.coarsePlace(i, bytes)] = v;
            for (int r = 0; r < 5; r++) {
              codes[r][i] = extreme == Extreme.NONE ? random.nextInt(4) : 3;
              long at = 8 + r * stride + i / 4;
              byte before = rows.get(java.lang.foreign.ValueLayout.JAVA_BYTE, at);
              rows.set(
                  java.lang.foreign.ValueLayout.JAVA_BYTE,
                  at,
                  (byte) (before | codes[r][i] << 2 * (i % 4)));
            }
            for (int k = 0; k < 3; k++) {
              expected[k] += v * codes[ordinals[k]][i];
            }
          }
          int[] out = new int[3];
          Kernels.dot2BitRows(query, rows, 8, stride, bytes, ordinals, 3, out);
          assertThat(out).as("seed %d, dim %d, %s", seed, dim, extreme).isEqualTo(expected);
          for (int k = 0; k < 3; k++) {
            assertThat(ScalarKernels.dot2Bit(query, rows, 8 + ordinals[k] * stride, bytes))
                .isEqualTo(expected[k]);
          }
        }
      }
    }
  }

  @Test
  void counted_bits_give_the_exact_sum_of_codes() {
    if (!Kernels.areVectorized()) {
      assertThat(Kernels.countsBits()).isFalse();
      return;
    }
    try (Arena arena = Arena.ofConfined()) {
      SplittableRandom random = new SplittableRandom(seed);
      for (int dim : new int[] {1, 31, 33, 127, 128, 129, 200, 384, 700, 1_300, 65_536}) {
        for (Extreme extreme : Extreme.values()) {
          int bytes = Kernels.coarseBytes(dim);
          long stride = bytes + 64 - bytes % 64;
          int[] query = new int[4 * bytes];
          MemorySegment rows = arena.allocate(8 + stride * 5);
          for (long at = 0; at < rows.byteSize(); at++) { // what stands behind the codes too
            rows.set(java.lang.foreign.ValueLayout.JAVA_BYTE, at, (byte) random.nextInt());
          }
          int[] ordinals = {4, 1, 1};
          int[] expected = new int[3];
          for (int i = 0; i < dim; i++) {
            query[i] =
                switch (extreme) {
                  case NONE -> random.nextInt(-7, 8);
                  case ALL_HIGH -> 7;
                  case ALL_LOW, OPPOSED -> -7;
                };
            for (int k = 0; k < 3; k++) {
              long at = 8 + ordinals[k] * stride + i / 4;
              int code = rows.get(java.lang.foreign.ValueLayout.JAVA_BYTE, at) >> 2 * (i % 4) & 3;
              expected[k] += query[i] * code;
            }
          }
          int[] out = new int[3];
          Kernels.dot2BitRows(Kernels.bitQuery(query, bytes), rows, 8, stride, ordinals, 3, out);
          assertThat(out).as("seed %d, dim %d, %s", seed, dim, extreme).isEqualTo(expected);
        }
      }
    }
  }

  /// Rows of random bytes, before, between and behind the codes too, that end where the memory
  /// ends; as far apart as the format lays them, and farther.
  @Test
  void codes_of_every_length_are_met_wherever_rows_start() {
    SplittableRandom random = new SplittableRandom(seed);
    int[] ordinals = {2, 0, 2, 1};
    int[] out = new int[ordinals.length];
    for (int dim = 1; dim <= LONGEST; dim++) {
      int bytes = Kernels.coarseBytes(dim);
      short[] query = new short[4 * bytes];
      int[] small = new int[4 * bytes];
      for (int i = 0; i < dim; i++) {
        query[Kernels.coarsePlace(i, bytes)] = (short) random.nextInt(-127, 128);
        small[i] = random.nextInt(-7, 8);
      }
      int least = (bytes + CODE_FACTORS + ALIGNMENTS - 1) / ALIGNMENTS * ALIGNMENTS;
      for (int stride = least; stride <= least + ALIGNMENTS; stride += ALIGNMENTS) {
        byte[] content = new byte[3 * stride];
        random.nextBytes(content);
        int[] expected = new int[ordinals.length];
        int[] expectedOfSmall = new int[ordinals.length];
        for (int k = 0; k < ordinals.length; k++) {
          for (int i = 0; i < dim; i++) {
            int code = content[ordinals[k] * stride + i / 4] >> 2 * (i % 4) & 3;
            expected[k] += query[Kernels.coarsePlace(i, bytes)] * code;
            expectedOfSmall[k] += small[i] * code;
          }
        }
        Kernels.BitQuery bits = Kernels.areVectorized() ? Kernels.bitQuery(small, bytes) : null;
        for (int at = 0; at < ALIGNMENTS; at++) {
          try (Arena arena = Arena.ofConfined()) {
            MemorySegment rows = arena.allocate(at + content.length, ALIGNMENTS);
            MemorySegment.copy(content, 0, rows, JAVA_BYTE, at, content.length);
            Kernels.dot2BitRows(query, rows, at, stride, bytes, ordinals, ordinals.length, out);
            assertThat(out)
                .as("seed %d, dim %d, stride %d, at %d", seed, dim, stride, at)
                .isEqualTo(expected);
            assertThat(ScalarKernels.dot2Bit(query, rows, at + 2L * stride, bytes))
                .isEqualTo(expected[0]);
            if (bits != null) {
              Kernels.dot2BitRows(bits, rows, at, stride, ordinals, ordinals.length, out);
              assertThat(out)
                  .as("counted: seed %d, dim %d, stride %d, at %d", seed, dim, stride, at)
                  .isEqualTo(expectedOfSmall);
            }
          }
        }
      }
    }
  }

  @Test
  void queries_are_centred_and_rounded_as_by_plain_loops() {
    SplittableRandom random = new SplittableRandom(seed);
    for (int dim = 0; dim <= 257; dim++) {
      float[] query = floats(random, dim, 3);
      float[] mean = floats(random, dim, 1);
      float[] centred = new float[dim];
      float[] plain = new float[dim];
      Kernels.Centred found = Kernels.centre(query, mean, centred);
      Kernels.Centred expected = ScalarKernels.centre(query, mean, plain, 0);
      assertThat(centred).isEqualTo(plain);
      assertThat(found.largest()).isEqualTo(expected.largest());
      assertThat(found.squared()).isCloseTo(expected.squared(), withinPercentage(0.01));
      assertThat((double) found.dotMean())
          .isCloseTo(expected.dotMean(), within(1e-5 * (1 + 9 * dim)));
      for (int largest : new int[] {7, 127}) {
        int[] out = new int[dim + 3];
        int[] rounded = new int[dim + 3];
        float inverse = largest / 5f;
        float dot = Kernels.quantize(centred, inverse, largest, out);
        float plainDot = ScalarKernels.quantize(centred, 0, inverse, largest, rounded);
        assertThat(out).as("seed %d, dim %d", seed, dim).isEqualTo(rounded);
        assertThat((double) dot).isCloseTo(plainDot, withinPercentage(0.01));
        for (int i = 0; i < dim; i++) {
          double exact = Math.clamp(centred[i] * (double) inverse, -largest, largest);
          assertThat((double) out[i]).isCloseTo(exact, within(0.5001));
        }
        assertThat(Kernels.largest(centred)).isEqualTo(expected.largest());
        float rest = Kernels.squaredRest(centred, 5f / largest, out);
        assertThat((double) rest)
            .isCloseTo(
                ScalarKernels.squaredRest(centred, 0, 5f / largest, out), withinPercentage(0.01));
      }
    }
  }

  private static float[] floats(SplittableRandom random, int dim, float scale) {
    float[] values = new float[dim];
    for (int i = 0; i < dim; i++) {
      values[i] = (float) random.nextGaussian() * scale;
    }
    return values;
  }

  private static MemorySegment row(Arena arena, float[] row, int at) {
    MemorySegment segment = arena.allocate(at + 4L * row.length + 8);
    MemorySegment.copy(MemorySegment.ofArray(row), 0, segment, at, 4L * row.length);
    return segment;
  }
}
