package io.millrace.search.nearest;

/// What one search's walks of several segments know of each other: the best `ef` candidates of all
/// pools so far. A candidate behind the last of them would not be in the pool of a graph over all
/// segments, so a later walk need not expand it. One search, one thread.
final class PoolBound {
  private static final int LEAST_EXPANSIONS = 16;

  private final LongHeap best;
  private int ef;
  private PathChoice.Steering steering = PathChoice.Steering.RAW;

  /// @param best emptied and used
  PoolBound(LongHeap best) {
    this.best = best;
    best.clear();
  }

  /// Nodes a walk expands whatever the bound: before it has come near the query, all it knows lies
  /// behind it. With 8 instead of 16 the recall of eight segments falls so much that equal recall
  /// costs twice as much.
  static int leastExpansions(int ef) {
    return Math.max(LEAST_EXPANSIONS, ef / 4);
  }

  /// The bound of a walk with `ef` candidates. Similarities and estimates of other kinds do not
  /// compare: then there is none.
  long of(int ef, PathChoice.Steering steering) {
    return steering == this.steering && ef <= this.ef && best.size() >= this.ef
        ? best.top()
        : Long.MIN_VALUE;
  }

  /// Takes up what a walk has found.
  void add(int ef, PathChoice.Steering steering, long[] pool, int size) {
    if (steering != this.steering || ef != this.ef) {
      best.clear();
      this.steering = steering;
      this.ef = ef;
    }
    for (int i = 0; i < size; i++) {
      if (best.size() < ef) {
        best.push(pool[i]);
      } else if (pool[i] > best.top()) {
        best.replaceTop(pool[i]);
      } else {
        break; // the pool is sorted
      }
    }
  }
}
