package io.millrace.payload;

import io.millrace.model.Condition;
import io.millrace.model.Condition.Position;
import io.millrace.model.Filter;
import io.millrace.model.PayloadBytes;
import io.millrace.model.PayloadPath;
import io.millrace.model.PayloadPath.Step;
import io.millrace.model.PointId;
import io.millrace.model.Scalar;
import io.millrace.model.Unicode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// What every filter condition means, by reading the payload: Qdrant's behaviour (sections 10.1 to
/// 10.3), with what declared payload indexes change about it ([IndexMeanings]). The reference that
/// compiled filters are compared with.
public final class FilterEvaluator {
  private FilterEvaluator() {}

  /// What a filter is asked about.
  ///
  /// @param id null for an element of an array inside `nested`, which has neither id nor vectors
  /// @param vectors names of the vectors that the point stores
  /// @param indexes the declared payload indexes
  public record Subject(
      JsonValue.Obj payload, @Nullable PointId id, Set<String> vectors, IndexMeanings indexes) {
    public Subject(JsonValue.Obj payload, @Nullable PointId id, Set<String> vectors) {
      this(payload, id, vectors, IndexMeanings.NONE);
    }

    public static Subject of(PayloadBytes payload, PointId id, Set<String> vectors) {
      return new Subject(JsonValue.parse(payload), id, vectors);
    }
  }

  public static boolean matches(
      Filter filter, PayloadBytes payload, PointId id, Set<String> vectors) {
    return matches(filter, Subject.of(payload, id, vectors));
  }

  public static boolean matches(Filter filter, Subject subject) {
    return filter.must().stream().allMatch(c -> matches(c, subject))
        && filter.mustNot().stream().noneMatch(c -> matches(c, subject))
        && (filter.should().isEmpty()
            || filter.should().stream().anyMatch(c -> matches(c, subject)))
        && (filter.minShould().isEmpty() || enough(filter.minShould().get(), subject));
  }

  private static boolean enough(Filter.MinShould minShould, Subject subject) {
    long found = 0;
    for (Condition c : minShould.conditions()) {
      if (matches(c, subject)) {
        found++;
      }
    }
    return Long.compareUnsigned(found, minShould.minCount()) >= 0;
  }

  private static boolean contains(JsonValue in, Scalar value) {
    if (value instanceof Scalar.Text(var text) && text.isEmpty()) {
      return false;
    }
    return switch (in) {
      case JsonValue.Text(var t) -> value instanceof Scalar.Text(var text) && t.contains(text);
      case JsonValue.Arr(var elements) -> {
        Equality equality = Equality.of(Optional.empty(), List.of(value));
        yield elements.stream().anyMatch(equality::has);
      }
      case JsonValue.Obj ignored -> false;
      case JsonValue.Num ignored -> false;
      case JsonValue.Bool ignored -> false;
      case JsonValue.Null ignored -> false;
    };
  }

  public static boolean matches(Condition condition, Subject subject) {
    return switch (condition) {
      case Condition.Clause(Filter filter) -> matches(filter, subject);
      case Condition.MatchValue(var key, var value) -> {
        Equality equality = Equality.of(subject.indexes.of(key), List.of(value));
        yield anyElement(subject, key, equality::has);
      }
      case Condition.MatchAny(var key, var values) -> {
        Equality equality = subject.indexes.equality(key, values);
        yield anyElement(subject, key, equality::has);
      }
      case Condition.MatchExcept(var key, var values) -> {
        Equality equality = subject.indexes.equality(key, values);
        yield anyElement(subject, key, e -> equality.knows(e) && !equality.has(e));
      }
      case Condition.MatchPrefix(var key, var prefix) ->
          Unicode.isWellFormed(prefix)
              && anyElement(
                  subject, key, e -> e instanceof JsonValue.Text(var t) && t.startsWith(prefix));
      case Condition.MatchSubstring(var key, var text) -> holds(subject, key, text);
      case Condition.Contains(var key, var value) ->
          PathEvaluator.values(subject.payload, key).stream().anyMatch(v -> contains(v, value));
      case Condition.Regex(var key, var pattern) ->
          anyElement(
              subject,
              key,
              e -> e instanceof JsonValue.Text(var t) && Patterns.isFound(pattern, t));
      case Condition.MatchText(var key, var text) ->
          subject.indexes.text(key).isPresent()
              ? subject.indexes.holdsAll(key, text, strings(subject, key))
              : holds(subject, key, text);
      case Condition.MatchPhrase(var key, var text) ->
          subject
              .indexes
              .text(key)
              .map(index ->
                  index.options().phrases()
                      && subject.indexes.holdsPhrase(key, text, strings(subject, key)))
              .orElseGet(() -> holds(subject, key, text));
      case Condition.MatchTextAny(var key, var text) ->
          subject.indexes.text(key).isPresent()
              ? subject.indexes.holdsAny(key, text, strings(subject, key))
              : holdsAny(subject, key, tokens(text));
      case Condition.NumberRange range ->
          anyElement(
              subject,
              range.key(),
              e -> e instanceof JsonValue.Num number && inside(range, number.number()));
      case Condition.DateRange(var key, var gt, var gte, var lt, var lte) ->
          anyElement(
              subject,
              key,
              e -> {
                if (!(e instanceof JsonValue.Text(var text))) {
                  return false;
                }
                OptionalLong micros = DateTimes.parse(text);
                return micros.isPresent() && inside(micros.getAsLong(), gt, gte, lt, lte);
              });
      case Condition.ValuesCount(var key, var gt, var gte, var lt, var lte) -> {
        List<JsonValue> values = PathEvaluator.values(subject.payload, key);
        yield values.isEmpty()
            ? inside(0, gt, gte, lt, lte)
            : values.stream().anyMatch(v -> inside(count(v), gt, gte, lt, lte));
      }
      case Condition.IsEmpty(var key) ->
          PathEvaluator.values(subject.payload, key).stream().allMatch(FilterEvaluator::isEmpty);
      case Condition.IsNull(var key) -> {
        boolean arraysToo = subject.indexes.of(key).isPresent();
        yield PathEvaluator.values(subject.payload, key).stream()
            .anyMatch(v -> v instanceof JsonValue.Null || (arraysToo && isNullOrHoldsNull(v)));
      }
      case Condition.FieldIsEmpty(var key, var expected) -> {
        List<JsonValue> values = PathEvaluator.values(subject.payload, key);
        yield values.isEmpty() || subject.indexes.of(key).isPresent()
            ? values.stream().allMatch(FilterEvaluator::isEmpty) == expected
            : values.stream().anyMatch(v -> isEmpty(v) == expected);
      }
      case Condition.FieldIsNull(var key, var expected) -> {
        List<JsonValue> values = PathEvaluator.values(subject.payload, key);
        yield values.isEmpty() || subject.indexes.of(key).isPresent()
            ? values.stream().anyMatch(FilterEvaluator::isNullOrHoldsNull) == expected
            : values.stream().anyMatch(v -> isNullOrHoldsNull(v) == expected);
      }
      case Condition.GeoBox box ->
          anyPosition(subject, box.key(), p -> inside(box, p.lat(), p.lon()));
      case Condition.GeoRadius(var key, var lat, var lon, var radius) ->
          anyPosition(subject, key, p -> Geo.distance(lat, lon, p.lat(), p.lon()) < radius);
      case Condition.GeoPolygon polygon ->
          anyPosition(subject, polygon.key(), p -> inside(polygon, p.lat(), p.lon()));
      case Condition.HasId(var ids) -> subject.id != null && ids.contains(subject.id);
      case Condition.HasVector(var name) -> subject.id != null && subject.vectors.contains(name);
      case Condition.Nested(var key, var filter) -> nested(subject, key, filter);
      case Condition.Slice(long total, long index) ->
          subject.id != null && inSlice(subject.id, total, index);
    };
  }

  /// Whether the id falls into slice `index` of `total`, both unsigned. Equals Qdrant's partition.
  public static boolean inSlice(PointId id, long total, long index) {
    byte[] bytes = id.bytes();
    byte[] hashed = new byte[bytes.length - 1];
    boolean number = id instanceof PointId.Num;
    for (int i = 0; i < hashed.length; i++) {
      hashed[i] = number ? bytes[bytes.length - 1 - i] : bytes[1 + i];
    }
    return Long.remainderUnsigned(SipHash.of(hashed), total) == index;
  }

  /// The words of a text condition: parted by Unicode white space.
  public static List<String> tokens(String text) {
    List<String> tokens = new ArrayList<>();
    int start = -1;
    for (int i = 0; i <= text.length(); i++) {
      boolean space = i == text.length() || Unicode.isWhiteSpace(text.charAt(i));
      if (space && start >= 0) {
        tokens.add(text.substring(start, i));
        start = -1;
      } else if (!space && start < 0) {
        start = i;
      }
    }
    return tokens;
  }

  /// The path of the elements that `nested` looks at: `[]` is added if it is missing.
  public static PayloadPath elementsOf(PayloadPath key) {
    if (key.steps().getLast() instanceof Step.All) {
      return key;
    }
    List<Step> steps = new ArrayList<>(key.steps());
    steps.add(new Step.All());
    return new PayloadPath(steps);
  }

  private static boolean nested(Subject subject, PayloadPath key, Filter filter) {
    PayloadPath elements = elementsOf(key);
    IndexMeanings inside = subject.indexes.inside(elements);
    for (JsonValue element : PathEvaluator.values(subject.payload, elements)) {
      if (element instanceof JsonValue.Obj object
          && matches(filter, new Subject(object, null, Set.of(), inside))) {
        return true;
      }
    }
    return false;
  }

  /// Tries the values at the path; of an array its elements, one level.
  private static boolean anyElement(Subject subject, PayloadPath key, Predicate<JsonValue> test) {
    for (JsonValue value : PathEvaluator.values(subject.payload, key)) {
      boolean found =
          value instanceof JsonValue.Arr(var elements)
              ? elements.stream().anyMatch(test)
              : test.test(value);
      if (found) {
        return true;
      }
    }
    return false;
  }

  private static boolean anyPosition(Subject subject, PayloadPath key, Predicate<Position> test) {
    return anyElement(
        subject,
        key,
        e -> {
          if (e instanceof JsonValue.Obj(var members)
              && members.get("lat") instanceof JsonValue.Num lat
              && members.get("lon") instanceof JsonValue.Num lon) {
            Position p = new Position(lat.number(), lon.number());
            // Positions out of range are stored, but no index knows them: they are nowhere.
            return Math.abs(p.lat()) <= 90 && Math.abs(p.lon()) <= 180 && test.test(p);
          }
          return false;
        });
  }

  private static List<String> strings(Subject subject, PayloadPath key) {
    return strings(PathEvaluator.values(subject.payload, key));
  }

  /// The strings among values at a path; of an array its elements, one level.
  public static List<String> strings(List<JsonValue> values) {
    List<String> strings = new ArrayList<>();
    for (JsonValue value : values) {
      List<JsonValue> each =
          value instanceof JsonValue.Arr(var elements) ? elements : List.of(value);
      for (JsonValue e : each) {
        if (e instanceof JsonValue.Text(var text)) {
          strings.add(text);
        }
      }
    }
    return strings;
  }

  private static boolean holds(Subject subject, PayloadPath key, String part) {
    return Unicode.isWellFormed(part)
        && anyElement(subject, key, e -> e instanceof JsonValue.Text(var t) && t.contains(part));
  }

  private static boolean holdsAny(Subject subject, PayloadPath key, List<String> tokens) {
    return tokens.stream().anyMatch(token -> holds(subject, key, token));
  }

  private static boolean inside(Condition.NumberRange range, double value) {
    OptionalDouble gt = range.gt();
    OptionalDouble gte = range.gte();
    OptionalDouble lt = range.lt();
    OptionalDouble lte = range.lte();
    return (gt.isEmpty() || value > gt.getAsDouble())
        && (gte.isEmpty() || value >= gte.getAsDouble())
        && (lt.isEmpty() || value < lt.getAsDouble())
        && (lte.isEmpty() || value <= lte.getAsDouble());
  }

  private static boolean inside(
      long value, OptionalLong gt, OptionalLong gte, OptionalLong lt, OptionalLong lte) {
    return (gt.isEmpty() || value > gt.getAsLong())
        && (gte.isEmpty() || value >= gte.getAsLong())
        && (lt.isEmpty() || value < lt.getAsLong())
        && (lte.isEmpty() || value <= lte.getAsLong());
  }

  private static long count(JsonValue value) {
    return switch (value) {
      case JsonValue.Null() -> 0;
      case JsonValue.Arr(var elements) -> elements.size();
      case JsonValue.Obj ignored -> 1;
      case JsonValue.Text ignored -> 1;
      case JsonValue.Num ignored -> 1;
      case JsonValue.Bool ignored -> 1;
    };
  }

  private static boolean isEmpty(JsonValue value) {
    return value instanceof JsonValue.Null
        || (value instanceof JsonValue.Arr(var elements) && elements.isEmpty());
  }

  private static boolean isNullOrHoldsNull(JsonValue value) {
    return value instanceof JsonValue.Null
        || (value instanceof JsonValue.Arr(var elements)
            && elements.stream().anyMatch(e -> e instanceof JsonValue.Null));
  }

  private static boolean inside(Condition.GeoBox box, double lat, double lon) {
    boolean lonInside =
        box.west() > box.east()
            ? lon > box.west() || lon < box.east()
            : box.west() < lon && lon < box.east();
    return lonInside && box.south() < lat && lat < box.north();
  }

  private static boolean inside(Condition.GeoPolygon polygon, double lat, double lon) {
    return Geo.place(polygon.exterior(), lat, lon) == Geo.Place.INSIDE
        && polygon.interiors().stream()
            .allMatch(hole -> Geo.place(hole, lat, lon) == Geo.Place.OUTSIDE);
  }
}
