package io.millrace.payload;

import io.millrace.model.PayloadPath;
import io.millrace.model.PayloadPath.Step;
import java.util.ArrayList;
import java.util.List;

/// The values a path leads to (behaviour.md 9): `.key` steps into objects only, `[]` to every
/// element of an array, `[n]` to one.
final class PathEvaluator {
  private PathEvaluator() {}

  static List<JsonValue> values(JsonValue root, PayloadPath path) {
    List<JsonValue> at = List.of(root);
    for (Step step : path.steps()) {
      List<JsonValue> next = new ArrayList<>();
      for (JsonValue value : at) {
        switch (step) {
          case Step.Key(String name) -> {
            if (value instanceof JsonValue.Obj(var members) && members.get(name) != null) {
              next.add(members.get(name));
            }
          }
          case Step.All() -> {
            if (value instanceof JsonValue.Arr(var items)) {
              next.addAll(items);
            }
          }
          case Step.Index(int index) -> {
            if (value instanceof JsonValue.Arr(var items) && index < items.size()) {
              next.add(items.get(index));
            }
          }
        }
      }
      if (next.isEmpty()) {
        return List.of();
      }
      at = next;
    }
    return at;
  }
}
