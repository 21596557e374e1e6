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
import io.millrace.model.query.Stage;

/// Holds query trees to the limits of strict mode, stage by stage.
final class StrictQueries {
  private StrictQueries() {}

  static void check(StrictMode strict, CollectionConfig config, Stage root) {
    checkStages(strict, root);
    checkScans(strict, config, root, Filter.ALL);
    strict.takeReads(cost(root));
  }

  static void check(StrictMode strict, CollectionConfig config, GroupRequest request) {
    Stage root = request.query().root();
    checkStages(strict, root.withLimit(times(root.limit(), request.size())));
    strict.groupBy(request.by());
    checkScans(strict, config, root, Filter.ALL);
    strict.takeReads(cost(root));
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
      case Expression.Negation(var x) -> checkFormula(strict, x);
      case Expression.Absolute(var x) -> checkFormula(strict, x);
      case Expression.SquareRoot(var x) -> checkFormula(strict, x);
      case Expression.Exponential(var x) -> checkFormula(strict, x);
      case Expression.Log10(var x) -> checkFormula(strict, x);
      case Expression.NaturalLog(var x) -> checkFormula(strict, x);
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

  /// One for each query vector and each point it is taken from, and for each filter condition.
  private static long cost(Stage stage) {
    long cost = FilterShape.conditions(stage.filter());
    if (stage.query().isPresent()) {
      for (Example example : stage.query().get().examples()) {
        cost +=
            switch (example) {
              case Example.OfPoint _ -> 2;
              case Example.OfVector(VectorValue vector) -> rows(vector);
            };
      }
    }
    for (Stage prefetch : stage.prefetches()) {
      cost += cost(prefetch);
    }
    return Math.max(1, cost);
  }

  private static long rows(VectorValue vector) {
    return switch (vector) {
      case VectorValue.Dense _, VectorValue.Sparse _ -> 1;
      case VectorValue.Multi multi ->
          multi.dimension() == 0 ? 1 : multi.rows().length / multi.dimension();
    };
  }
}
