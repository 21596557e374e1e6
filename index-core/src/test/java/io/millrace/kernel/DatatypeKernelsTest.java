package io.millrace.kernel;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/// The kernels of float16 and uint8 rows: each length from 0 to 257 at four byte offsets, some at
/// every place within a cache line. float16 sums are those of the same rows as float32, bit by bit,
/// and uint8 sums are exact, so nothing is allowed for.
class DatatypeKernelsTest {
  private static final int LONGEST = 257;
  private static final int ALIGNMENTS = 64;

  /// Around those at which loops change.
  private static final int[] LENGTHS = {1, 15, 16, 17, 64, LONGEST};

  private static final int ROWS = 9;
  private static final int[] ORDINALS = {8, 0, 3, 3, 5, 1, 7};
  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private final long seed = Long.getLong("props.seed", 20_261_126L);

  private interface HalfKernel {
    long of(
        float[] query,
        MemorySegment rows,
        long stride,
        int dim,
        int[] ordinals,
        int count,
        float[] out);
  }

  private interface One {
    float of(float[] query, MemorySegment rows, long offset, int dim);
  }

  private interface ByteKernel {
    long of(
        short[] query,
        MemorySegment rows,
        long stride,
        int dim,
        int[] ordinals,
        int count,
        int[] out);
  }

  private interface OneOfBytes {
    int of(short[] query, MemorySegment rows, long offset, int dim);
  }

  private interface Term {
    long of(int a, int b);
  }

  @Test
  void float16_sums_are_those_of_the_same_rows_as_float32() {
    halves(HalfKernels::dotRows, ScalarKernels::dotHalf, Kernels::dot, ScalarKernels::dot);
    halves(
        HalfKernels::squaredEuclidRows,
        ScalarKernels::squaredEuclidHalf,
        Kernels::squaredEuclid,
        ScalarKernels::squaredEuclid);
    halves(
        HalfKernels::manhattanRows,
        ScalarKernels::manhattanHalf,
        Kernels::manhattan,
        ScalarKernels::manhattan);
  }

  private void halves(HalfKernel kernel, One twin, One floats, One floatTwin) {
    SplittableRandom random = new SplittableRandom(seed);
    for (int dim = 0; dim <= LONGEST; dim++) {
      for (int at = 0; at < 4; at++) {
        checkHalves(random, kernel, twin, floats, floatTwin, dim, at);
      }
    }
    for (int dim : LENGTHS) {
      for (int at = 4; at < ALIGNMENTS; at++) {
        checkHalves(random, kernel, twin, floats, floatTwin, dim, at);
      }
    }
  }

  private void checkHalves(
      SplittableRandom random,
      HalfKernel kernel,
      One twin,
      One floats,
      One floatTwin,
      int dim,
      int at) {
    try (Arena arena = Arena.ofConfined()) {
      float[] query = new float[dim];
      long stride = 2L * dim + at;
      MemorySegment rows = arena.allocate(at + stride * ROWS + 8, ALIGNMENTS);
      MemorySegment wide = MemorySegment.ofArray(new float[dim * ROWS]);
      for (int i = 0; i < dim; i++) {
        query[i] = (float) random.nextGaussian();
        for (int r = 0; r < ROWS; r++) {
          short half = finite(random);
          rows.set(SHORT, at + r * stride + 2L * i, half);
          wide.setAtIndex(ValueLayout.JAVA_FLOAT, (long) r * dim + i, Float.float16ToFloat(half));
        }
      }
      float[] out = new float[ORDINALS.length];
      kernel.of(query, rows.asSlice(at), stride, dim, ORDINALS, ORDINALS.length, out);
      for (int i = 0; i < ORDINALS.length; i++) {
        long row = 4L * dim * ORDINALS[i];
        assertThat(out[i])
            .as("seed %d, dim %d, at %d", seed, dim, at)
            .isEqualTo(floats.of(query, wide, row, dim));
        assertThat(twin.of(query, rows, at + stride * ORDINALS[i], dim))
            .isEqualTo(floatTwin.of(query, wide, row, dim));
      }
    }
  }

  /// Of any exponent, subnormal ones and both zeros among them.
  private static short finite(SplittableRandom random) {
    short half = (short) random.nextInt();
    while ((half & 0x7C00) == 0x7C00) {
      half = (short) random.nextInt();
    }
    return half;
  }

  @Test
  void every_finite_float16_is_read_as_it_is() {
    int dim = 32;
    float[] ones = new float[dim];
    java.util.Arrays.fill(ones, 1);
    MemorySegment row = MemorySegment.ofArray(new byte[2 * dim]);
    float[] out = new float[1];
    for (int bits = 0; bits < 1 << 16; bits++) {
      if ((bits & 0x7C00) == 0x7C00) {
        continue;
      }
      int place = bits % dim;
      row.set(SHORT, 2L * place, (short) bits);
      HalfKernels.dotRows(ones, row, 2L * dim, dim, new int[1], 1, out);
      assertThat(out[0]).as("bits %x", bits).isEqualTo(Float.float16ToFloat((short) bits) + 0f);
      row.set(SHORT, 2L * place, (short) 0);
    }
  }

  @Test
  void uint8_sums_are_exact() {
    bytes(ByteKernels::dotRows, ScalarKernels::dotBytes, (a, b) -> (long) a * b);
    bytes(
        ByteKernels::squaredEuclidRows,
        ScalarKernels::squaredEuclidBytes,
        (a, b) -> (long) (a - b) * (a - b));
    bytes(ByteKernels::manhattanRows, ScalarKernels::manhattanBytes, (a, b) -> Math.abs(a - b));
  }

  private void bytes(ByteKernel kernel, OneOfBytes twin, Term term) {
    SplittableRandom random = new SplittableRandom(seed);
    for (int dim = 0; dim <= LONGEST; dim++) {
      for (int at = 0; at < 4; at++) {
        checkBytes(kernel, twin, term, dim, at, () -> random.nextInt(256));
      }
    }
    for (int dim : LENGTHS) {
      for (int at = 4; at < ALIGNMENTS; at++) {
        checkBytes(kernel, twin, term, dim, at, () -> random.nextInt(256));
      }
    }
    for (int dim : new int[] {1, 31, 64, 384, 4_096, 65_536}) {
      checkBytes(kernel, twin, term, dim, 1, () -> 255);
      checkBytes(kernel, twin, term, dim, 1, () -> random.nextBoolean() ? 255 : 0);
    }
  }

  private void checkBytes(
      ByteKernel kernel,
      OneOfBytes twin,
      Term term,
      int dim,
      int at,
      java.util.function.IntSupplier component) {
    try (Arena arena = Arena.ofConfined()) {
      float[] query = new float[dim];
      long stride = dim + 3L;
      MemorySegment rows = arena.allocate(at + stride * ROWS + 8, ALIGNMENTS);
      for (int i = 0; i < dim; i++) {
        query[i] = component.getAsInt();
        for (int r = 0; r < ROWS; r++) {
          rows.set(JAVA_BYTE, at + r * stride + i, (byte) component.getAsInt());
        }
      }
      short[] encoded = new short[(dim + 1) / 2 * 2];
      float squared = ByteKernels.encode(query, encoded);
      int[] out = new int[ORDINALS.length];
      kernel.of(encoded, rows.asSlice(at), stride, dim, ORDINALS, ORDINALS.length, out);
      long length = 0;
      for (int k = 0; k < ORDINALS.length; k++) {
        long offset = at + stride * ORDINALS[k];
        long expected = 0;
        length = 0;
        for (int i = 0; i < dim; i++) {
          expected += term.of((int) query[i], rows.get(JAVA_BYTE, offset + i) & 0xFF);
          length += (long) query[i] * (long) query[i];
        }
        assertThat(Integer.toUnsignedLong(out[k]))
            .as("seed %d, dim %d, at %d", seed, dim, at)
            .isEqualTo(expected);
        assertThat(Integer.toUnsignedLong(twin.of(encoded, rows, offset, dim))).isEqualTo(expected);
      }
      assertThat(squared).isEqualTo((float) length);
    }
  }
}
