package io.millrace.model;

import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.Set;

/// One condition of a [Filter]. What each means, array and null rules included, is Qdrant 1.19's
/// behaviour: a field condition is true when any value at the path, or any element of an array
/// found there (one level), satisfies it. The plain evaluator in `payload` is the reference.
public sealed interface Condition {

  /// A filter used as a condition.
  record Clause(Filter filter) implements Condition {}

  record MatchValue(PayloadPath key, Scalar value) implements Condition {}

  record MatchAny(PayloadPath key, List<Scalar> values) implements Condition {
    public MatchAny {
      values = List.copyOf(values);
    }
  }

  /// True if some value is not in the list; a missing field, null and `[]` are false.
  record MatchExcept(PayloadPath key, List<Scalar> values) implements Condition {
    public MatchExcept {
      values = List.copyOf(values);
    }
  }

  record MatchPrefix(PayloadPath key, String prefix) implements Condition {}

  /// A string that contains the text, whatever index there is. Since Qdrant 1.20.
  record MatchSubstring(PayloadPath key, String text) implements Condition {}

  /// A string that contains a text that is not empty, or an array with an element equal to the
  /// value. Not in Qdrant.
  record Contains(PayloadPath key, Scalar value) implements Condition {}

  /// A string, or an element of an array, in which the pattern is found. Not in Qdrant.
  record Regex(PayloadPath key, TextPattern pattern) implements Condition {}

  /// Without a text index: case-sensitive substring.
  record MatchText(PayloadPath key, String text) implements Condition {}

  /// Without a text index: any whitespace-separated token is a substring.
  record MatchTextAny(PayloadPath key, String text) implements Condition {}

  /// Without a text index: case-sensitive substring.
  record MatchPhrase(PayloadPath key, String text) implements Condition {}

  /// Bounds as float64 against any JSON number.
  record NumberRange(
      PayloadPath key, OptionalDouble gt, OptionalDouble gte, OptionalDouble lt, OptionalDouble lte)
      implements Condition {}

  /// Bounds in microseconds since the epoch against strings that parse as dates.
  record DateRange(
      PayloadPath key, OptionalLong gt, OptionalLong gte, OptionalLong lt, OptionalLong lte)
      implements Condition {}

  record ValuesCount(
      PayloadPath key, OptionalLong gt, OptionalLong gte, OptionalLong lt, OptionalLong lte)
      implements Condition {}

  /// `{"is_empty": {"key": …}}`: missing, null or `[]`.
  record IsEmpty(PayloadPath key) implements Condition {}

  /// `{"is_null": {"key": …}}`: any value is null; missing is false.
  record IsNull(PayloadPath key) implements Condition {}

  /// `{"key": …, "is_empty": expected}`.
  record FieldIsEmpty(PayloadPath key, boolean expected) implements Condition {}

  /// `{"key": …, "is_null": expected}`; an array that holds null counts as null.
  record FieldIsNull(PayloadPath key, boolean expected) implements Condition {}

  /// Strictly inside; `west > east` crosses the date line. Degrees.
  record GeoBox(PayloadPath key, double north, double west, double south, double east)
      implements Condition {}

  /// Haversine distance strictly below the radius. Degrees, metres.
  record GeoRadius(PayloadPath key, double lat, double lon, double radiusMetres)
      implements Condition {}

  /// Planar point in polygon, the boundary is not inside; interiors are holes.
  record GeoPolygon(PayloadPath key, List<Position> exterior, List<List<Position>> interiors)
      implements Condition {
    public GeoPolygon {
      exterior = List.copyOf(exterior);
      interiors = interiors.stream().map(List::copyOf).toList();
    }
  }

  /// Degrees.
  record Position(double lat, double lon) {}

  record HasId(Set<PointId> ids) implements Condition {
    public HasId {
      ids = PointId.setOf(ids);
    }
  }

  /// The point stores a vector of that name.
  record HasVector(String name) implements Condition {}

  /// One element of the array at `key`, an object, satisfies the whole inner filter. An empty inner
  /// filter matches nothing.
  record Nested(PayloadPath key, Filter filter) implements Condition {}

  /// SipHash-2-4 with zero keys over the id bytes, modulo `total` (unsigned), equals `index`.
  record Slice(long total, long index) implements Condition {}
}
