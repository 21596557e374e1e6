package io.millrace.kernel;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// The door to the distance loops. Decides once, when it is loaded, whether the incubating vector
/// module is there; without it every call runs the plain loops and one warning is logged.
///
/// Rows are little-endian and may start at any byte. Float rows hold `dim` float32 components, int8
/// rows hold `dim` signed bytes in ±127.
///
/// **Order of float sums.** Below [#SEQUENTIAL_BELOW] components: first to last in one float32, as
/// Qdrant's plain loop does, so that scores of small hand-made vectors agree to the last bit. From
/// there on: two float32 accumulators of one hardware vector each take alternate blocks, are added,
/// then halved lane by lane (lane i plus lane i + width/2); components past the last whole block
/// follow one by one. A row has the same score, bit by bit, in the single and in the bulk form and
/// in interpreted and compiled code, so equal vectors tie.
public final class Kernels {
  /// Vectors with fewer components are summed first to last.
  public static final int SEQUENTIAL_BELOW = 16;

  private static final int CACHE_LINE = 64;

  /// Bits of a hardware vector below which there is none: what Java then offers is slower than
  /// plain loops.
  private static final int NARROWEST = 128;

  private static final boolean VECTORS = vectorModuleIsUsable();
  private static final boolean COUNTS_BITS = VECTORS && BitCounts.areFast(VectorKernels.bits());

  private Kernels() {}

  /// Whether the loops use hardware vectors.
  public static boolean areVectorized() {
    return VECTORS;
  }

  /// Sum of products of the query and the row at `offset`.
  public static float dot(float[] query, MemorySegment rows, long offset, int dim) {
    return VECTORS && dim >= SEQUENTIAL_BELOW
        ? VectorKernels.dot(query, rows, offset, dim)
        : ScalarKernels.dot(query, rows, offset, dim);
  }

  /// Sum of squared differences.
  public static float squaredEuclid(float[] query, MemorySegment rows, long offset, int dim) {
    return VECTORS && dim >= SEQUENTIAL_BELOW
        ? VectorKernels.squaredEuclid(query, rows, offset, dim)
        : ScalarKernels.squaredEuclid(query, rows, offset, dim);
  }

  /// Sum of absolute differences.
  public static float manhattan(float[] query, MemorySegment rows, long offset, int dim) {
    return VECTORS && dim >= SEQUENTIAL_BELOW
        ? VectorKernels.manhattan(query, rows, offset, dim)
        : ScalarKernels.manhattan(query, rows, offset, dim);
  }

  /// The order of an int8 query: the components at even places, then those at odd places, each half
  /// long enough for `(dim + 1) / 2`. Returns where component `i` stands in an array of `length`.
  public static int int8Place(int i, int length) {
    return (i & 1) * (length / 2) + i / 2;
  }

  /// Makes an int8 row of `dim` components a query, in the order of [#int8Place].
  public static void int8Query(MemorySegment rows, long offset, int dim, short[] query) {
    int done = VECTORS ? VectorKernels.int8Query(rows, offset, dim, query) : 0;
    for (int i = done; i < dim; i++) {
      query[int8Place(i, query.length)] = rows.get(ValueLayout.JAVA_BYTE, offset + i);
    }
  }

  /// Exact sum of products of bytes; query (in the order of [#int8Place], of even length) and row
  /// lie in ±127. A row holds at most 65,536 components, so an int holds every sum.
  public static int dotInt8(short[] query, MemorySegment rows, long offset, int dim) {
    return VECTORS
        ? VectorKernels.dotInt8(query, rows, offset, dim)
        : ScalarKernels.dotInt8(query, rows, offset, dim);
  }

  /// [#dot] of the rows `ordinals[0 .. count)`, row r lying at `base + r · stride`, into `out`.
  /// Four rows are read side by side, which is what overlaps their cache misses.
  public static void dotRows(
      float[] query,
      MemorySegment rows,
      long base,
      long stride,
      int dim,
      int[] ordinals,
      int count,
      float[] out) {
    if (VECTORS && dim >= SEQUENTIAL_BELOW) {
      VectorKernels.dotRows(query, rows, base, stride, dim, ordinals, count, out);
      return;
    }
    for (int i = 0; i < count; i++) {
      out[i] = ScalarKernels.dot(query, rows, base + ordinals[i] * stride, dim);
    }
  }

  /// [#squaredEuclid] of many rows; see [#dotRows].
  public static void squaredEuclidRows(
      float[] query,
      MemorySegment rows,
      long base,
      long stride,
      int dim,
      int[] ordinals,
      int count,
      float[] out) {
    if (VECTORS && dim >= SEQUENTIAL_BELOW) {
      VectorKernels.squaredEuclidRows(query, rows, base, stride, dim, ordinals, count, out);
      return;
    }
    for (int i = 0; i < count; i++) {
      out[i] = ScalarKernels.squaredEuclid(query, rows, base + ordinals[i] * stride, dim);
    }
  }

  /// [#manhattan] of many rows; see [#dotRows].
  public static void manhattanRows(
      float[] query,
      MemorySegment rows,
      long base,
      long stride,
      int dim,
      int[] ordinals,
      int count,
      float[] out) {
    if (VECTORS && dim >= SEQUENTIAL_BELOW) {
      VectorKernels.manhattanRows(query, rows, base, stride, dim, ordinals, count, out);
      return;
    }
    for (int i = 0; i < count; i++) {
      out[i] = ScalarKernels.manhattan(query, rows, base + ordinals[i] * stride, dim);
    }
  }

  /// [#dotInt8] of many rows; see [#dotRows].
  public static void dotInt8Rows(
      short[] query,
      MemorySegment rows,
      long base,
      long stride,
      int dim,
      int[] ordinals,
      int count,
      int[] out) {
    if (VECTORS) {
      VectorKernels.dotInt8Rows(query, rows, base, stride, dim, ordinals, count, out);
      return;
    }
    for (int i = 0; i < count; i++) {
      out[i] = ScalarKernels.dotInt8(query, rows, base + ordinals[i] * stride, dim);
    }
  }

  /// Whether 2-bit codes are best met by a query of 4 bits ([#bitQuery]), not of 8.
  public static boolean countsBits() {
    return COUNTS_BITS;
  }

  /// The bytes of 2-bit codes of `dim` components: four to a byte, whole blocks of 32 bytes.
  public static int coarseBytes(int dim) {
    return (dim + 127) / 128 * 32;
  }

  /// Leaves the difference of a query and a mean in `centred`.
  public static Centred centre(float[] query, float[] mean, float[] centred) {
    return VECTORS
        ? VectorKernels.centre(query, mean, centred)
        : ScalarKernels.centre(query, mean, centred, 0);
  }

  /// What a centred query says of itself.
  ///
  /// @param largest of the absolute values of the components
  /// @param squared their sum of squares
  /// @param dotMean the dot product of the query, as it was, with the mean
  public record Centred(float largest, float squared, float dotMean) {}

  /// Leaves the components times `inverse`, rounded and at most `largest` away from zero, in `out`;
  /// returns their dot product with the components.
  public static float quantize(float[] components, float inverse, int largest, int[] out) {
    return VECTORS
        ? VectorKernels.quantize(components, inverse, largest, out)
        : ScalarKernels.quantize(components, 0, inverse, largest, out);
  }

  /// The largest of the absolute values.
  public static float largest(float[] components) {
    return VECTORS ? VectorKernels.largest(components) : ScalarKernels.largest(components, 0);
  }

  /// Sum of squares of what `scale · rounded` leaves of the components.
  public static float squaredRest(float[] components, float scale, int[] rounded) {
    return VECTORS
        ? VectorKernels.squaredRest(components, scale, rounded)
        : ScalarKernels.squaredRest(components, 0, scale, rounded);
  }

  /// Where component `i` of a query stands for [#dot2BitRows]: the components whose codes share a
  /// place within 16 bits stand together.
  public static int coarsePlace(int i, int bytes) {
    return i % 8 * (bytes / 2) + i / 8;
  }

  /// Exact sums Σ uᵢvᵢ of the 2-bit codes u of many rows with a query v in ±127 (in the order of
  /// [#coarsePlace], `4 · bytes` long, zeros where it has no component).
  ///
  /// A row starts with `bytes` bytes of codes, component i in bits 2·(i mod 4) of byte i / 4; row r
  /// lies at `base + r · stride`, stride a multiple of 64. One byte of every cache line of all rows
  /// is touched first, which overlaps the misses of the whole list; what was read is returned as a
  /// sum, so that no compiler leaves it out.
  public static long dot2BitRows(
      short[] query,
      MemorySegment rows,
      long base,
      long stride,
      int bytes,
      int[] ordinals,
      int count,
      int[] out) {
    long touched = touch(rows, base, stride, ordinals, count);
    if (VECTORS) {
      VectorKernels.dot2BitRows(query, rows, base, stride, bytes, ordinals, count, out);
      return touched;
    }
    for (int i = 0; i < count; i++) {
      out[i] = ScalarKernels.dot2Bit(query, rows, base + ordinals[i] * stride, bytes);
    }
    return touched;
  }

  /// A query of 4 bits for [#dot2BitRows(BitQuery, MemorySegment, long, long, int[], int, int[])].
  ///
  /// @param components in ±7, in their own order, padded with zeros to a multiple of 32
  /// @param bytes of a row's codes
  public static BitQuery bitQuery(int[] components, int bytes) {
    return new BitQuery(BitCounts.planes(components, bytes), BitCounts.excess(components));
  }

  /// A query as its bits are met.
  public static final class BitQuery {
    private final long[] planes;
    private final int excess;

    private BitQuery(long[] planes, int excess) {
      this.planes = planes;
      this.excess = excess;
    }
  }

  /// [#dot2BitRows] with a query of 4 bits. Only where [#countsBits].
  public static long dot2BitRows(
      BitQuery query,
      MemorySegment rows,
      long base,
      long stride,
      int[] ordinals,
      int count,
      int[] out) {
    long touched = touch(rows, base, stride, ordinals, count);
    BitCounts.dot2BitRows(query.planes, query.excess, rows, base, stride, ordinals, count, out);
    return touched;
  }

  /// Reads one byte of every cache line of the rows `ordinals[0 .. count)`; returns their sum.
  static long touch(MemorySegment rows, long base, long stride, int[] ordinals, int count) {
    long touched = 0;
    for (int i = 0; i < count; i++) {
      long row = base + stride * ordinals[i];
      for (long at = row; at < row + stride; at += CACHE_LINE) {
        touched += rows.get(ValueLayout.JAVA_BYTE, at);
      }
    }
    return touched;
  }

  private static boolean vectorModuleIsUsable() {
    boolean readable =
        ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent()
            && !Boolean.getBoolean("millrace.kernels.scalar")
            && VectorKernels.bits() >= NARROWEST;
    if (!readable) {
      System.getLogger(Kernels.class.getName())
          .log(
              System.Logger.Level.WARNING,
              "Vector search runs on plain loops and is several times slower: start Java with"
                  + " --add-modules jdk.incubator.vector");
    }
    return readable;
  }
}
