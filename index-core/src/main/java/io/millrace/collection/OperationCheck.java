package io.millrace.collection;

import io.millrace.model.BadInput;
import io.millrace.model.CollectionConfig;
import io.millrace.model.Operation;
import io.millrace.model.Operation.PointVectors;
import io.millrace.model.Point;
import io.millrace.model.VectorConfig;
import io.millrace.model.VectorValue;
import io.millrace.payload.PayloadEdits;
import java.util.Map;

/// Whether an operation fits a collection's configuration. The texts are Qdrant's (behaviour.md
/// 2.4).
final class OperationCheck {
  private OperationCheck() {}

  /// Throws [BadInput] for the first fault.
  static void check(Operation operation, CollectionConfig config) {
    switch (operation) {
      case Operation.Upsert(var points, var ignored) -> {
        for (Point point : points) {
          vectors(point.vectors(), config);
        }
      }
      case Operation.UpdateVectors(var points, var ignored) -> {
        for (PointVectors point : points) {
          vectors(point.vectors(), config);
        }
      }
      case Operation.DeleteVectors(var ignored, var names) -> {
        for (String name : names) {
          if (!config.hasVector(name)) {
            throw BadInput.unknownVector(name);
          }
        }
      }
      case Operation.Delete ignored -> {}
      case Operation.SetPayload(var ignored, var patch, var key) ->
          PayloadEdits.checkDepth(patch, key);
      case Operation.OverwritePayload ignored -> {}
      case Operation.DeletePayload ignored -> {}
      case Operation.ClearPayload ignored -> {}
      case Operation.Versioned(var inner, var ignored) -> check(inner, config);
    }
  }

  private static void vectors(Map<String, VectorValue> vectors, CollectionConfig config) {
    for (Map.Entry<String, VectorValue> entry : vectors.entrySet()) {
      VectorConfig dense = config.vectors().get(entry.getKey());
      if (dense != null) {
        VectorCheck.rows(entry.getValue(), dense, entry.getKey());
      } else if (config.sparse().containsKey(entry.getKey())) {
        VectorCheck.sparse(entry.getValue());
      } else {
        throw BadInput.unknownVector(entry.getKey());
      }
    }
  }
}
