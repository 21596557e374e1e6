package io.millrace.search.nearest;

import java.util.Arrays;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.atomic.AtomicInteger;

/// The memory a search works in, used again by later searches: nothing is allocated per hop. Arrays
/// grow with the candidates kept and with the rows of the largest segment (one bit each).
final class Scratch {
  /// Enough for the searching threads of a machine; what is above is left to the collector.
  private static final int KEPT = Math.max(8, 2 * Runtime.getRuntime().availableProcessors());

  /// A larger pool or heap than this is not kept: 8 MiB.
  private static final int LARGEST_KEPT = 1 << 20;

  private static final ConcurrentLinkedDeque<Scratch> POOL = new ConcurrentLinkedDeque<>();
  private static final AtomicInteger POOLED = new AtomicInteger();

  /// Rows scored in one call while scanning.
  static final int BLOCK = 256;

  int[] ordinals = new int[BLOCK];
  int[] places = new int[BLOCK];
  float[] scores = new float[BLOCK];
  long[] pool = new long[256];
  long[] batch = new long[BLOCK];

  /// What was read ahead of its use, summed: kept so that no compiler leaves the reads out.
  int touched;

  final LongHeap heap = new LongHeap();
  private long[] visited = new long[0];

  private Scratch() {}

  static Scratch take() {
    Scratch scratch = POOL.pollFirst();
    if (scratch == null) {
      return new Scratch();
    }
    POOLED.decrementAndGet();
    return scratch;
  }

  void giveBack() {
    if (pool.length > LARGEST_KEPT || heap.capacity() > LARGEST_KEPT) {
      return;
    }
    if (POOLED.incrementAndGet() > KEPT) {
      POOLED.decrementAndGet();
      return;
    }
    POOL.addFirst(this);
  }

  /// Forgets all visits and makes room for `rows` of them. One bit a row: a million rows are
  /// cleared in the time of some 50 scored rows.
  void clearVisited(int rows) {
    int words = (rows + 63) >>> 6;
    if (visited.length < words) {
      visited = new long[words];
    } else {
      Arrays.fill(visited, 0, words, 0);
    }
  }

  /// Whether the row was not visited before.
  boolean visit(int ordinal) {
    long before = visited[ordinal >>> 6];
    visited[ordinal >>> 6] = before | 1L << ordinal;
    return (before & 1L << ordinal) == 0;
  }

  /// Visits the first `count` ordinals and moves those seen for the first time to the front;
  /// returns their number. Without a branch per ordinal: about every second one is new, which no
  /// processor guesses.
  int keepUnvisited(int count) {
    int fresh = 0;
    for (int i = 0; i < count; i++) {
      int ordinal = ordinals[i];
      long before = visited[ordinal >>> 6];
      visited[ordinal >>> 6] = before | 1L << ordinal;
      ordinals[fresh] = ordinal;
      fresh += (int) (~(before >>> ordinal) & 1);
    }
    return fresh;
  }

  void ensureBlock(int length) {
    if (ordinals.length < length) {
      ordinals = new int[length];
      places = new int[length];
      scores = new float[length];
      batch = new long[length];
    }
  }

  void ensurePool(int length) {
    if (pool.length < length) {
      pool = new long[length];
    }
  }
}
