package io.millrace.api.endpoint;

import io.millrace.api.strict.FilterShape;
import io.millrace.api.strict.StrictMode;
import io.millrace.model.CollectionConfig;
import io.millrace.model.Filter;
import io.millrace.model.VectorConfig;
import io.millrace.model.VectorValue;
import io.millrace.model.query.Example;
import io.millrace.model.query.Expression;
import io.millrace.model.query.GroupRequest;
import io.millrace.model.query.Query;
import io.millrace.model.query.QueryRequest;
import io.millrace.model.query.Stage;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/// Holds query trees to the limits of strict mode, stage by stage.
final class StrictQueries {
  private StrictQueries() {}

  static void check(StrictMode strict, CollectionConfig config, Stage root) {
    checkStages(strict, root);
    checkScans(strict, config, root, Filter.ALL);
  }

  static void check(StrictMode strict, CollectionConfig config, GroupRequest request) {
    Stage root = request.query().root();
    checkStages(strict, root.withLimit(times(root.limit(), request.size())));
    strict.groupBy(request.by());
    checkScans(strict, config, root, Filter.ALL);
  }

  /// An unsigned product, the largest number where it does not fit.
  static long times(long a, long b) {
    return Math.unsignedMultiplyHigh(a, b) == 0 ? a * b : -1;
  }

  private static void checkStages(StrictMode strict, Stage stage) {
    strict.limit(stage.limit());
    strict.readFilter(stage.filter());
    strict.params(stage.params());
    stage
        .query()
        .ifPresent(query -> {
          if (query instanceof Query.ByFormula(var formula)) {
            checkFormula(strict, formula.expression());
          }
        });
    stage.prefetches().forEach(prefetch -> checkStages(strict, prefetch));
  }

  /// Stages that find their points by a vector themselves.
  ///
  /// @param outer filters of the stages around, which hold here too
  private static void checkScans(
      StrictMode strict, CollectionConfig config, Stage stage, Filter outer) {
    Filter filter = outer.and(stage.filter());
    VectorConfig vector = config.vectors().get(stage.vector());
    boolean byVector = stage.query().isPresent() && !stage.query().get().examples().isEmpty();
    if (stage.prefetches().isEmpty() && byVector && vector != null) {
      strict.scan(stage.vector(), vector.m(), vector.payloadM(), filter);
    }
    stage.prefetches().forEach(prefetch -> checkScans(strict, config, prefetch, filter));
  }

  private static void checkFormula(StrictMode strict, Expression expression) {
    switch (expression) {
      case Expression.Constant _, Expression.Score _, Expression.Date _ -> {}
      case Expression.Variable(var path) -> strict.formulaNumber(path);
      case Expression.Holds(var condition) -> strict.formulaCondition(condition);
      case Expression.GeoDistance(var _, var _, var path) -> strict.formulaPlace(path);
      case Expression.DateKey(var path) -> strict.formulaDate(path);
      case Expression.Product(var factors) -> factors.forEach(x -> checkFormula(strict, x));
      case Expression.Sum(var terms) -> terms.forEach(x -> checkFormula(strict, x));
      case Expression.Largest(var operands) -> operands.forEach(x -> checkFormula(strict, x));
      case Expression.Smallest(var operands) -> operands.forEach(x -> checkFormula(strict, x));
      case Expression.Negation(var x) -> checkFormula(strict, x);
      case Expression.Absolute(var x) -> checkFormula(strict, x);
      case Expression.SquareRoot(var x) -> checkFormula(strict, x);
      case Expression.Exponential(var x) -> checkFormula(strict, x);
      case Expression.Log10(var x) -> checkFormula(strict, x);
      case Expression.NaturalLog(var x) -> checkFormula(strict, x);
      case Expression.ArcCosh(var x) -> checkFormula(strict, x);
      case Expression.Quotient(var left, var right, var _) -> {
        checkFormula(strict, left);
        checkFormula(strict, right);
      }
      case Expression.Power(var base, var exponent) -> {
        checkFormula(strict, base);
        checkFormula(strict, exponent);
      }
      case Expression.Decay decay -> {
        checkFormula(strict, decay.x());
        decay.target().ifPresent(target -> checkFormula(strict, target));
      }
    }
  }

  /// Takes what the queries of one request cost: first one for each point that a vector is read
  /// from, then what the stages cost that find their points themselves. Ranking anew is free.
  static void takeReads(StrictMode strict, List<QueryRequest> requests) {
    if (!strict.countsReads()) {
      return;
    }
    Set<Example> points = new HashSet<>();
    long cost = 0;
    for (QueryRequest request : requests) {
      List<Stage> stages = stages(request.root()).toList();
      stages.stream().flatMap(StrictQueries::points).forEach(points::add);
      boolean leavesOut =
          stages.stream()
              .anyMatch(s -> s.lookupFrom().isEmpty() && points(s).findAny().isPresent());
      cost += cost(request.root(), leavesOut ? 1 : 0);
    }
    if (!points.isEmpty()) {
      strict.takeReads(points.size());
    }
    strict.takeReads(cost);
  }

  private static Stream<Stage> stages(Stage stage) {
    return Stream.concat(
        Stream.of(stage), stage.prefetches().stream().flatMap(StrictQueries::stages));
  }

  private static Stream<Example> points(Stage stage) {
    return stage.query().stream()
        .flatMap(query -> query.examples().stream())
        .filter(Example.OfPoint.class::isInstance);
  }

  /// One for each vector that points are compared with, at least one, and for each condition.
  ///
  /// @param outer conditions of the stages around, which hold here too
  private static long cost(Stage stage, long outer) {
    long conditions = outer + FilterShape.conditions(stage.filter());
    if (!stage.prefetches().isEmpty()) {
      return stage.prefetches().stream().mapToLong(prefetch -> cost(prefetch, conditions)).sum();
    }
    return conditions + Math.max(1, stage.query().map(StrictQueries::vectors).orElse(0L));
  }

  /// An average is one vector; several multivectors in its place are all their rows.
  private static long vectors(Query query) {
    long rows = query.examples().stream().mapToLong(StrictQueries::rows).sum();
    boolean isAverage =
        query instanceof Query.Recommend(_, _, var strategy)
            && strategy == Query.Strategy.AVERAGE_VECTOR;
    return isAverage && rows == query.examples().size() ? 1 : rows;
  }

  private static long rows(Example example) {
    return switch (example) {
      case Example.OfPoint _ -> 1;
      case Example.OfVector(VectorValue vector) -> rows(vector);
    };
  }

  private static long rows(VectorValue vector) {
    return switch (vector) {
      case VectorValue.Dense _, VectorValue.Sparse _ -> 1;
      case VectorValue.Multi multi ->
          multi.dimension() == 0 ? 1 : multi.rows().length / multi.dimension();
    };
  }
}
