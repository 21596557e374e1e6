package io.millrace.log;

/// When an entry counts as written.
public enum Durability {
  /// Once it was forced to the disk.
  FSYNC,
  /// Once the operating system has it; forced every 100 ms. A killed process loses nothing, a loss
  /// of power up to that much.
  INTERVAL
}
