package io.millrace.payload;

import io.millrace.model.Condition;
import io.millrace.model.Filter;
import io.millrace.model.PayloadBytes;
import io.millrace.model.PayloadPath;
import io.millrace.model.PayloadPath.Step;
import io.millrace.model.PointId;
import io.millrace.model.Scalar;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// The plain meaning of every condition (behaviour.md 10): the reference that the index is compared
/// with, and what decides where no index helps.
public final class FilterEvaluator {
  private final @Nullable PointId id;
  private final Set<String> vectors;
  private final JsonValue root;

  /// @param id null inside a nested condition, where ids and vectors never match
  private FilterEvaluator(@Nullable PointId id, Set<String> vectors, JsonValue root) {
    this.id = id;
    this.vectors = vectors;
    this.root = root;
  }

  /// @param vectors names of the vectors the point has
  public static boolean matches(
      Filter filter, PointId id, PayloadBytes payload, Set<String> vectors) {
    return new FilterEvaluator(id, vectors, JsonValue.parse(payload)).all(filter);
  }

  /// For a condition that asks for nothing but the payload.
  public static boolean matchesPayload(Condition condition, PayloadBytes payload) {
    return new FilterEvaluator(null, Set.of(), JsonValue.parse(payload)).matches(condition);
  }

  private boolean all(Filter filter) {
    for (Condition c : filter.must()) {
      if (!matches(c)) {
        return false;
      }
    }
    for (Condition c : filter.mustNot()) {
      if (matches(c)) {
        return false;
      }
    }
    if (!filter.should().isEmpty() && filter.should().stream().noneMatch(this::matches)) {
      return false;
    }
    if (filter.minShould().isPresent()) {
      Filter.MinShould min = filter.minShould().get();
      long matching = min.conditions().stream().filter(this::matches).count();
      return Long.compareUnsigned(matching, min.minCount()) >= 0;
    }
    return true;
  }

  private boolean matches(Condition condition) {
    return switch (condition) {
      case Condition.Clause(Filter filter) -> all(filter);
      case Condition.MatchValue(var key, Scalar value) -> any(key, v -> equal(v, value));
      case Condition.MatchAny(var key, var values) -> any(key, v -> isIn(v, values));
      case Condition.MatchExcept(var key, var values) ->
          any(key, v -> v != JsonValue.Null.NULL && !isIn(v, values));
      case Condition.MatchPrefix(var key, String prefix) ->
          any(key, v -> v instanceof JsonValue.Text(String s) && s.startsWith(prefix));
      case Condition.MatchText(var key, String text) -> contains(key, text);
      case Condition.MatchPhrase(var key, String text) -> contains(key, text);
      case Condition.MatchTextAny(var key, String text) -> {
        List<String> words = words(text);
        yield any(
            key,
            v -> v instanceof JsonValue.Text(String s) && words.stream().anyMatch(s::contains));
      }
      case Condition.NumberRange range ->
          any(range.key(), v -> v instanceof JsonValue.Num n && inRange(n.asDouble(), range));
      case Condition.DateRange range ->
          any(
              range.key(),
              v -> {
                if (!(v instanceof JsonValue.Text(String s))) {
                  return false;
                }
                OptionalLong micros = DateTimes.parse(s);
                return micros.isPresent()
                    && inRange(
                        micros.getAsLong(), range.gt(), range.gte(), range.lt(), range.lte());
              });
      case Condition.ValuesCount c -> {
        List<JsonValue> values = PathEvaluator.values(root, c.key());
        yield values.isEmpty()
            ? inRange(0, c.gt(), c.gte(), c.lt(), c.lte())
            : values.stream().anyMatch(v -> inRange(count(v), c.gt(), c.gte(), c.lt(), c.lte()));
      }
      case Condition.IsEmpty(var key) ->
          PathEvaluator.values(root, key).stream().allMatch(FilterEvaluator::isEmpty);
      case Condition.IsNull(var key) ->
          PathEvaluator.values(root, key).contains(JsonValue.Null.NULL);
      case Condition.FieldIsEmpty(var key, boolean expected) -> {
        List<JsonValue> values = PathEvaluator.values(root, key);
        yield values.isEmpty() ? expected : values.stream().anyMatch(v -> isEmpty(v) == expected);
      }
      case Condition.FieldIsNull(var key, boolean expected) -> {
        List<JsonValue> values = PathEvaluator.values(root, key);
        yield values.isEmpty()
            ? !expected
            : values.stream().anyMatch(v -> holdsNull(v) == expected);
      }
      case Condition.GeoBox box -> any(box.key(), v -> Geo.isInside(v, box));
      case Condition.GeoRadius radius -> any(radius.key(), v -> Geo.isInside(v, radius));
      case Condition.GeoPolygon polygon -> any(polygon.key(), v -> Geo.isInside(v, polygon));
      case Condition.HasId(var ids) -> id != null && ids.contains(id);
      case Condition.HasVector(String name) -> id != null && vectors.contains(name);
      case Condition.Nested(var key, Filter filter) -> {
        if (filter.isEmpty()) {
          yield false;
        }
        yield PathEvaluator.values(root, elements(key)).stream()
            .anyMatch(v ->
                v instanceof JsonValue.Obj && new FilterEvaluator(null, Set.of(), v).all(filter));
      }
      case Condition.Slice(long total, long index) ->
          id != null && Long.remainderUnsigned(SipHash.of(id), total) == index;
    };
  }

  private static PayloadPath elements(PayloadPath key) {
    if (key.steps().getLast() instanceof Step.All) {
      return key;
    }
    List<Step> steps = new ArrayList<>(key.steps());
    steps.add(new Step.All());
    return new PayloadPath(steps);
  }

  /// Whether a value at the path, or an element of an array there, satisfies the test.
  private boolean any(PayloadPath key, Predicate<JsonValue> test) {
    for (JsonValue value : PathEvaluator.values(root, key)) {
      if (value instanceof JsonValue.Arr(var items)
          ? items.stream().anyMatch(test)
          : test.test(value)) {
        return true;
      }
    }
    return false;
  }

  private boolean contains(PayloadPath key, String text) {
    return any(key, v -> v instanceof JsonValue.Text(String s) && s.contains(text));
  }

  private static List<String> words(String text) {
    List<String> words = new ArrayList<>();
    int start = -1;
    for (int i = 0; i <= text.length(); i++) {
      boolean space = i == text.length() || Character.isWhitespace(text.charAt(i));
      if (space && start >= 0) {
        words.add(text.substring(start, i));
        start = -1;
      } else if (!space && start < 0) {
        start = i;
      }
    }
    return words;
  }

  private static boolean equal(JsonValue value, Scalar expected) {
    return switch (expected) {
      case Scalar.Text(String text) -> value instanceof JsonValue.Text(String s) && s.equals(text);
      case Scalar.Whole(long whole) ->
          value instanceof JsonValue.Num n && n.isWhole() && n.text().equals(Long.toString(whole));
      case Scalar.Bool(boolean flag) -> value instanceof JsonValue.Bool(boolean b) && b == flag;
    };
  }

  private static boolean isIn(JsonValue value, List<Scalar> list) {
    for (Scalar s : list) {
      if (equal(value, s)) {
        return true;
      }
    }
    return false;
  }

  private static boolean inRange(double value, Condition.NumberRange r) {
    return (r.gt().isEmpty() || value > r.gt().getAsDouble())
        && (r.gte().isEmpty() || value >= r.gte().getAsDouble())
        && (r.lt().isEmpty() || value < r.lt().getAsDouble())
        && (r.lte().isEmpty() || value <= r.lte().getAsDouble());
  }

  private static boolean inRange(
      long value, OptionalLong gt, OptionalLong gte, OptionalLong lt, OptionalLong lte) {
    return (gt.isEmpty() || value > gt.getAsLong())
        && (gte.isEmpty() || value >= gte.getAsLong())
        && (lt.isEmpty() || value < lt.getAsLong())
        && (lte.isEmpty() || value <= lte.getAsLong());
  }

  private static long count(JsonValue value) {
    return switch (value) {
      case JsonValue.Null ignored -> 0;
      case JsonValue.Arr(var items) -> items.size();
      default -> 1;
    };
  }

  private static boolean isEmpty(JsonValue value) {
    return value == JsonValue.Null.NULL
        || value instanceof JsonValue.Arr(var items) && items.isEmpty();
  }

  private static boolean holdsNull(JsonValue value) {
    return value == JsonValue.Null.NULL
        || value instanceof JsonValue.Arr(var items) && items.contains(JsonValue.Null.NULL);
  }
}
