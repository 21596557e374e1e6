package io.millrace.collection;

import io.millrace.model.BadInput;
import io.millrace.model.BadInput.Kind;
import io.millrace.model.BadInput.Rule;
import io.millrace.model.VectorConfig;
import io.millrace.model.VectorValue;

/// Whether a vector that is to be written fits what its name is configured as. Throws [BadInput].
final class VectorCheck {
  /// Components of one multivector stay below this (behaviour.md 15).
  private static final int MULTI_COMPONENTS = 1 << 20;

  private VectorCheck() {}

  /// One row, or several where the collection has multivectors.
  static void rows(VectorValue value, VectorConfig expected, String name) {
    switch (value) {
      case VectorValue.Dense d -> {
        if (d.values().length == 0) {
          throw new BadInput(Kind.VALIDATION, Rule.VECTOR_EMPTY, "dense vector must not be empty");
        }
        dimension(d.values().length, expected, name);
        finite(d.values());
      }
      case VectorValue.Multi m -> {
        if (!expected.isMulti()) {
          throw BadInput.conversion("multi");
        }
        if (m.rows().length == 0) {
          throw new BadInput(Kind.VALIDATION, Rule.VECTOR_EMPTY, "multi vector must not be empty");
        }
        dimension(m.dimension(), expected, name);
        if (m.rows().length % m.dimension() != 0) {
          throw new BadInput(
              Kind.VALIDATION, Rule.MULTI_RAGGED, "all vectors must have the same dimension");
        }
        if (m.rows().length >= MULTI_COMPONENTS) {
          throw new BadInput(
              Kind.WRONG_INPUT,
              Rule.TOO_LARGE,
              "A multivector holds fewer than %d numbers, got %d"
                  .formatted(MULTI_COMPONENTS, m.rows().length));
        }
        finite(m.rows());
      }
      case VectorValue.Sparse ignored -> throw BadInput.conversion("sparse");
    }
  }

  /// Indices ascending and unique, a finite weight for each.
  static void sparse(VectorValue value) {
    if (!(value instanceof VectorValue.Sparse sparse)) {
      throw BadInput.conversion("sparse");
    }
    int[] indices = sparse.indices();
    if (indices.length != sparse.values().length) {
      throw new BadInput(
          Kind.VALIDATION,
          Rule.SPARSE_INVALID,
          "values: Validation error: must be the same length as indices [{}]");
    }
    for (int i = 1; i < indices.length; i++) {
      if (Integer.compareUnsigned(indices[i - 1], indices[i]) >= 0) {
        throw new BadInput(
            Kind.VALIDATION, Rule.SPARSE_INVALID, "indices: Validation error: must be unique [{}]");
      }
    }
    finite(sparse.values());
  }

  private static void dimension(int got, VectorConfig expected, String name) {
    if (got != expected.size()) {
      throw BadInput.dimension(expected.size(), got, name);
    }
  }

  private static void finite(float[] values) {
    for (float x : values) {
      if (!Float.isFinite(x)) {
        throw new BadInput(
            Kind.FORMAT,
            Rule.VECTOR_NOT_FINITE,
            "vector component " + x + " is not a finite 32-bit number");
      }
    }
  }
}
