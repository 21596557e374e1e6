package io.millrace.ingest.pipeline;

import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;

/// Notices when suddenly many records are bad, which mostly means that the wrong topic was bound:
/// more than 5 % and at least 100 within 60 s.
public final class Surge {
  private static final int SECONDS = 60;
  private static final long MIN_BAD = 100;

  private final LongSupplier nanoTime;
  private final ReentrantLock lock = new ReentrantLock();
  private final long[] good = new long[SECONDS]; // under the lock, by second of the clock
  private final long[] bad = new long[SECONDS];
  private long second;

  Surge(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
    this.second = nanoTime.getAsLong() / 1_000_000_000;
  }

  /// True when it is too much.
  boolean note(long goodRecords, long badRecords) {
    lock.lock();
    try {
      long now = nanoTime.getAsLong() / 1_000_000_000;
      for (long s = Math.max(second + 1, now - SECONDS + 1); s <= now; s++) {
        good[Math.floorMod(s, SECONDS)] = 0;
        bad[Math.floorMod(s, SECONDS)] = 0;
      }
      second = Math.max(second, now);
      good[Math.floorMod(second, SECONDS)] += goodRecords;
      bad[Math.floorMod(second, SECONDS)] += badRecords;
      long allGood = 0;
      long allBad = 0;
      for (int i = 0; i < SECONDS; i++) {
        allGood += good[i];
        allBad += bad[i];
      }
      return badRecords > 0 && allBad >= MIN_BAD && 20 * allBad > allBad + allGood;
    } finally {
      lock.unlock();
    }
  }

  void forget() {
    lock.lock();
    try {
      java.util.Arrays.fill(good, 0);
      java.util.Arrays.fill(bad, 0);
    } finally {
      lock.unlock();
    }
  }
}
