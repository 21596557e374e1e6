package io.millrace.search.filter;

import io.millrace.index.Fields;
import io.millrace.model.CollectionConfig;
import io.millrace.model.Condition;
import io.millrace.model.Filter;
import java.util.List;

/// Puts the names under which a collection's vectors are stored into the `has_vector` conditions of
/// a filter. They differ from the names users know once a vector was deleted or added later: what
/// an earlier vector of the name left behind must not match.
public final class StoredVectorNames {
  /// Stored names begin with no colon.
  private static final String NEVER = ":";

  private StoredVectorNames() {}

  /// The filter itself where nothing is to be replaced.
  public static Filter in(Filter filter, CollectionConfig config) {
    List<Condition> must = in(filter.must(), config);
    List<Condition> should = in(filter.should(), config);
    List<Condition> mustNot = in(filter.mustNot(), config);
    var minShould =
        filter
            .minShould()
            .map(m -> {
              List<Condition> conditions = in(m.conditions(), config);
              return conditions == m.conditions()
                  ? m
                  : new Filter.MinShould(conditions, m.minCount());
            });
    boolean same =
        must == filter.must()
            && should == filter.should()
            && mustNot == filter.mustNot()
            && minShould.equals(filter.minShould());
    return same ? filter : new Filter(must, should, mustNot, minShould);
  }

  private static List<Condition> in(List<Condition> conditions, CollectionConfig config) {
    boolean changed = false;
    Condition[] replaced = new Condition[conditions.size()];
    for (int i = 0; i < replaced.length; i++) {
      replaced[i] = in(conditions.get(i), config);
      changed |= replaced[i] != conditions.get(i);
    }
    return changed ? List.of(replaced) : conditions;
  }

  private static Condition in(Condition condition, CollectionConfig config) {
    if (condition instanceof Condition.Clause clause) {
      Filter inner = in(clause.filter(), config);
      return inner == clause.filter() ? clause : new Condition.Clause(inner);
    }
    if (condition instanceof Condition.HasVector has) {
      long since = config.since(has.name());
      if (since == 0) {
        return has;
      }
      return new Condition.HasVector(
          since < 0 ? NEVER + has.name() : Fields.storedName(has.name(), since));
    }
    return condition; // conditions inside nested objects are about payload
  }
}
