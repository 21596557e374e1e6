package io.millrace.search.query;

import io.millrace.model.Condition.Position;
import io.millrace.model.PayloadPath;
import io.millrace.model.PointId;
import io.millrace.model.query.Expression;
import io.millrace.model.query.Formula;
import io.millrace.search.query.PlainQueries.Plain;
import java.util.List;
import java.util.Map;
import java.util.function.DoubleBinaryOperator;
import java.util.function.DoubleUnaryOperator;

/// What a formula says of one point, in float64, with a bound on how far from it a right answer may
/// be.
///
/// The bound begins at the leaves. Scores of prefetches are as wrong as float32 made them; numbers,
/// dates and conditions are exact, for a formula is computed in float64. Each operator takes the
/// bounds of its operands to a bound of its value:
///
/// - A function that rises or falls throughout is furthest from its value at an end of the interval
///   value ± bound. For two operands it is at a corner of the rectangle, if it rises or falls in
///   each, whatever the other is: so for products, for quotients whose divisor keeps its sign, for
///   the larger and the smaller of two, and for powers of a base above 0. (Where a base has a whole
///   exponent k and its interval holds 0, the corner further from 0 is off by (|v| + e)^k − |v|^k ≥
///   e^k, no less than the values at and around 0 are.)
/// - Errors of a sum add up.
/// - Decays are functions that fall with |x − target|.
/// - Where a value is at a cliff (a quotient whose divisor may be zero or not) the bound is
///   infinite.
///
/// To which each adds some rounding of float64. Bounds are absolute, so that terms which cancel
/// each other out leave the errors of the terms.
final class PlainFormula {
  /// Tens of units in the last place: libraries differ in some.
  private static final double ROUNDING = 1e-14;

  private static final double EARTH_RADIUS = 6_371_008.8;

  private final Formula formula;
  private final List<Map<PointId, Bounded>> scores;
  private final PointId id;
  private final Plain point;

  /// @param scores of each prefetch
  PlainFormula(Formula formula, List<Map<PointId, Bounded>> scores, PointId id, Plain point) {
    this.formula = formula;
    this.scores = scores;
    this.id = id;
    this.point = point;
  }

  /// @param error a right answer is within so much of the value
  record Bounded(double value, double error) {
    Bounded {
      error = Double.isNaN(error) ? Double.POSITIVE_INFINITY : error;
    }

    static Bounded exact(double value) {
      return new Bounded(value, 0);
    }

    Bounded rounded() {
      return new Bounded(value, error + ROUNDING * (1 + Math.abs(value)));
    }

    boolean isExactZero() {
      return value == 0 && error == 0;
    }

    boolean mayBeZero() {
      return Math.abs(value) <= error;
    }

    /// @param f rises or falls throughout
    Bounded through(DoubleUnaryOperator f) {
      return with(exact(0), (x, _) -> f.applyAsDouble(x)).rounded();
    }

    /// @param f rises or falls throughout in each
    Bounded with(Bounded other, DoubleBinaryOperator f) {
      double at = f.applyAsDouble(value, other.value);
      double worst = 0;
      for (double a : new double[] {value - error, value + error}) {
        for (double b : new double[] {other.value - other.error, other.value + other.error}) {
          worst = Math.max(worst, Math.abs(f.applyAsDouble(a, b) - at));
        }
      }
      return new Bounded(at, worst);
    }
  }

  Bounded value() {
    return value(formula.expression());
  }

  private Bounded value(Expression expression) {
    return switch (expression) {
      case Expression.Constant(double c) -> Bounded.exact(c);
      case Expression.Score(int i) -> score(i);
      case Expression.Variable(var path) -> Bounded.exact(number(path));
      case Expression.Holds(var condition) ->
          Bounded.exact(PlainQueries.matches(condition, point) ? 1 : 0);
      case Expression.GeoDistance(double lat, double lon, var to) ->
          distance(new Position(lat, lon), place(to));
      case Expression.Date(long micros) -> Bounded.exact(micros * 1e-6).rounded();
      case Expression.DateKey(var path) -> Bounded.exact(micros(path) * 1e-6).rounded();
      case Expression.Sum(var terms) -> sum(terms.stream().map(this::value).toList());
      case Expression.Product(var factors) -> product(factors.stream().map(this::value).toList());
      case Expression.Largest(var operands) -> extreme(operands, Math::max);
      case Expression.Smallest(var operands) -> extreme(operands, Math::min);
      case Expression.Negation(var x) -> {
        Bounded v = value(x);
        yield new Bounded(-v.value, v.error);
      }
      case Expression.Absolute(var x) -> {
        Bounded v = value(x);
        yield new Bounded(Math.abs(v.value), v.error);
      }
      case Expression.Quotient quotient -> quotient(quotient);
      case Expression.SquareRoot(var x) -> value(x).through(v -> Math.pow(Math.max(0, v), 0.5));
      case Expression.Power(var base, var exponent) ->
          value(base).with(value(exponent), Math::pow).rounded();
      case Expression.Exponential(var x) -> value(x).through(v -> Math.pow(Math.E, v));
      case Expression.Log10(var x) -> value(x).through(v -> Math.log(v) / Math.log(10));
      case Expression.NaturalLog(var x) -> value(x).through(v -> Math.log10(v) * Math.log(10));
      case Expression.ArcCosh(var x) -> value(x).through(PlainFormula::arcCosh);
      case Expression.Decay decay -> decay(decay);
    };
  }

  private Bounded score(int prefetch) {
    Bounded found = prefetch < scores.size() ? scores.get(prefetch).get(id) : null;
    return found != null ? found : Bounded.exact(formula.scores().getOrDefault(prefetch, 0.0));
  }

  private double number(PayloadPath path) {
    if (path.equals(PlainQueries.N)) {
      return point.n();
    }
    return point
        .price()
        .orElseGet(() -> ((Formula.Value.Number) formula.values().get(path)).value());
  }

  private Position place(PayloadPath path) {
    return point
        .place()
        .orElseGet(() -> {
          var place = (Formula.Value.Position) formula.values().get(path);
          return new Position(place.lat(), place.lon());
        });
  }

  private long micros(PayloadPath path) {
    return point
        .micros()
        .orElseGet(
            () -> ((Formula.Value.Text) formula.values().get(path)).epochMicros().orElseThrow());
  }

  private static Bounded sum(List<Bounded> terms) {
    double sum = 0;
    double error = 0;
    for (Bounded term : terms) {
      sum += term.value;
      error += term.error + ROUNDING * Math.abs(term.value);
    }
    return new Bounded(sum, error);
  }

  private static Bounded product(List<Bounded> factors) {
    if (factors.stream().anyMatch(Bounded::isExactZero)) {
      return Bounded.exact(0);
    }
    return factors.stream().reduce((a, b) -> a.with(b, (x, y) -> x * y).rounded()).orElseThrow();
  }

  private Bounded extreme(List<Expression> operands, DoubleBinaryOperator which) {
    return operands.stream().map(this::value).reduce((a, b) -> a.with(b, which)).orElseThrow();
  }

  private Bounded quotient(Expression.Quotient quotient) {
    Bounded left = value(quotient.left());
    Bounded right = value(quotient.right());
    if (left.isExactZero()) {
      return Bounded.exact(0);
    }
    if (right.isExactZero()) {
      double byZero = quotient.byZero().orElseThrow();
      return left.mayBeZero() ? new Bounded(byZero, Double.NaN) : Bounded.exact(byZero);
    }
    Bounded ratio = left.with(right, (a, b) -> a / b).rounded();
    return right.mayBeZero() ? new Bounded(ratio.value, Double.NaN) : ratio;
  }

  private Bounded decay(Expression.Decay decay) {
    Bounded target = decay.target().map(this::value).orElse(Bounded.exact(0));
    Bounded apart =
        sum(List.of(value(decay.x()), new Bounded(-target.value, target.error)))
            .through(d -> d / decay.scale());
    double midpoint = decay.midpoint();
    Bounded distance = new Bounded(Math.abs(apart.value), apart.error);
    return distance.through(d -> {
      double far = Math.max(0, d);
      return switch (decay.curve()) {
        case LINEAR -> Math.max(0, 1 - far + far * midpoint);
        case EXPONENTIAL -> Math.pow(midpoint, far);
        case GAUSSIAN -> Math.pow(midpoint, far * far);
      };
    });
  }

  /// By half of it: cosh x = 2 cosh² (x / 2) − 1 = 2 sinh² (x / 2) + 1.
  private static double arcCosh(double x) {
    return 2 * Math.log(Math.sqrt((x + 1) / 2) + Math.sqrt(Math.max(0, x - 1) / 2));
  }

  /// Along the sphere, by the angle between the two directions in space. The haversine of points
  /// that are opposite to each other is near 1, where an arc sine has few digits.
  private static Bounded distance(Position a, Position b) {
    double[] u = direction(a);
    double[] v = direction(b);
    double[] cross = {
      u[1] * v[2] - u[2] * v[1], u[2] * v[0] - u[0] * v[2], u[0] * v[1] - u[1] * v[0]
    };
    double angle = Math.atan2(Math.sqrt(dot(cross, cross)), dot(u, v));
    return new Bounded(
        EARTH_RADIUS * angle, EARTH_RADIUS * ROUNDING / Math.max(1e-7, Math.cos(angle / 2)));
  }

  private static double[] direction(Position p) {
    double lat = Math.toRadians(p.lat());
    double lon = Math.toRadians(p.lon());
    return new double[] {
      Math.cos(lat) * Math.cos(lon), Math.cos(lat) * Math.sin(lon), Math.sin(lat)
    };
  }

  private static double dot(double[] a, double[] b) {
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
  }
}
