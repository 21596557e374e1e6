package io.millrace.log;

import java.time.Duration;

/// @param name of the collection, for the thread's name and log lines
/// @param gathering how long an fsync waits for further entries to share it
/// @param rollBytes a file at least this long gets no further entry
public record LogSettings(String name, Durability durability, Duration gathering, long rollBytes) {
  public static final long DEFAULT_ROLL_BYTES = 64L << 20;

  public LogSettings(String name, Durability durability, long rollBytes) {
    this(name, durability, Duration.ZERO, rollBytes);
  }

  public static LogSettings of(String name, Durability durability) {
    return new LogSettings(name, durability, DEFAULT_ROLL_BYTES);
  }

  public LogSettings withGathering(Duration time) {
    return new LogSettings(name, durability, time, rollBytes);
  }
}
