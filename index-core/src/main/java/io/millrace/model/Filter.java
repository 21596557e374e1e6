package io.millrace.model;

import java.util.List;
import java.util.Optional;

/// The conjunction of four clauses; an absent or empty list restricts nothing.
///
/// @param must all are true
/// @param should at least one is true
/// @param mustNot none is true
/// @param minShould at least `minCount` are true
public record Filter(
    List<Condition> must,
    List<Condition> should,
    List<Condition> mustNot,
    Optional<MinShould> minShould) {

  /// Matches every point.
  public static final Filter ALL = new Filter(List.of(), List.of(), List.of(), Optional.empty());

  /// @param minCount at least 1, unsigned as sent
  public record MinShould(List<Condition> conditions, long minCount) {
    public MinShould {
      conditions = List.copyOf(conditions);
    }
  }

  public Filter {
    must = List.copyOf(must);
    should = List.copyOf(should);
    mustNot = List.copyOf(mustNot);
  }

  public static Filter must(Condition... conditions) {
    return new Filter(List.of(conditions), List.of(), List.of(), Optional.empty());
  }

  public static Filter should(Condition... conditions) {
    return new Filter(List.of(), List.of(conditions), List.of(), Optional.empty());
  }

  public static Filter mustNot(Condition... conditions) {
    return new Filter(List.of(), List.of(), List.of(conditions), Optional.empty());
  }

  /// Whether nothing is restricted: no clause holds a condition.
  public boolean isEmpty() {
    return must.isEmpty() && should.isEmpty() && mustNot.isEmpty() && minShould.isEmpty();
  }

  /// Both must hold; used where an outer filter is handed down.
  public Filter and(Filter other) {
    if (isEmpty()) {
      return other;
    }
    if (other.isEmpty()) {
      return this;
    }
    return must(new Condition.Clause(this), new Condition.Clause(other));
  }
}
