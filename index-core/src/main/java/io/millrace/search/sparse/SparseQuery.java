package io.millrace.search.sparse;

import io.millrace.codec.sparse.SparseBytes;
import io.millrace.model.VectorValue;

/// A weight for each of some indices, ascending unsigned. Immutable by agreement.
public final class SparseQuery {
  /// The score of a vector that has no index in common with the query.
  public static final float NOTHING_IN_COMMON = Float.NaN;

  private final int[] indices;
  private final float[] weights;

  public SparseQuery(int[] indices, float[] weights) {
    this.indices = indices;
    this.weights = weights;
  }

  public static SparseQuery of(VectorValue.Sparse vector) {
    return new SparseQuery(vector.indices(), vector.values());
  }

  int size() {
    return indices.length;
  }

  int index(int i) {
    return indices[i];
  }

  float weight(int i) {
    return weights[i];
  }

  /// Σ qᵢwᵢ over the common indices in ascending order, one float32 sum.
  public float score(SparseBytes row) {
    float sum = 0;
    boolean common = false;
    int i = 0;
    int j = 0;
    while (i < indices.length && j < row.size()) {
      int order = Integer.compareUnsigned(indices[i], row.index(j));
      if (order == 0) {
        sum += weights[i] * row.weight(j);
        common = true;
        i++;
        j++;
      } else if (order < 0) {
        i++;
      } else {
        j++;
      }
    }
    return common ? sum : NOTHING_IN_COMMON;
  }
}
