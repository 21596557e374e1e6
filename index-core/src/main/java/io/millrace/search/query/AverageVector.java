package io.millrace.search.query;

import io.millrace.model.BadInput;
import io.millrace.model.VectorValue;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// The one vector that stands for positive and negative examples: the mean of the positives, moved
/// away from the mean of the negatives by as much as lies between them, `2·p − n` (Qdrant's
/// behaviour, 13.2). Rows of multivectors are joined, those of negatives negated.
final class AverageVector {
  private AverageVector() {}

  /// Throws [BadInput] without positives and where the kinds or lengths differ.
  static VectorValue of(List<VectorValue> positives, List<VectorValue> negatives) {
    if (positives.isEmpty()) {
      throw BadInput.wrong("Positive vectors should not be empty with `average` strategy");
    }
    return switch (widest(positives)) {
      case VectorValue.Dense _ -> dense(positives, negatives);
      case VectorValue.Sparse _ -> sparse(positives, negatives);
      case VectorValue.Multi first -> multi(first.dimension(), positives, negatives);
    };
  }

  /// A multivector if there is one: rows can be given one by one.
  private static VectorValue widest(List<VectorValue> vectors) {
    for (VectorValue vector : vectors) {
      if (vector instanceof VectorValue.Multi) {
        return vector;
      }
    }
    return vectors.getFirst();
  }

  private static VectorValue dense(List<VectorValue> positives, List<VectorValue> negatives) {
    float[] p = denseMean(positives);
    if (!negatives.isEmpty()) {
      float[] n = denseMean(negatives);
      checkDimension(p.length, n.length);
      for (int i = 0; i < p.length; i++) {
        p[i] = p[i] + p[i] - n[i];
      }
    }
    return new VectorValue.Dense(p);
  }

  private static float[] denseMean(List<VectorValue> vectors) {
    float[] sum = denseOf(vectors.getFirst()).clone();
    for (VectorValue vector : vectors.subList(1, vectors.size())) {
      float[] v = denseOf(vector);
      checkDimension(sum.length, v.length);
      for (int i = 0; i < sum.length; i++) {
        sum[i] += v[i];
      }
    }
    for (int i = 0; i < sum.length; i++) {
      sum[i] /= vectors.size();
    }
    return sum;
  }

  private static float[] denseOf(VectorValue vector) {
    return switch (vector) {
      case VectorValue.Dense dense -> dense.values();
      case VectorValue.Sparse _ ->
          throw BadInput.wrong("Conversion between sparse and regular vectors failed");
      case VectorValue.Multi _ ->
          throw BadInput.wrong("Conversion between multi and regular vectors failed");
    };
  }

  private static void checkDimension(int expected, int got) {
    if (expected != got) {
      throw BadInput.dimension(expected, got, "");
    }
  }

  private static VectorValue sparse(List<VectorValue> positives, List<VectorValue> negatives) {
    TreeMap<Integer, Float> p = sparseMean(positives);
    if (!negatives.isEmpty()) {
      TreeMap<Integer, Float> n = sparseMean(negatives);
      TreeMap<Integer, Float> all = new TreeMap<>(Integer::compareUnsigned);
      p.forEach((index, value) -> all.put(index, value + value));
      n.forEach((index, value) -> all.merge(index, -value, Float::sum));
      p = all;
    }
    int[] indices = new int[p.size()];
    float[] values = new float[indices.length];
    int i = 0;
    for (Map.Entry<Integer, Float> weight : p.entrySet()) {
      indices[i] = weight.getKey();
      values[i++] = weight.getValue();
    }
    return new VectorValue.Sparse(indices, values);
  }

  private static TreeMap<Integer, Float> sparseMean(List<VectorValue> vectors) {
    TreeMap<Integer, Float> sum = new TreeMap<>(Integer::compareUnsigned);
    for (VectorValue vector : vectors) {
      if (!(vector instanceof VectorValue.Sparse sparse)) {
        throw BadInput.wrong("Conversion between sparse and regular vectors failed");
      }
      for (int i = 0; i < sparse.indices().length; i++) {
        sum.merge(sparse.indices()[i], sparse.values()[i], Float::sum);
      }
    }
    sum.replaceAll((index, value) -> value / vectors.size());
    return sum;
  }

  private static VectorValue multi(
      int dimension, List<VectorValue> positives, List<VectorValue> negatives) {
    float[] rows = new float[0];
    rows = joined(rows, dimension, positives, 1);
    rows = joined(rows, dimension, negatives, -1);
    return new VectorValue.Multi(dimension, rows);
  }

  private static float[] joined(float[] rows, int dimension, List<VectorValue> more, int sign) {
    float[] all = rows;
    for (VectorValue vector : more) {
      float[] added =
          switch (vector) {
            case VectorValue.Multi multi -> {
              checkDimension(dimension, multi.dimension());
              yield multi.rows();
            }
            case VectorValue.Dense dense -> {
              checkDimension(dimension, dense.values().length);
              yield dense.values();
            }
            case VectorValue.Sparse _ ->
                throw BadInput.wrong("Conversion between multi and regular vectors failed");
          };
      int from = all.length;
      all = Arrays.copyOf(all, from + added.length);
      for (int i = 0; i < added.length; i++) {
        all[from + i] = sign * added[i];
      }
    }
    return all;
  }
}
