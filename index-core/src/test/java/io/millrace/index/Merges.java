package io.millrace.index;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

final class Merges {
  private Merges() {}

  /// Until none is running or due.
  static void await(PointIndex index) {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    while (index.isMerging()) {
      assertThat(System.nanoTime() - deadline).as("time over").isNegative();
      LockSupport.parkNanos(1_000_000);
    }
  }
}
