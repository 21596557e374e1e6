package io.millrace.index;

import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/// What graphs may take of the heap while merges build them: a node costs its lists of neighbours
/// and scores until the graph is written. A merge stays below all of it by its number of rows;
/// merges of several collections that do not fit beside each other wait for one another.
final class GraphHeap {
  /// Half of the largest heap.
  static final GraphHeap OF_PROCESS = new GraphHeap(Runtime.getRuntime().maxMemory() / 2);

  private static final int WAIT_MILLIS = 50;

  private final long bytes;
  private final Semaphore kibibytes;

  GraphHeap(long bytes) {
    this.bytes = bytes;
    this.kibibytes = new Semaphore(Math.toIntExact(bytes >> 10), true);
  }

  /// A node of Lucene's graph on the heap, as measured with 236,000 rows and M 16 (280 bytes; the
  /// lists were two thirds full): objects, and 2 · M neighbours with their scores.
  static long rowBytes(int m) {
    return 160 + 16L * m;
  }

  /// Rows of the largest graph that may be built, at least some.
  long mostRows(int m) {
    return Math.max(1_000, bytes / rowBytes(m));
  }

  /// Waits until there is room for so many rows; returns early when `gone` says that nobody wants
  /// the graph any more. What is returned goes to [#release].
  int acquire(long rows, int m, BooleanSupplier gone) throws InterruptedException {
    int wanted = (int) (Math.min(rows * rowBytes(m), bytes) >> 10);
    while (!kibibytes.tryAcquire(wanted, WAIT_MILLIS, TimeUnit.MILLISECONDS)) {
      if (gone.getAsBoolean()) {
        return 0;
      }
    }
    return wanted;
  }

  void release(int acquired) {
    kibibytes.release(acquired);
  }
}
