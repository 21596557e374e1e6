package io.millrace.search.vector;

import io.millrace.index.StoredForm;
import io.millrace.model.BadInput;
import io.millrace.model.NearestQuery.SearchParams;
import io.millrace.model.VectorConfig;
import io.millrace.model.VectorValue;
import java.util.Arrays;

/// Checks of query vectors against what they are compared with, and their form as stored ones.
final class QueryVectors {
  private QueryVectors() {}

  /// One row.
  static float[] dense(VectorValue query, VectorConfig config) {
    return switch (query) {
      case VectorValue.Dense dense -> row(dense.values(), config);
      case VectorValue.Sparse _ -> throw notDense();
      case VectorValue.Multi _ -> throw BadInput.conversion("multi");
    };
  }

  /// Rows in the form of stored ones; a dense vector is one.
  static float[][] multi(VectorValue query, VectorConfig config) {
    return switch (query) {
      case VectorValue.Dense dense -> new float[][] {row(dense.values(), config)};
      case VectorValue.Sparse _ -> throw notDense();
      case VectorValue.Multi multi -> {
        check(multi.dimension(), config);
        float[][] rows = new float[multi.rows().length / config.size()][];
        for (int i = 0; i < rows.length; i++) {
          rows[i] =
              row(
                  Arrays.copyOfRange(multi.rows(), i * config.size(), (i + 1) * config.size()),
                  config);
        }
        yield rows;
      }
    };
  }

  /// For vectors whose weights are not changed by how rare they are.
  static void refuseIdf(SearchParams params) {
    if (params.idf().isPresent()) {
      throw BadInput.wrong(
          "`idf` in the search parameters needs a sparse vector with the `idf` modifier");
    }
  }

  static VectorValue.Sparse sparse(VectorValue query) {
    return switch (query) {
      case VectorValue.Sparse sparse -> sparse;
      case VectorValue.Dense _, VectorValue.Multi _ -> throw notDense();
    };
  }

  private static float[] row(float[] values, VectorConfig config) {
    check(values.length, config);
    return StoredForm.target(values, config);
  }

  private static void check(int components, VectorConfig config) {
    if (components != config.size()) {
      throw BadInput.dimension(config.size(), components, "");
    }
  }

  private static BadInput notDense() {
    return BadInput.conversion("sparse");
  }
}
