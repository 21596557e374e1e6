package io.millrace.kernel;

import java.lang.foreign.MemorySegment;

/// Queries of uint8 components against rows of uint8 components, as exact sums: unsigned ints,
/// which hold 65,536 products of 255 · 255. Row r lies at `stride · r`; what is returned see
/// [HalfKernels].
public final class ByteKernels {
  private ByteKernels() {}

  /// Brings a query of whole numbers from 0 to 255 into the order of [Kernels#int8Place]; returns
  /// its squared length.
  ///
  /// @param into of even length, at least the query's
  public static float encode(float[] query, short[] into) {
    long squared = 0;
    for (int i = 0; i < query.length; i++) {
      int component = (int) query[i];
      squared += (long) component * component;
      into[Kernels.int8Place(i, into.length)] = (short) component;
    }
    return squared;
  }

  /// Sums of products.
  public static long dotRows(
      short[] query,
      MemorySegment rows,
      long stride,
      int dim,
      int[] ordinals,
      int count,
      int[] out) {
    long touched = Kernels.touch(rows, 0, stride, ordinals, count);
    for (int i = 0; i < count; i++) {
      long at = stride * ordinals[i];
      out[i] =
          Kernels.areVectorized()
              ? VectorByteKernels.dot(query, rows, at, dim)
              : ScalarKernels.dotBytes(query, rows, at, dim);
    }
    return touched;
  }

  /// Sums of squared differences.
  public static long squaredEuclidRows(
      short[] query,
      MemorySegment rows,
      long stride,
      int dim,
      int[] ordinals,
      int count,
      int[] out) {
    long touched = Kernels.touch(rows, 0, stride, ordinals, count);
    for (int i = 0; i < count; i++) {
      long at = stride * ordinals[i];
      out[i] =
          Kernels.areVectorized()
              ? VectorByteKernels.squaredEuclid(query, rows, at, dim)
              : ScalarKernels.squaredEuclidBytes(query, rows, at, dim);
    }
    return touched;
  }

  /// Sums of absolute differences.
  public static long manhattanRows(
      short[] query,
      MemorySegment rows,
      long stride,
      int dim,
      int[] ordinals,
      int count,
      int[] out) {
    long touched = Kernels.touch(rows, 0, stride, ordinals, count);
    for (int i = 0; i < count; i++) {
      long at = stride * ordinals[i];
      out[i] =
          Kernels.areVectorized()
              ? VectorByteKernels.manhattan(query, rows, at, dim)
              : ScalarKernels.manhattanBytes(query, rows, at, dim);
    }
    return touched;
  }
}
