package io.millrace.search.query;

import io.millrace.model.Condition;
import io.millrace.model.Filter;
import io.millrace.model.PayloadPath;
import io.millrace.model.Scalar;
import io.millrace.model.query.Expression;
import io.millrace.model.query.Expression.Constant;
import io.millrace.model.query.Expression.Curve;
import io.millrace.model.query.Expression.Product;
import io.millrace.model.query.Expression.Quotient;
import io.millrace.model.query.Expression.Sum;
import io.millrace.model.query.Formula;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.SplittableRandom;

/// Draws formulas of the whole language over the payloads of [QueryPropertyTest]. Each part has a
/// range that its values are in; an operator takes operands whose ranges it can compute with, so
/// that all values are finite and small changes of a score change them little.
///
/// @param prefetches one more than there are is asked for too
record FormulaDraw(SplittableRandom r, int prefetches) {
  static final PayloadPath PRICE = PayloadPath.parse("price");
  static final PayloadPath PLACE = PayloadPath.parse("place");
  static final PayloadPath WHEN = PayloadPath.parse("when");

  private static final PayloadPath TAGS = PayloadPath.parse("tags");
  private static final long DAY = 86_400;
  private static final double HALF_ROUND = 20_015_200;

  /// What is larger is made smaller before anything is done with it.
  private static final double LARGE = 50;

  /// @param low no value is below; -∞ for scores
  private record Ranged(Expression expression, double low, double high) {
    double largest() {
      return Math.max(Math.abs(low), Math.abs(high));
    }
  }

  static double price(SplittableRandom r) {
    return r.nextDouble(-5, 5);
  }

  static Condition.Position place(SplittableRandom r) {
    return new Condition.Position(r.nextDouble(-90, 90), r.nextDouble(-180, 180));
  }

  /// In the years from 2000 to 2027, half of them in one minute: of those, fractions of seconds
  /// count.
  static long micros(SplittableRandom r) {
    return r.nextBoolean()
        ? r.nextLong(946_684_800_000_000L, 1_800_000_000_000_000L)
        : 1_700_000_000_000_000L + r.nextLong(60_000_000);
  }

  /// Mostly the first score and some more, as scores alone often tell points apart.
  Formula formula() {
    Expression drawn = draw(3).expression;
    Map<Integer, Double> scores = new HashMap<>();
    for (int i = 0; i <= prefetches; i++) {
      if (r.nextBoolean()) {
        scores.put(i, r.nextDouble(-1, 1));
      }
    }
    Condition.Position place = place(r);
    return new Formula(
        r.nextInt(4) == 0 ? drawn : new Sum(List.of(new Expression.Score(0), drawn)),
        scores,
        Map.of(
            PRICE, new Formula.Value.Number(price(r)),
            PLACE, new Formula.Value.Position(place.lat(), place.lon()),
            WHEN, new Formula.Value.Text(Optional.of(micros(r)))));
  }

  private Ranged draw(int depth) {
    Ranged drawn = depth == 0 || r.nextInt(8) == 0 ? leaf() : node(depth - 1);
    return drawn.largest() <= LARGE ? drawn : smaller(drawn);
  }

  private Ranged leaf() {
    return switch (r.nextInt(9)) {
      case 0 -> constant(r.nextDouble(-3, 3));
      case 1 -> n();
      case 2 -> new Ranged(new Expression.Variable(PRICE), -5, 5);
      case 3, 4 ->
          new Ranged(
              new Expression.Score(r.nextInt(prefetches + 1)),
              Double.NEGATIVE_INFINITY,
              Double.POSITIVE_INFINITY);
      case 5 -> holds();
      case 6 -> {
        Condition.Position from = place(r);
        yield new Ranged(new Expression.GeoDistance(from.lat(), from.lon(), PLACE), 0, HALF_ROUND);
      }
      case 7 -> {
        long from = micros(r);
        Expression since =
            new Sum(
                List.of(
                    new Expression.DateKey(WHEN),
                    new Expression.Negation(new Expression.Date(from))));
        yield new Ranged(since, -10_000 * DAY, 10_000 * DAY);
      }
      default ->
          new Ranged(
              r.nextBoolean() ? new Expression.Date(micros(r)) : new Expression.DateKey(WHEN),
              0,
              1.8e9);
    };
  }

  private static Ranged constant(double value) {
    return new Ranged(new Constant(value), value, value);
  }

  private static Ranged n() {
    return new Ranged(new Expression.Variable(PlainQueries.N), 0, 4);
  }

  private Ranged holds() {
    Condition tag = new Condition.MatchValue(TAGS, new Scalar.Text("t" + r.nextInt(6)));
    Condition n = new Condition.MatchValue(PlainQueries.N, new Scalar.Whole(r.nextInt(5)));
    Condition condition =
        switch (r.nextInt(3)) {
          case 0 -> tag;
          case 1 -> n;
          default -> new Condition.Clause(Filter.must(tag).and(Filter.mustNot(n)));
        };
    return new Ranged(new Expression.Holds(condition), 0, 1);
  }

  private Ranged smaller(Ranged x) {
    if (Double.isInfinite(x.largest())) {
      return switch (r.nextInt(3)) {
        case 0 -> atMost(atLeast(x, -5), 5);
        case 1 -> {
          Expression size = new Expression.Absolute(x.expression);
          Expression flat = new Sum(List.of(new Constant(1), size));
          yield new Ranged(new Quotient(x.expression, flat, OptionalDouble.empty()), -1, 1);
        }
        default -> decay(x, constant(r.nextDouble(-1, 1)), r.nextDouble(0.5, 4));
      };
    }
    if (r.nextInt(3) == 0) {
      return atMost(atLeast(x, -LARGE), LARGE);
    }
    double scale = x.largest() / r.nextDouble(1, 8);
    return r.nextBoolean()
        ? decay(x, constant(x.low + r.nextDouble() * (x.high - x.low)), scale)
        : new Ranged(
            new Quotient(x.expression, new Constant(scale), OptionalDouble.empty()),
            x.low / scale,
            x.high / scale);
  }

  private Ranged node(int depth) {
    return switch (r.nextInt(17)) {
      case 0 -> {
        List<Ranged> terms = some(depth);
        yield new Ranged(
            new Sum(expressions(terms)),
            terms.stream().mapToDouble(Ranged::low).sum(),
            terms.stream().mapToDouble(Ranged::high).sum());
      }
      case 1 -> {
        List<Ranged> factors = some(depth);
        double largest = factors.stream().mapToDouble(Ranged::largest).reduce(1, (a, b) -> a * b);
        yield new Ranged(new Product(expressions(factors)), -largest, largest);
      }
      case 2 -> {
        Ranged x = draw(depth);
        yield new Ranged(new Expression.Negation(x.expression), -x.high, -x.low);
      }
      case 3 -> absolute(draw(depth));
      case 4 -> {
        List<Ranged> of = some(depth);
        yield new Ranged(
            new Expression.Largest(expressions(of)),
            of.stream().mapToDouble(Ranged::low).max().orElseThrow(),
            of.stream().mapToDouble(Ranged::high).max().orElseThrow());
      }
      case 5 -> {
        List<Ranged> of = some(depth);
        yield new Ranged(
            new Expression.Smallest(expressions(of)),
            of.stream().mapToDouble(Ranged::low).min().orElseThrow(),
            of.stream().mapToDouble(Ranged::high).min().orElseThrow());
      }
      case 6 -> {
        Ranged left = draw(depth);
        Ranged right = positive(draw(depth), 0.5);
        OptionalDouble byZero = r.nextBoolean() ? OptionalDouble.of(7) : OptionalDouble.empty();
        yield hull(
            new Quotient(left.expression, right.expression, byZero),
            left.low / right.low,
            left.high / right.low,
            left.low / right.high,
            left.high / right.high);
      }
      case 7 -> {
        Ranged left = draw(depth);
        Ranged right = r.nextBoolean() ? n() : holds(); // 0 or at least 1
        double byZero = r.nextDouble(-2, 2);
        yield hull(
            new Quotient(left.expression, right.expression, OptionalDouble.of(byZero)),
            left.low,
            left.high,
            byZero,
            0);
      }
      case 8 -> {
        Ranged x = r.nextBoolean() ? absolute(draw(depth)) : positive(draw(depth), 0.1);
        yield new Ranged(
            new Expression.SquareRoot(x.expression), Math.sqrt(x.low), Math.sqrt(x.high));
      }
      case 9 -> power(depth);
      case 10 -> {
        Ranged x = atMost(draw(depth), 4);
        yield new Ranged(
            new Expression.Exponential(x.expression), Math.exp(x.low), Math.exp(x.high));
      }
      case 11 -> {
        Ranged x = positive(draw(depth), 0.1);
        yield new Ranged(
            new Expression.NaturalLog(x.expression), Math.log(x.low), Math.log(x.high));
      }
      case 12 -> {
        Ranged x = positive(draw(depth), 0.1);
        yield new Ranged(new Expression.Log10(x.expression), Math.log10(x.low), Math.log10(x.high));
      }
      case 13 -> {
        Ranged x = positive(draw(depth), r.nextBoolean() ? 1 : 1.5);
        yield new Ranged(new Expression.ArcCosh(x.expression), 0, 1 + Math.log(x.high));
      }
      default -> decay(draw(depth), draw(depth), r.nextDouble(0.5, 4));
    };
  }

  private List<Ranged> some(int depth) {
    List<Ranged> list = new ArrayList<>();
    for (int i = r.nextInt(3); i >= 0; i--) {
      list.add(draw(depth));
    }
    return list;
  }

  private static List<Expression> expressions(List<Ranged> list) {
    return list.stream().map(Ranged::expression).toList();
  }

  private static Ranged hull(Expression expression, double... ends) {
    return new Ranged(
        expression,
        Arrays.stream(ends).min().orElseThrow(),
        Arrays.stream(ends).max().orElseThrow());
  }

  private static Ranged absolute(Ranged x) {
    double low = x.low <= 0 && x.high >= 0 ? 0 : Math.min(Math.abs(x.low), Math.abs(x.high));
    return new Ranged(new Expression.Absolute(x.expression), low, x.largest());
  }

  private static Ranged atLeast(Ranged x, double least) {
    return new Ranged(
        new Expression.Largest(List.of(x.expression, new Constant(least))),
        Math.max(least, x.low),
        Math.max(least, x.high));
  }

  private static Ranged atMost(Ranged x, double most) {
    return new Ranged(
        new Expression.Smallest(List.of(new Constant(most), x.expression)),
        Math.min(most, x.low),
        Math.min(most, x.high));
  }

  private Ranged positive(Ranged x, double least) {
    if (x.low >= least) {
      return x;
    }
    if (r.nextInt(3) == 0) {
      return atLeast(x, least);
    }
    Ranged above = absolute(x);
    return new Ranged(
        new Sum(List.of(above.expression, new Constant(least))),
        least + above.low,
        least + above.high);
  }

  /// Of a base above 0, or any base and a whole exponent.
  private Ranged power(int depth) {
    if (r.nextBoolean()) {
      Ranged base = positive(draw(depth), 0.2);
      Ranged exponent = atMost(atLeast(draw(depth), -2), 2);
      return hull(
          new Expression.Power(base.expression, exponent.expression),
          Math.pow(base.low, exponent.low),
          Math.pow(base.low, exponent.high),
          Math.pow(base.high, exponent.low),
          Math.pow(base.high, exponent.high));
    }
    Ranged base = draw(depth);
    Ranged exponent = r.nextInt(3) == 0 ? n() : constant(r.nextInt(4));
    double largest = Math.pow(Math.max(1, base.largest()), exponent.high);
    return new Ranged(
        new Expression.Power(base.expression, exponent.expression), -largest, largest);
  }

  private Ranged decay(Ranged x, Ranged target, double scale) {
    Curve curve = Curve.values()[r.nextInt(3)];
    double midpoint =
        curve == Curve.LINEAR && r.nextInt(4) == 0 ? r.nextInt(2) : r.nextDouble(0.1, 0.9);
    boolean hasTarget = r.nextInt(3) != 0;
    return new Ranged(
        new Expression.Decay(
            curve,
            x.expression,
            hasTarget ? Optional.of(target.expression) : Optional.empty(),
            scale,
            midpoint),
        0,
        1);
  }

  /// @param message of the error, where the expression is looked at
  record Fault(Expression expression, String message) {}

  /// Something with no finite value, or none at all.
  Fault fault() {
    int k = 2 + r.nextInt(8);
    Constant some = new Constant(k);
    Constant below = new Constant(-k);
    Expression zero = zero();
    return switch (r.nextInt(13)) {
      case 0 -> notFinite(new Quotient(some, zero, OptionalDouble.empty()), k + "/0 = inf");
      case 1 -> notFinite(new Quotient(below, zero, OptionalDouble.empty()), -k + "/0 = -inf");
      case 2 -> notFinite(new Expression.SquareRoot(below), "√" + -k + " = NaN");
      case 3 -> notFinite(new Expression.Power(below, new Constant(0.5)), -k + "^0.5 = NaN");
      case 4 -> notFinite(new Expression.Power(zero, below), "0^" + -k + " = inf");
      case 5 -> notFinite(new Expression.Power(some, new Constant(1100)), k + "^1100 = inf");
      case 6 ->
          notFinite(new Expression.Exponential(new Constant(800 + k)), "exp(80" + k + ") = inf");
      case 7 -> notFinite(new Expression.NaturalLog(zero), "ln(0) = -inf");
      case 8 -> notFinite(new Expression.NaturalLog(below), "ln(" + -k + ") = NaN");
      case 9 -> notFinite(new Expression.Log10(zero), "log10(0) = -inf");
      case 10 -> notFinite(new Expression.ArcCosh(new Constant(0.5)), "acosh(0.5) = NaN");
      case 11 -> noNumber(PayloadPath.parse("none"), "No value found in a payload nor defaults");
      default -> noNumber(TAGS, "Value is not a number");
    };
  }

  /// The whole formula has no value in float32.
  Fault tooLarge() {
    Constant large = new Constant(1e200);
    return switch (r.nextInt(4)) {
      case 0 ->
          notFinite(
              new Product(List.of(new Constant(4e30), new Constant(1e10))),
              "4" + "0".repeat(40) + " as f32 = inf");
      case 1 ->
          notFinite(
              new Product(List.of(new Constant(-4e30), new Constant(1e10))),
              "-4" + "0".repeat(40) + " as f32 = -inf");
      case 2 -> notFinite(new Product(List.of(large, large)), "inf as f32 = inf");
      default -> {
        Expression much = new Product(List.of(large, large));
        yield notFinite(new Sum(List.of(much, new Expression.Negation(much))), "NaN as f32 = NaN");
      }
    };
  }

  private static Fault notFinite(Expression expression, String text) {
    return new Fault(expression, "The expression " + text + " produced a non-finite number");
  }

  private static Fault noNumber(PayloadPath path, String why) {
    return new Fault(
        new Expression.Variable(path),
        "Expected number value for "
            + path
            + " in the payload and/or in the formula defaults. Error: "
            + why);
  }

  private Expression zero() {
    Constant nothing = new Constant(0);
    return switch (r.nextInt(4)) {
      case 0 -> nothing;
      case 1 -> new Expression.Holds(new Condition.MatchValue(TAGS, new Scalar.Text("none")));
      case 2 -> new Sum(List.of(new Constant(3), new Constant(-3)));
      default -> new Expression.Score(prefetches); // that there is none of
    };
  }

  /// An expression whose value asks for that of x.
  Expression around(Expression x) {
    Expression other = draw(1).expression;
    Constant some = new Constant(r.nextDouble(1, 2));
    return switch (r.nextInt(14)) {
      case 0 -> new Sum(List.of(other, x, other));
      case 1 -> new Product(List.of(some, x, other));
      case 2 -> new Expression.Negation(x);
      case 3 -> new Expression.Absolute(x);
      case 4 -> new Expression.Largest(List.of(other, x));
      case 5 -> new Expression.Smallest(List.of(x, other));
      case 6 -> new Quotient(x, some, OptionalDouble.of(1));
      case 7 -> new Quotient(some, x, OptionalDouble.of(1));
      case 8 -> new Expression.SquareRoot(x);
      case 9 -> r.nextBoolean() ? new Expression.Power(x, some) : new Expression.Power(some, x);
      case 10 -> new Expression.Exponential(x);
      case 11 -> r.nextBoolean() ? new Expression.Log10(x) : new Expression.NaturalLog(x);
      case 12 -> new Expression.ArcCosh(x);
      default -> {
        boolean isTarget = r.nextBoolean();
        yield new Expression.Decay(
            Curve.values()[r.nextInt(3)],
            isTarget ? other : x,
            Optional.of(isTarget ? x : other),
            2,
            0.5);
      }
    };
  }

  /// An expression that is 0 whatever x is, since it is not looked at.
  Expression without(Expression x) {
    return switch (r.nextInt(3)) {
      case 0 -> new Product(List.of(new Constant(2), zero(), x));
      case 1 -> new Quotient(zero(), x, OptionalDouble.of(1));
      default -> new Quotient(zero(), x, OptionalDouble.empty());
    };
  }
}
