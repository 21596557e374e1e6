package io.millrace.search.query;

import io.millrace.model.BadInput;
import io.millrace.model.Condition;
import io.millrace.model.Condition.Position;
import io.millrace.model.PayloadPath;
import io.millrace.model.query.Expression;
import io.millrace.payload.Geo;
import java.math.BigDecimal;

/// The value of an expression for one point, in float64 (Qdrant's behaviour, 13.5). A value that is
/// not finite is an error, not a score.
final class FormulaEvaluator {
  private final Variables variables;

  FormulaEvaluator(Variables variables) {
    this.variables = variables;
  }

  /// What a formula may ask of the point. Defaults are already in it; throws [BadInput] where there
  /// is neither.
  interface Variables {
    double score(int prefetch);

    double number(PayloadPath path);

    Position position(PayloadPath path);

    long epochMicros(PayloadPath path);

    boolean holds(Condition condition);
  }

  double value(Expression expression) {
    return switch (expression) {
      case Expression.Constant(double value) -> value;
      case Expression.Score(int prefetch) -> variables.score(prefetch);
      case Expression.Variable(PayloadPath path) -> variables.number(path);
      case Expression.Holds(Condition condition) -> variables.holds(condition) ? 1 : 0;
      case Expression.GeoDistance(double lat, double lon, PayloadPath to) -> {
        Position p = variables.position(to);
        yield Geo.distance(lat, lon, p.lat(), p.lon());
      }
      case Expression.Date(long micros) -> seconds(micros);
      case Expression.DateKey(PayloadPath path) -> seconds(variables.epochMicros(path));
      case Expression.Product(var factors) -> {
        double product = 1;
        for (Expression factor : factors) {
          double value = value(factor);
          if (value == 0) {
            yield 0; // what follows is not looked at
          }
          product *= value;
        }
        yield product;
      }
      case Expression.Sum(var terms) -> {
        double sum = 0;
        for (Expression term : terms) {
          sum += value(term);
        }
        yield sum;
      }
      case Expression.Largest(var operands) ->
          operands.stream().mapToDouble(this::value).max().orElseThrow();
      case Expression.Smallest(var operands) ->
          operands.stream().mapToDouble(this::value).min().orElseThrow();
      case Expression.Negation(Expression x) -> -value(x);
      case Expression.Absolute(Expression x) -> Math.abs(value(x));
      case Expression.Quotient quotient -> quotient(quotient);
      case Expression.SquareRoot(Expression x) -> {
        double value = value(x);
        yield finite(Math.sqrt(value), "√" + text(value));
      }
      case Expression.Power(Expression base, Expression exponent) -> {
        double b = value(base);
        double e = value(exponent);
        yield finite(Math.pow(b, e), text(b) + "^" + text(e));
      }
      case Expression.Exponential(Expression x) -> {
        double value = value(x);
        yield finite(Math.exp(value), "exp(" + text(value) + ")");
      }
      case Expression.Log10(Expression x) -> {
        double value = value(x);
        yield finite(Math.log10(value), "log10(" + text(value) + ")");
      }
      case Expression.NaturalLog(Expression x) -> {
        double value = value(x);
        yield finite(Math.log(value), "ln(" + text(value) + ")");
      }
      case Expression.ArcCosh(Expression x) -> {
        double value = value(x);
        yield finite(arcCosh(value), "acosh(" + text(value) + ")");
      }
      case Expression.Decay decay -> decay(decay);
    };
  }

  private static double arcCosh(double value) {
    double above = value - 1;
    return Math.log1p(above + Math.sqrt(above) * Math.sqrt(above + 2));
  }

  private static double seconds(long micros) {
    return micros / 1_000_000.0;
  }

  private double quotient(Expression.Quotient quotient) {
    double left = value(quotient.left());
    if (left == 0) {
      return 0; // the divisor is not looked at
    }
    double right = value(quotient.right());
    if (right == 0 && quotient.byZero().isPresent()) {
      return quotient.byZero().getAsDouble();
    }
    return finite(left / right, text(left) + "/" + text(right));
  }

  private double decay(Expression.Decay decay) {
    double x = value(decay.x());
    double target = decay.target().isPresent() ? value(decay.target().get()) : 0;
    double distance = Math.abs(x - target);
    double scale = decay.scale();
    double midpoint = decay.midpoint();
    return switch (decay.curve()) {
      case LINEAR -> Math.max(0, 1 - distance * (1 - midpoint) / scale);
      case EXPONENTIAL -> Math.exp(Math.log(midpoint) * distance / scale);
      case GAUSSIAN -> Math.exp(Math.log(midpoint) * distance * distance / (scale * scale));
    };
  }

  private static double finite(double value, String expression) {
    if (!Double.isFinite(value)) {
      throw notFinite(expression, value);
    }
    return value;
  }

  static BadInput notFinite(String expression, double value) {
    return BadInput.wrong(
        "The expression " + expression + " = " + text(value) + " produced a non-finite number");
  }

  /// As Qdrant writes numbers: no exponents, whole ones without a fraction.
  static String text(double value) {
    if (Double.isInfinite(value)) {
      return value > 0 ? "inf" : "-inf";
    }
    return Double.isNaN(value)
        ? "NaN"
        : new BigDecimal(Double.toString(value)).stripTrailingZeros().toPlainString();
  }
}
