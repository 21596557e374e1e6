package io.millrace.model.query;

/// What an index orders by: the values of other types at its path do not count.
public enum OrderKind {
  /// Integers, and floats without a fraction.
  WHOLE,
  /// All numbers.
  REAL,
  /// Strings that are dates, as microseconds since the epoch.
  DATE
}
