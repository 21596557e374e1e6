package io.millrace.ingest;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/// Waits for what happens on other threads, with a limit and a message that shows the last state.
public final class Eventually {
  private Eventually() {}

  public static <T> void equal(T expected, Duration patience, Supplier<T> actual) {
    long deadline = System.nanoTime() + patience.toNanos();
    T last = actual.get();
    while (!expected.equals(last)) {
      if (System.nanoTime() - deadline > 0) {
        throw new AssertionError(
            "after " + patience.toSeconds() + " s expected " + expected + " but was " + last);
      }
      LockSupport.parkNanos(20_000_000);
      last = actual.get();
    }
  }
}
