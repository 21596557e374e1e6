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
          if (!config.vectors().containsKey(name)) {
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
      VectorConfig expected = config.vectors().get(entry.getKey());
      if (expected == null) {
        throw BadInput.unknownVector(entry.getKey());
      }
      dense(entry.getValue(), expected, entry.getKey());
    }
  }

  /// Returns the components if `value` fits a dense vector of that configuration.
  static float[] dense(VectorValue value, VectorConfig expected, String name) {
    return switch (value) {
      case VectorValue.Dense d -> {
        float[] v = d.values();
        if (v.length == 0) {
          throw new BadInput(
              BadInput.Kind.VALIDATION,
              BadInput.Rule.VECTOR_EMPTY,
              "dense vector must not be empty");
        }
        if (v.length != expected.size()) {
          throw BadInput.dimension(expected.size(), v.length, name);
        }
        for (float x : v) {
          if (!Float.isFinite(x)) {
            throw new BadInput(
                BadInput.Kind.FORMAT,
                BadInput.Rule.VECTOR_NOT_FINITE,
                "vector component " + x + " is not a finite 32-bit number");
          }
        }
        yield v;
      }
      case VectorValue.Sparse s ->
          throw new BadInput(
              BadInput.Kind.WRONG_INPUT,
              BadInput.Rule.VECTOR_KIND,
              "Conversion between sparse and regular vectors failed");
      case VectorValue.Multi m ->
          throw new BadInput(
              BadInput.Kind.WRONG_INPUT,
              BadInput.Rule.VECTOR_KIND,
              "Conversion between multi and regular vectors failed");
    };
  }
}
