package io.millrace.index;

import io.millrace.codec.graph.GrowingGraph;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;

/// What graphs may take of the heap while merges build them: a node costs its lists of neighbours
/// until the graph is written. A merge stays below all of it by its number of rows; merges of
/// several collections that do not fit beside each other wait for one another.
final class GraphHeap {
  /// Half of the largest heap.
  static final GraphHeap OF_PROCESS = new GraphHeap(Runtime.getRuntime().maxMemory() / 2);

  private static final int WAIT_MILLIS = 50;

  private final long bytes;
  private final Semaphore kibibytes;

  /// Held by the merge that waits for room: small ones do not overtake a large one for ever.
  private final ReentrantLock turn = new ReentrantLock(true);

  GraphHeap(long bytes) {
    this.bytes = bytes;
    this.kibibytes = new Semaphore(Math.toIntExact(bytes >> 10), true);
  }

  /// Rows of the largest graph that may be built, at least some.
  long mostRows(int m) {
    return Math.max(1_000, bytes / GrowingGraph.rowBytes(m));
  }

  /// Waits until there is room for so many rows; returns early when `gone` says that nobody wants
  /// the graph any more. What is returned goes to [#release].
  int acquire(long rows, int m, BooleanSupplier gone) throws InterruptedException {
    int wanted = (int) (Math.min(rows * GrowingGraph.rowBytes(m), bytes) >> 10);
    while (!turn.tryLock(WAIT_MILLIS, TimeUnit.MILLISECONDS)) {
      if (gone.getAsBoolean()) {
        return 0;
      }
    }
    try {
      while (!kibibytes.tryAcquire(wanted, WAIT_MILLIS, TimeUnit.MILLISECONDS)) {
        if (gone.getAsBoolean()) {
          return 0;
        }
      }
      return wanted;
    } finally {
      turn.unlock();
    }
  }

  void release(int acquired) {
    kibibytes.release(acquired);
  }
}
