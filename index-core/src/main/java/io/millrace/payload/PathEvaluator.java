package io.millrace.payload;

import io.millrace.model.PayloadPath;
import io.millrace.model.PayloadPath.Step;
import java.util.ArrayList;
import java.util.List;

/// The values at a path (Qdrant's behaviour, section 9): `.k` steps into objects only, `[]` goes to
/// all elements, `[n]` to one.
public final class PathEvaluator {
  private PathEvaluator() {}

  /// In document order; empty when the path leads nowhere.
  public static List<JsonValue> values(JsonValue root, PayloadPath path) {
    return values(root, path.steps());
  }

  static List<JsonValue> values(JsonValue root, List<Step> steps) {
    List<JsonValue> found = new ArrayList<>(1);
    collect(root, steps, 0, found);
    return found;
  }

  private static void collect(JsonValue value, List<Step> steps, int at, List<JsonValue> found) {
    if (at == steps.size()) {
      found.add(value);
      return;
    }
    switch (steps.get(at)) {
      case Step.Key(String name) -> {
        if (value instanceof JsonValue.Obj(var members)) {
          JsonValue member = members.get(name);
          if (member != null) {
            collect(member, steps, at + 1, found);
          }
        }
      }
      case Step.Index(int n) -> {
        if (value instanceof JsonValue.Arr(var elements) && n < elements.size()) {
          collect(elements.get(n), steps, at + 1, found);
        }
      }
      case Step.All() -> {
        if (value instanceof JsonValue.Arr(var elements)) {
          for (JsonValue element : elements) {
            collect(element, steps, at + 1, found);
          }
        }
      }
    }
  }
}
