package io.millrace.log;

/// @param name of the collection, for the thread's name and log lines
/// @param rollBytes a file at least this long gets no further entry
public record LogSettings(String name, Durability durability, long rollBytes) {
  public static final long DEFAULT_ROLL_BYTES = 64L << 20;

  public static LogSettings of(String name, Durability durability) {
    return new LogSettings(name, durability, DEFAULT_ROLL_BYTES);
  }
}
