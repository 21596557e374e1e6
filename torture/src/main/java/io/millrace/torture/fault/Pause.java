package io.millrace.torture.fault;

import java.time.Duration;
import java.util.function.BooleanSupplier;

/// Waiting, which is part of what a fault is: the moment it comes.
public final class Pause {
  private Pause() {}

  public static void millis(long millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
  }

  /// Asks every few milliseconds until it is so; false when the time is over first.
  public static boolean until(Duration patience, BooleanSupplier condition) {
    long end = System.nanoTime() + patience.toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > end) {
        return false;
      }
      millis(15);
    }
    return true;
  }
}
