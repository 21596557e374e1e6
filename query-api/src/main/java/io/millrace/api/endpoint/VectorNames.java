package io.millrace.api.endpoint;

import io.millrace.model.BadInput;
import io.millrace.model.CollectionConfig;
import io.millrace.model.Fetch;
import io.millrace.model.VectorConfig;
import io.millrace.model.VectorValue;
import java.util.Optional;

/// Which vector a request means, and the answers to those that mean none.
final class VectorNames {
  private VectorNames() {}

  /// Refuses unknown names in `with_vector`.
  static void check(CollectionConfig config, Fetch fetch) {
    switch (fetch.vectors()) {
      case Fetch.VectorPart.None _, Fetch.VectorPart.All _ -> {}
      case Fetch.VectorPart.Names(var names) -> {
        for (String name : names) {
          if (!config.hasVector(name)) {
            throw BadInput.unknownVector(name);
          }
        }
      }
    }
  }

  /// The name that a search uses.
  static String searched(CollectionConfig config, Optional<String> using) {
    String name = using.orElse("");
    if (config.hasVector(name)) {
      return name;
    }
    throw BadInput.notConfigured(name, config.vectorNames());
  }

  /// Refuses a query of another kind or length than the vectors it is compared with.
  static void check(CollectionConfig config, String name, VectorValue query) {
    VectorConfig vector = config.vectors().get(name);
    switch (query) {
      case VectorValue.Sparse _ -> {
        if (vector != null) {
          throw BadInput.conversion("sparse");
        }
      }
      case VectorValue.Multi multi -> {
        if (vector == null) {
          throw BadInput.conversion("sparse");
        }
        if (!vector.isMulti()) {
          throw BadInput.conversion("multi");
        }
        checkLength(vector, multi.dimension());
      }
      case VectorValue.Dense dense -> {
        if (vector == null) {
          throw BadInput.conversion("sparse");
        }
        checkLength(vector, dense.values().length);
      }
    }
  }

  private static void checkLength(VectorConfig vector, int got) {
    if (vector.size() != got) {
      throw BadInput.dimension(vector.size(), got, "");
    }
  }
}
