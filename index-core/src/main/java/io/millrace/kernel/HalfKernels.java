package io.millrace.kernel;

import java.lang.foreign.MemorySegment;

/// Float queries against rows of float16 components, little-endian, at any byte; every component is
/// finite. A sum is the one [Kernels] gives for the same row as float32, bit by bit.
///
/// All calls take many rows: row r lies at `stride · r`. One byte of every cache line of all rows
/// is read first, which overlaps their misses; what was read is returned as a sum, so that no
/// compiler leaves it out.
public final class HalfKernels {
  private HalfKernels() {}

  /// Sums of products.
  public static long dotRows(
      float[] query,
      MemorySegment rows,
      long stride,
      int dim,
      int[] ordinals,
      int count,
      float[] out) {
    long touched = Kernels.touch(rows, 0, stride, ordinals, count);
    boolean vectors = usesVectors(dim);
    for (int i = 0; i < count; i++) {
      long at = stride * ordinals[i];
      out[i] =
          vectors
              ? VectorHalfKernels.dot(query, rows, at, dim)
              : ScalarKernels.dotHalf(query, rows, at, dim);
    }
    return touched;
  }

  /// Sums of squared differences.
  public static long squaredEuclidRows(
      float[] query,
      MemorySegment rows,
      long stride,
      int dim,
      int[] ordinals,
      int count,
      float[] out) {
    long touched = Kernels.touch(rows, 0, stride, ordinals, count);
    boolean vectors = usesVectors(dim);
    for (int i = 0; i < count; i++) {
      long at = stride * ordinals[i];
      out[i] =
          vectors
              ? VectorHalfKernels.squaredEuclid(query, rows, at, dim)
              : ScalarKernels.squaredEuclidHalf(query, rows, at, dim);
    }
    return touched;
  }

  /// Sums of absolute differences.
  public static long manhattanRows(
      float[] query,
      MemorySegment rows,
      long stride,
      int dim,
      int[] ordinals,
      int count,
      float[] out) {
    long touched = Kernels.touch(rows, 0, stride, ordinals, count);
    boolean vectors = usesVectors(dim);
    for (int i = 0; i < count; i++) {
      long at = stride * ordinals[i];
      out[i] =
          vectors
              ? VectorHalfKernels.manhattan(query, rows, at, dim)
              : ScalarKernels.manhattanHalf(query, rows, at, dim);
    }
    return touched;
  }

  private static boolean usesVectors(int dim) {
    return Kernels.areVectorized() && dim >= Kernels.SEQUENTIAL_BELOW;
  }
}
