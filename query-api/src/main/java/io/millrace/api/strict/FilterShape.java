package io.millrace.api.strict;

import io.millrace.model.Condition;
import io.millrace.model.Filter;
import java.util.stream.Stream;

/// How large a filter is.
public final class FilterShape {
  private FilterShape() {}

  /// All conditions of all levels, filters used as conditions not counted themselves.
  public static long conditions(Filter filter) {
    return all(filter)
        .mapToLong(condition ->
            switch (condition) {
              case Condition.Clause(Filter inner) -> conditions(inner);
              case Condition.Nested(_, Filter inner) -> conditions(inner);
              default -> 1;
            })
        .sum();
  }

  /// The length of the longest list of values or ids.
  public static long largestList(Filter filter) {
    return all(filter)
        .mapToLong(condition ->
            switch (condition) {
              case Condition.Clause(Filter inner) -> largestList(inner);
              case Condition.Nested(_, Filter inner) -> largestList(inner);
              case Condition.MatchAny(_, var values) -> values.size();
              case Condition.MatchExcept(_, var values) -> values.size();
              case Condition.HasId(var ids) -> ids.size();
              default -> 0;
            })
        .max()
        .orElse(0);
  }

  private static Stream<Condition> all(Filter filter) {
    return Stream.of(
            filter.must().stream(),
            filter.should().stream(),
            filter.mustNot().stream(),
            filter.minShould().stream().flatMap(m -> m.conditions().stream()))
        .flatMap(s -> s);
  }
}
