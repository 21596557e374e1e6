package io.millrace.model.query;

import io.millrace.model.Condition;
import io.millrace.model.PayloadPath;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/// A formula's node. Values are float64.
public sealed interface Expression {
  record Constant(double value) implements Expression {}

  /// `$score`, `$score[i]`: the score that prefetch number `prefetch` gave.
  record Score(int prefetch) implements Expression {}

  /// A number in the payload.
  record Variable(PayloadPath path) implements Expression {}

  /// 1 where the condition holds, else 0.
  record Holds(Condition condition) implements Expression {}

  /// Metres between a position and one in the payload. Degrees.
  record GeoDistance(double lat, double lon, PayloadPath to) implements Expression {}

  /// Seconds since the epoch.
  record Date(long epochMicros) implements Expression {}

  /// A date in the payload, as seconds since the epoch.
  record DateKey(PayloadPath path) implements Expression {}

  record Product(List<Expression> factors) implements Expression {
    public Product {
      factors = List.copyOf(factors);
    }
  }

  record Sum(List<Expression> terms) implements Expression {
    public Sum {
      terms = List.copyOf(terms);
    }
  }

  /// @param operands at least one
  record Largest(List<Expression> operands) implements Expression {
    public Largest {
      operands = List.copyOf(operands);
    }
  }

  /// @param operands at least one
  record Smallest(List<Expression> operands) implements Expression {
    public Smallest {
      operands = List.copyOf(operands);
    }
  }

  record Negation(Expression x) implements Expression {}

  record Absolute(Expression x) implements Expression {}

  /// @param byZero the value of a division by zero, which otherwise fails
  record Quotient(Expression left, Expression right, OptionalDouble byZero) implements Expression {}

  record SquareRoot(Expression x) implements Expression {}

  record Power(Expression base, Expression exponent) implements Expression {}

  record Exponential(Expression x) implements Expression {}

  record Log10(Expression x) implements Expression {}

  record NaturalLog(Expression x) implements Expression {}

  /// The inverse of the hyperbolic cosine, of 1 and more.
  record ArcCosh(Expression x) implements Expression {}

  /// Falls from 1 at the target to `midpoint` at a distance of `scale`.
  ///
  /// @param target absent = 0
  /// @param scale above 0
  record Decay(
      Curve curve, Expression x, Optional<Expression> target, double scale, double midpoint)
      implements Expression {}

  enum Curve {
    LINEAR,
    EXPONENTIAL,
    GAUSSIAN
  }
}
