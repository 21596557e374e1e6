package io.millrace.collection;

import io.millrace.model.BadInput;
import io.millrace.model.CollectionConfig;
import io.millrace.model.Operation;
import io.millrace.model.Operation.PointVectors;
import io.millrace.model.Point;
import io.millrace.model.PointId;
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
        for (int i = 0; i < points.size(); i++) {
          Point point = points.get(i);
          vectors(point.vectors(), config, i, points.size(), point.id());
        }
      }
      case Operation.UpdateVectors(var points, var ignored) -> {
        for (int i = 0; i < points.size(); i++) {
          PointVectors point = points.get(i);
          vectors(point.vectors(), config, i, points.size(), point.id());
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

  /// Of several points, the one at fault is named behind Qdrant's words.
  private static void vectors(
      Map<String, VectorValue> vectors, CollectionConfig config, int index, int of, PointId id) {
    try {
      vectors(vectors, config);
    } catch (BadInput fault) {
      if (of == 1 || fault.kind() != BadInput.Kind.WRONG_INPUT) {
        throw fault;
      }
      throw new BadInput(
          fault.kind(),
          fault.rule(),
          "%s (points[%d], id %s)".formatted(fault.getMessage(), index, id));
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
