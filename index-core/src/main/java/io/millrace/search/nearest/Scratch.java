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
  final LongHeap heap = new LongHeap();
  private long[] visited = new long[0];
  private int[] touchedWords = new int[1_024];
  private int touched;

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

  /// Forgets all visits and makes room for `rows` of them.
  void clearVisited(int rows) {
    int words = (rows + 63) >>> 6;
    if (touched <= touchedWords.length) {
      for (int i = 0; i < touched; i++) {
        visited[touchedWords[i]] = 0;
      }
    } else {
      Arrays.fill(visited, 0);
    }
    touched = 0;
    if (visited.length < words) {
      visited = new long[words];
    }
  }

  /// Whether this is the first visit.
  boolean visit(int ordinal) {
    int word = ordinal >>> 6;
    long before = visited[word];
    long bit = 1L << ordinal;
    if ((before & bit) != 0) {
      return false;
    }
    if (before == 0) {
      touch(word);
    }
    visited[word] = before | bit;
    return true;
  }

  private void touch(int word) {
    if (touched < touchedWords.length) {
      touchedWords[touched] = word;
    } else if (touchedWords.length < visited.length / 4) {
      touchedWords = Arrays.copyOf(touchedWords, 2 * touchedWords.length);
      touchedWords[touched] = word;
    }
    touched++;
  }

  void ensureBlock(int length) {
    if (ordinals.length < length) {
      ordinals = new int[length];
      places = new int[length];
      scores = new float[length];
    }
  }

  void ensurePool(int length) {
    if (pool.length < length) {
      pool = new long[length];
    }
  }
}
