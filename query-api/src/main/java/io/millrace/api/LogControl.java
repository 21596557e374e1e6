package io.millrace.api;

/// The log level of the process, which only its owner can change.
public interface LogControl {
  enum Level {
    OFF,
    ERROR,
    WARN,
    INFO,
    DEBUG,
    TRACE
  }

  Level level();

  /// Holds until the next change, a reload of the configuration or the end of the process.
  void change(Level level);
}
