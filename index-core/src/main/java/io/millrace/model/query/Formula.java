package io.millrace.model.query;

import io.millrace.model.PayloadPath;
import java.util.Map;
import java.util.Optional;

/// An expression and what stands in for variables that a point lacks.
///
/// @param scores by number of the prefetch; 0 where absent
/// @param values by path
public record Formula(
    Expression expression, Map<Integer, Double> scores, Map<PayloadPath, Value> values) {

  public Formula {
    scores = Map.copyOf(scores);
    values = Map.copyOf(values);
  }

  /// A default as sent: the expression that uses it decides whether it has the right type.
  public sealed interface Value {
    record Number(double value) implements Value {}

    /// Degrees.
    record Position(double lat, double lon) implements Value {}

    /// @param epochMicros absent where the text is no date
    record Text(Optional<Long> epochMicros) implements Value {}

    /// Of no type that a formula computes with.
    record Other() implements Value {}
  }
}
