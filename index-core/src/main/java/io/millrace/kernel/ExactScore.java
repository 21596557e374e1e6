package io.millrace.kernel;

import io.millrace.model.Distance;
import java.lang.foreign.MemorySegment;

/// The float32 scores that leave the engine, by Qdrant's formulas (its order of sums: [Kernels]).
///
/// ```
/// distance   similarity, larger is better   score, as a client sees it
/// COSINE     Σ aᵢbᵢ of normalised vectors   the same
/// DOT        Σ aᵢbᵢ                         the same
/// EUCLID     −√Σ(aᵢ−bᵢ)²                    √Σ(aᵢ−bᵢ)²
/// MANHATTAN  −Σ|aᵢ−bᵢ|                      Σ|aᵢ−bᵢ|
/// ```
///
/// The similarity carries the rounding of the score, so two hits with equal scores tie.
public final class ExactScore {
  /// Squared lengths below this are zero for Qdrant: float32's machine epsilon.
  private static final float ZERO_SQUARED_LENGTH = 1.1920929e-7f;

  private static final float UNIT_TOLERANCE = 1.0e-6f;

  private ExactScore() {}

  /// Similarity of the query and the float row at `offset`.
  public static float similarity(
      Distance distance, float[] query, MemorySegment rows, long offset, int dim) {
    return switch (distance) {
      case COSINE, DOT -> Kernels.dot(query, rows, offset, dim);
      case EUCLID -> -(float) Math.sqrt(Kernels.squaredEuclid(query, rows, offset, dim));
      case MANHATTAN -> -Kernels.manhattan(query, rows, offset, dim);
    };
  }

  /// [#similarity] of the rows `ordinals[0 .. count)` at `base + ordinal · stride`.
  public static void similarities(
      Distance distance,
      float[] query,
      MemorySegment rows,
      long base,
      long stride,
      int dim,
      int[] ordinals,
      int count,
      float[] out) {
    switch (distance) {
      case COSINE, DOT -> Kernels.dotRows(query, rows, base, stride, dim, ordinals, count, out);
      case EUCLID -> {
        Kernels.squaredEuclidRows(query, rows, base, stride, dim, ordinals, count, out);
        for (int i = 0; i < count; i++) {
          out[i] = -(float) Math.sqrt(out[i]);
        }
      }
      case MANHATTAN -> {
        Kernels.manhattanRows(query, rows, base, stride, dim, ordinals, count, out);
        for (int i = 0; i < count; i++) {
          out[i] = -out[i];
        }
      }
    }
  }

  /// What a client sees for a similarity.
  public static float score(Distance distance, float similarity) {
    return distance.largerIsBetter() ? similarity : 0 - similarity;
  }

  /// The vector as a Cosine field stores and asks it: divided by its float32 length, in place. Zero
  /// vectors (squared length below float32's epsilon) and those already of length 1 (squared length
  /// within 1e-6) stay as they are, bit by bit. Returns its argument.
  public static float[] normalize(float[] vector) {
    float squared = Kernels.dot(vector, MemorySegment.ofArray(vector), 0, vector.length);
    if (squared < ZERO_SQUARED_LENGTH || Math.abs(squared - 1) <= UNIT_TOLERANCE) {
      return vector;
    }
    float length = (float) Math.sqrt(squared);
    for (int i = 0; i < vector.length; i++) {
      vector[i] /= length;
    }
    return vector;
  }
}
