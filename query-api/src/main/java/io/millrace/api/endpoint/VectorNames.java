package io.millrace.api.endpoint;

import io.millrace.model.BadInput;
import io.millrace.model.CollectionConfig;
import io.millrace.model.Fetch;
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
          if (!config.vectors().containsKey(name)) {
            throw BadInput.unknownVector(name);
          }
        }
      }
    }
  }

  /// The name that a search uses.
  static String searched(CollectionConfig config, Optional<String> using) {
    String name = using.orElse("");
    if (config.vectors().containsKey(name)) {
      return name;
    }
    if (config.vectors().isEmpty()) {
      throw BadInput.wrong("Vectors are not configured in this collection");
    }
    String available = String.join(", ", config.vectors().keySet());
    if (name.isEmpty()) {
      throw BadInput.wrong(
          "Collection requires specified vector name in the request, available names: "
              + available);
    }
    if (config.vectors().size() == 1 && config.vectors().containsKey("")) {
      throw BadInput.wrong("Vector with name " + name + " is not configured in this collection");
    }
    throw BadInput.wrong(
        "Vector with name `"
            + name
            + "` is not configured in this collection, available names: "
            + available);
  }

  /// Refuses a query of another kind or length than the vectors it is compared with.
  static void check(CollectionConfig config, String name, VectorValue query) {
    switch (query) {
      case VectorValue.Sparse _ ->
          throw BadInput.wrong("Conversion between sparse and regular vectors failed");
      case VectorValue.Multi _ ->
          throw BadInput.wrong("Conversion between multi and regular vectors failed");
      case VectorValue.Dense dense -> {
        var vector = config.vectors().get(name);
        if (vector != null && vector.size() != dense.values().length) {
          throw BadInput.dimension(vector.size(), dense.values().length, "");
        }
      }
    }
  }
}
