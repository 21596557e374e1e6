package io.millrace.payload;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.Props;
import io.millrace.model.PayloadBytes;
import io.millrace.model.PayloadPath;
import io.millrace.model.PayloadPath.Step;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/// Edits on bytes against edits of plain Java collections.
class PayloadEditsPropertyTest {
  record Edit(JsonValue.Obj payload, Optional<PayloadPath> key, JsonValue.Obj patch) {}

  private static Edit edit(SplittableRandom r, int depth) {
    JsonValue.Obj payload = PayloadGenerators.object(r, depth);
    Optional<PayloadPath> key =
        r.nextInt(4) == 0 ? Optional.empty() : Optional.of(PayloadGenerators.path(r, payload));
    return new Edit(payload, key, PayloadGenerators.object(r, 1));
  }

  @Test
  void set_equals_the_same_edit_of_maps_and_lists() {
    Props.forAll(
        4_000,
        5,
        PayloadEditsPropertyTest::edit,
        e -> {
          PayloadBytes edited =
              PayloadEdits.set(
                  PayloadGenerators.bytes(e.payload), PayloadGenerators.bytes(e.patch), e.key);

          List<Step> steps = e.key.map(PayloadPath::steps).orElse(List.of());
          assertThat(edited.toString())
              .isEqualTo(PayloadGenerators.json(set(e.payload, steps, e.patch.members())));
        });
  }

  @Test
  void delete_equals_the_same_edit_of_maps_and_lists() {
    Props.forAll(
        4_000,
        5,
        PayloadEditsPropertyTest::edit,
        e -> {
          PayloadPath key = e.key.orElse(PayloadPath.parse("a"));
          PayloadBytes edited =
              PayloadEdits.delete(PayloadGenerators.bytes(e.payload), List.of(key));

          assertThat(edited.toString())
              .isEqualTo(PayloadGenerators.json(delete(e.payload, key.steps())));
        });
  }

  private static JsonValue set(JsonValue old, List<Step> steps, Map<String, JsonValue> patch) {
    if (steps.isEmpty()) {
      Map<String, JsonValue> members = members(old);
      patch.forEach((k, v) -> {
        if (v instanceof JsonValue.Null) {
          members.remove(k);
        } else {
          members.put(k, v);
        }
      });
      return new JsonValue.Obj(members);
    }
    List<Step> rest = steps.subList(1, steps.size());
    if (steps.getFirst() instanceof Step.Key(var name)) {
      Map<String, JsonValue> members = members(old);
      members.put(name, set(members.getOrDefault(name, new JsonValue.Null()), rest, patch));
      return new JsonValue.Obj(members);
    }
    if (!(old instanceof JsonValue.Arr(var elements))) {
      return new JsonValue.Arr(List.of());
    }
    List<JsonValue> changed = new ArrayList<>();
    for (int i = 0; i < elements.size(); i++) {
      boolean hit =
          steps.getFirst() instanceof Step.All || steps.getFirst().equals(new Step.Index(i));
      changed.add(hit ? set(elements.get(i), rest, patch) : elements.get(i));
    }
    return new JsonValue.Arr(changed);
  }

  private static Map<String, JsonValue> members(JsonValue value) {
    return new LinkedHashMap<>(value instanceof JsonValue.Obj(var members) ? members : Map.of());
  }

  private static JsonValue delete(JsonValue old, List<Step> steps) {
    List<Step> rest = steps.subList(1, steps.size());
    return switch (old) {
      case JsonValue.Obj(var all) when steps.getFirst() instanceof Step.Key(var name) -> {
        Map<String, JsonValue> members = new LinkedHashMap<>(all);
        if (rest.isEmpty()) {
          members.remove(name);
        } else {
          members.computeIfPresent(name, (k, v) -> delete(v, rest));
        }
        yield new JsonValue.Obj(members);
      }
      case JsonValue.Arr(var elements) when steps.getFirst() instanceof Step.All ->
          new JsonValue.Arr(
              rest.isEmpty() ? List.of() : elements.stream().map(e -> delete(e, rest)).toList());
      case JsonValue.Arr(var elements)
          when steps.getFirst() instanceof Step.Index(int n)
              && n < elements.size()
              && !rest.isEmpty() -> {
        List<JsonValue> changed = new ArrayList<>(elements);
        changed.set(n, delete(elements.get(n), rest));
        yield new JsonValue.Arr(changed);
      }
      default -> old;
    };
  }
}
