package io.millrace.api.endpoint;

import io.millrace.model.BadInput;
import io.millrace.model.CollectionConfig;
import io.millrace.model.Fetch;

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
}
