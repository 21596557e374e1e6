package io.millrace.search.filter;

import io.millrace.model.Condition;
import io.millrace.model.Filter;
import io.millrace.model.Scalar;
import java.util.List;

/// How much memory a kept filter takes, roughly: generous constants for objects, exact for what
/// grows.
final class FilterSize {
  private static final long CONDITION = 200;
  private static final long VALUE = 64;

  private FilterSize() {}

  static long bytes(Filter filter) {
    return CONDITION
        + bytes(filter.must())
        + bytes(filter.should())
        + bytes(filter.mustNot())
        + filter.minShould().map(m -> bytes(m.conditions())).orElse(0L);
  }

  private static long bytes(List<Condition> conditions) {
    return conditions.stream().mapToLong(FilterSize::bytes).sum();
  }

  private static long bytes(Condition condition) {
    return CONDITION
        + switch (condition) {
          case Condition.Clause(var filter) -> bytes(filter);
          case Condition.Nested(var ignored, var filter) -> bytes(filter);
          case Condition.MatchValue(var ignored, var value) -> bytes(value);
          case Condition.MatchAny(var ignored, var values) -> scalars(values);
          case Condition.MatchExcept(var ignored, var values) -> scalars(values);
          case Condition.MatchPrefix(var ignored, var text) -> 2L * text.length();
          case Condition.MatchSubstring(var ignored, var text) -> 2L * text.length();
          case Condition.Contains(var ignored, var value) -> bytes(value);
          case Condition.Regex(var ignored, var pattern) -> 20L * pattern.source().length();
          case Condition.MatchText(var ignored, var text) -> 2L * text.length();
          case Condition.MatchTextAny(var ignored, var text) -> 2L * text.length();
          case Condition.MatchPhrase(var ignored, var text) -> 2L * text.length();
          case Condition.HasId(var ids) -> VALUE * ids.size();
          case Condition.HasVector(var name) -> 2L * name.length();
          case Condition.GeoPolygon(var ignored, var exterior, var interiors) ->
              VALUE * (exterior.size() + interiors.stream().mapToLong(List::size).sum());
          case Condition.NumberRange ignored -> 0;
          case Condition.DateRange ignored -> 0;
          case Condition.ValuesCount ignored -> 0;
          case Condition.IsEmpty ignored -> 0;
          case Condition.IsNull ignored -> 0;
          case Condition.FieldIsEmpty ignored -> 0;
          case Condition.FieldIsNull ignored -> 0;
          case Condition.GeoBox ignored -> 0;
          case Condition.GeoRadius ignored -> 0;
          case Condition.Slice ignored -> 0;
        };
  }

  private static long scalars(List<Scalar> values) {
    return values.stream().mapToLong(FilterSize::bytes).sum();
  }

  private static long bytes(Scalar value) {
    return switch (value) {
      case Scalar.Text(var text) -> VALUE + 2L * text.length();
      case Scalar.Whole ignored -> VALUE;
      case Scalar.Bool ignored -> VALUE;
    };
  }
}
