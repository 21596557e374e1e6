package io.millrace.model;

/// The value of the payload that placed a point in an ordered read.
public sealed interface OrderValue extends Comparable<OrderValue> {
  /// An integer, or a date in microseconds since the epoch.
  record Whole(long value) implements OrderValue {}

  record Real(double value) implements OrderValue {}

  @Override
  default int compareTo(OrderValue other) {
    return switch (this) {
      case Whole(long a) ->
          switch (other) {
            case Whole(long b) -> Long.compare(a, b);
            case Real(double b) -> Double.compare(a, b);
          };
      case Real(double a) ->
          switch (other) {
            case Whole(long b) -> Double.compare(a, b);
            case Real(double b) -> Double.compare(a, b);
          };
    };
  }
}
