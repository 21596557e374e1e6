package io.millrace.search.query;

import io.millrace.index.PointReader;
import io.millrace.model.Condition;
import io.millrace.model.Deadline;
import io.millrace.model.Filter;
import io.millrace.model.PayloadPath;
import io.millrace.model.PayloadPath.Step;
import io.millrace.model.Scalar;
import io.millrace.model.query.Group.Key;
import io.millrace.payload.JsonValue;
import io.millrace.payload.PathEvaluator;
import io.millrace.search.points.DocIds;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import org.apache.lucene.index.LeafReaderContext;

/// Which groups a point belongs to: one for each distinct string or integer at the path. A value of
/// any other type, alone or in a list, keeps the point out of all groups.
final class GroupKeys {
  private final PayloadPath path;
  private final DocIds ids;
  private final Deadline deadline;

  GroupKeys(PayloadPath path, DocIds ids, Deadline deadline) {
    this.path = withoutElements(path);
    this.ids = ids;
    this.deadline = deadline;
  }

  /// `path[]` means what `path` means.
  private static PayloadPath withoutElements(PayloadPath path) {
    List<Step> steps = path.steps();
    return steps.getLast() instanceof Step.All
        ? new PayloadPath(steps.subList(0, steps.size() - 1))
        : path;
  }

  Set<Key> of(int globalDoc) throws IOException {
    deadline.check();
    LeafReaderContext leaf = ids.leaf(globalDoc);
    String first = path.steps().getFirst() instanceof Step.Key(String name) ? name : "";
    JsonValue payload =
        JsonValue.parseMember(PointReader.payload(leaf.reader(), globalDoc - leaf.docBase), first);
    Set<Key> keys = new LinkedHashSet<>();
    for (JsonValue value : PathEvaluator.values(payload, path)) {
      List<JsonValue> elements =
          value instanceof JsonValue.Arr(var several) ? several : List.of(value);
      for (JsonValue element : elements) {
        Optional<Key> key = key(element);
        if (key.isEmpty()) {
          return Set.of();
        }
        keys.add(key.get());
      }
    }
    return keys;
  }

  private static Optional<Key> key(JsonValue value) {
    return switch (value) {
      case JsonValue.Text(String text) -> Optional.of(new Key.Text(text));
      case JsonValue.Num(String digits) ->
          isInteger(digits) ? Optional.of(new Key.Number(digits)) : Optional.empty();
      case JsonValue.Obj _, JsonValue.Arr _, JsonValue.Bool _, JsonValue.Null _ -> Optional.empty();
    };
  }

  /// An integer of 64 bits, signed or not.
  private static boolean isInteger(String text) {
    if (new JsonValue.Num(text).isWhole()) {
      return true;
    }
    if (text.length() > 20 || !text.chars().allMatch(c -> c >= '0' && c <= '9')) {
      return false;
    }
    try {
      Long.parseUnsignedLong(text);
      return true;
    } catch (NumberFormatException tooLarge) {
      return false;
    }
  }

  /// Points that have a value which is in none of the groups.
  Filter beyond(Set<Key> known) {
    List<Scalar> values = new ArrayList<>();
    known.forEach(key -> scalar(key).ifPresent(values::add));
    return Filter.must(new Condition.MatchExcept(path, values));
  }

  /// Points that may be in some group.
  Filter any() {
    return Filter.mustNot(new Condition.IsEmpty(path));
  }

  /// Points of one group, perhaps with others among them.
  Filter within(Key key) {
    Optional<Scalar> value = scalar(key);
    if (value.isEmpty() && key instanceof Key.Number(String digits)) {
      OptionalDouble bound = OptionalDouble.of(Double.parseDouble(digits));
      return Filter.must(
          new Condition.NumberRange(
              path, OptionalDouble.empty(), bound, OptionalDouble.empty(), bound));
    }
    return Filter.must(new Condition.MatchAny(path, value.stream().toList()));
  }

  private static Optional<Scalar> scalar(Key key) {
    return switch (key) {
      case Key.Text(String text) -> Optional.of(new Scalar.Text(text));
      case Key.Number(String digits) ->
          new JsonValue.Num(digits).isWhole()
              ? Optional.of(new Scalar.Whole(Long.parseLong(digits)))
              : Optional.empty();
    };
  }
}
