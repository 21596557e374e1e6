package io.millrace.payload;

import io.millrace.model.Fetch.PayloadPart;
import io.millrace.model.PayloadBytes;
import io.millrace.model.PayloadPath;
import io.millrace.model.PayloadPath.Step;
import io.millrace.payload.JsonValue.Arr;
import io.millrace.payload.JsonValue.Obj;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The part of a payload a read asks for (behaviour.md 9).
public final class PayloadSelector {
  private PayloadSelector() {}

  /// Keeps what lies on the way to an included path or below one. An array is kept whole where a
  /// path ends at it, element by element where a path goes on with `[]`, and empty where a path
  /// goes on any other way.
  public static PayloadBytes select(PayloadBytes payload, PayloadPart.Include part) {
    List<List<Step>> paths = part.paths().stream().map(PayloadPath::steps).toList();
    return JsonValue.bytes((Obj) included(JsonValue.parse(payload), paths));
  }

  /// Removes exactly what the paths lead to.
  public static PayloadBytes select(PayloadBytes payload, PayloadPart.Exclude part) {
    return PayloadEdits.delete(payload, part.paths());
  }

  private static JsonValue included(JsonValue value, List<List<Step>> paths) {
    return switch (value) {
      case Obj(var members) -> {
        Map<String, JsonValue> kept = new LinkedHashMap<>();
        members.forEach((name, member) -> {
          List<List<Step>> below = new ArrayList<>();
          boolean whole = false;
          for (List<Step> path : paths) {
            if (path.getFirst().equals(new Step.Key(name))) {
              whole |= path.size() == 1;
              below.add(path.subList(1, path.size()));
            }
          }
          if (whole) {
            kept.put(name, member);
          } else if (!below.isEmpty()) {
            kept.put(name, included(member, below));
          }
        });
        yield new Obj(kept);
      }
      case Arr(var items) -> {
        List<List<Step>> below = new ArrayList<>();
        for (List<Step> path : paths) {
          if (path.getFirst() instanceof Step.All) {
            if (path.size() == 1) {
              yield value;
            }
            below.add(path.subList(1, path.size()));
          }
        }
        List<JsonValue> kept = new ArrayList<>();
        if (!below.isEmpty()) {
          for (JsonValue item : items) {
            kept.add(included(item, below));
          }
        }
        yield new Arr(kept);
      }
      default -> value;
    };
  }
}
