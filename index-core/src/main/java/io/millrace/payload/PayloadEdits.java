package io.millrace.payload;

import io.millrace.model.PayloadBytes;
import io.millrace.model.PayloadPath;
import io.millrace.model.PayloadPath.Step;
import io.millrace.payload.JsonValue.Arr;
import io.millrace.payload.JsonValue.Obj;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Changes of a payload (behaviour.md 7.3). Numbers keep their text.
public final class PayloadEdits {
  private PayloadEdits() {}

  /// Merges the top-level keys of `patch` into the object at `key`; a null value deletes its key.
  /// Missing objects on the way are made, other values there are replaced by one; `[n]` touches an
  /// element that exists, `[]` all, and where there is no array, `[]` leaves an empty one.
  public static PayloadBytes set(PayloadBytes old, PayloadBytes patch, Optional<PayloadPath> key) {
    Obj root = JsonValue.parse(old);
    Obj changes = JsonValue.parse(patch);
    JsonValue edited =
        key.isEmpty() ? merged(root, changes) : setAt(root, key.get().steps(), changes);
    return JsonValue.bytes((Obj) edited);
  }

  private static Obj merged(JsonValue target, Obj changes) {
    Map<String, JsonValue> members =
        new LinkedHashMap<>(target instanceof Obj(var existing) ? existing : Map.of());
    changes
        .members()
        .forEach((name, value) -> {
          if (value == JsonValue.Null.NULL) {
            members.remove(name);
          } else {
            members.put(name, value);
          }
        });
    return new Obj(members);
  }

  private static JsonValue setAt(JsonValue target, List<Step> path, Obj changes) {
    if (path.isEmpty()) {
      return merged(target, changes);
    }
    List<Step> rest = path.subList(1, path.size());
    return switch (path.getFirst()) {
      case Step.Key(String name) -> {
        Map<String, JsonValue> members =
            new LinkedHashMap<>(target instanceof Obj(var existing) ? existing : Map.of());
        members.put(name, setAt(members.getOrDefault(name, JsonValue.Null.NULL), rest, changes));
        yield new Obj(members);
      }
      case Step.All() ->
          target instanceof Arr(var items)
              ? new Arr(items.stream().map(item -> setAt(item, rest, changes)).toList())
              : new Arr(List.of());
      case Step.Index(int index) -> {
        if (!(target instanceof Arr(var items))) {
          yield new Arr(List.of());
        }
        if (index >= items.size()) {
          yield target;
        }
        List<JsonValue> copy = new ArrayList<>(items);
        copy.set(index, setAt(copy.get(index), rest, changes));
        yield new Arr(copy);
      }
    };
  }

  /// Removes what the paths lead to: `a[]` empties the array, `a[].b` removes from each element, an
  /// index as the last step does nothing.
  public static PayloadBytes delete(PayloadBytes old, List<PayloadPath> keys) {
    JsonValue root = JsonValue.parse(old);
    for (PayloadPath key : keys) {
      root = deleteAt(root, key.steps());
    }
    return JsonValue.bytes((Obj) root);
  }

  private static JsonValue deleteAt(JsonValue target, List<Step> path) {
    boolean last = path.size() == 1;
    List<Step> rest = path.subList(1, path.size());
    return switch (path.getFirst()) {
      case Step.Key(String name) -> {
        if (!(target instanceof Obj(var members)) || !members.containsKey(name)) {
          yield target;
        }
        Map<String, JsonValue> copy = new LinkedHashMap<>(members);
        if (last) {
          copy.remove(name);
        } else {
          copy.computeIfPresent(name, (n, value) -> deleteAt(value, rest));
        }
        yield new Obj(copy);
      }
      case Step.All() -> {
        if (!(target instanceof Arr(var items))) {
          yield target;
        }
        yield last
            ? new Arr(List.of())
            : new Arr(items.stream().map(item -> deleteAt(item, rest)).toList());
      }
      case Step.Index(int index) -> {
        if (last || !(target instanceof Arr(var items)) || index >= items.size()) {
          yield target;
        }
        List<JsonValue> copy = new ArrayList<>(items);
        copy.set(index, deleteAt(copy.get(index), rest));
        yield new Arr(copy);
      }
    };
  }
}
