package io.millrace.model;

import java.util.Arrays;

/// The value of one named vector of a point. Immutable by agreement: arrays handed in or out are
/// never written to.
public sealed interface VectorValue {
  /// Of its components and indices.
  default long bytes() {
    return switch (this) {
      case Dense dense -> 4L * dense.values.length;
      case Sparse sparse -> 8L * sparse.indices.length;
      case Multi multi -> 4L * multi.rows.length;
    };
  }

  /// One row of float32 components; length = the configured size.
  final class Dense implements VectorValue {
    private final float[] values;

    public Dense(float... values) {
      this.values = values;
    }

    public float[] values() {
      return values;
    }

    @Override
    public boolean equals(Object o) {
      return o instanceof Dense d && Arrays.equals(values, d.values);
    }

    @Override
    public int hashCode() {
      return Arrays.hashCode(values);
    }

    @Override
    public String toString() {
      return Arrays.toString(values);
    }
  }

  /// Weights at u32 indices; indices are unique and ascending (unsigned).
  final class Sparse implements VectorValue {
    private final int[] indices;
    private final float[] values;

    public Sparse(int[] indices, float[] values) {
      this.indices = indices;
      this.values = values;
    }

    public int[] indices() {
      return indices;
    }

    public float[] values() {
      return values;
    }

    @Override
    public boolean equals(Object o) {
      return o instanceof Sparse s
          && Arrays.equals(indices, s.indices)
          && Arrays.equals(values, s.values);
    }

    @Override
    public int hashCode() {
      return 31 * Arrays.hashCode(indices) + Arrays.hashCode(values);
    }

    @Override
    public String toString() {
      return Arrays.toString(indices) + "=" + Arrays.toString(values);
    }
  }

  /// One or more rows of `dimension` components, row after row.
  final class Multi implements VectorValue {
    private final int dimension;
    private final float[] rows;

    public Multi(int dimension, float[] rows) {
      this.dimension = dimension;
      this.rows = rows;
    }

    public int dimension() {
      return dimension;
    }

    public float[] rows() {
      return rows;
    }

    @Override
    public boolean equals(Object o) {
      return o instanceof Multi m && dimension == m.dimension && Arrays.equals(rows, m.rows);
    }

    @Override
    public int hashCode() {
      return 31 * dimension + Arrays.hashCode(rows);
    }

    @Override
    public String toString() {
      return dimension + "×" + Arrays.toString(rows);
    }
  }
}
