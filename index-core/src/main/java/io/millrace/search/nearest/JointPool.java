package io.millrace.search.nearest;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// The best estimates of all segments of a search, best first: the pool a graph over all segments
/// would have. Later walks need not go where nothing as good as its last can be, and exact rows
/// decide once, over all segments. One search, one thread.
final class JointPool {
  /// Candidates decided before their errors say anything.
  private static final int DECIDED_AT_ONCE = 16;

  /// Rows decided between two looks at the bound: two calls of the four-row kernels.
  private static final int DECIDED_PER_LOOK = 8;

  /// Root mean squares of the errors seen that an estimate may be off: one in 740 is further off if
  /// they are normally distributed, and few of those are hits. With 4 instead, ef 64 decides 49
  /// rows instead of 39 and finds 0.0003 more.
  private static final double SAFE_DEVIATIONS = 3;

  /// A segment that has candidates in the pool.
  interface Source {
    /// Offers the first `count` candidates of a pool with their exact similarities to the hits;
    /// returns the sum of the squared errors of the estimates.
    double decide(long[] pool, int count, TopHits hits, Scratch scratch) throws IOException;

    /// An estimate on the scale of exact similarities.
    double exactScale(float estimate);
  }

  private final int capacity;
  private final long leastBound;
  private final List<Source> sources = new ArrayList<>();
  private long[] ranked = new long[0];
  private int[] sourceOf = new int[0];
  private int size;

  /// @param capacity candidates kept over all segments
  /// @param leastBound of the pool that this one will be added to
  JointPool(int capacity, long leastBound) {
    this.capacity = capacity;
    this.leastBound = leastBound;
  }

  /// What a candidate has to reach to be kept.
  long bound() {
    long own = size == capacity && size > 0 ? ranked[size - 1] : Long.MIN_VALUE;
    return Math.max(own, leastBound);
  }

  /// Takes up the candidates of a segment, the best `count` of which lie in `found`, best first.
  void add(Source source, long[] found, int count) {
    sources.add(source);
    int last = sources.size() - 1;
    int merged = (int) Math.min(capacity, (long) size + count);
    long[] both = new long[merged];
    int[] from = new int[merged];
    int old = 0;
    int fresh = 0;
    for (int i = 0; i < merged; i++) {
      boolean takesOld = fresh == count || old < size && ranked[old] >= found[fresh];
      both[i] = takesOld ? ranked[old] : found[fresh];
      from[i] = takesOld ? sourceOf[old++] : last;
      fresh += takesOld ? 0 : 1;
    }
    ranked = both;
    sourceOf = from;
    size = merged;
  }

  /// Takes up what a pool of one segment at most has found on another thread, which is done with
  /// it.
  void addAll(JointPool found) {
    if (found.size > 0) {
      add(found.sources.getFirst(), found.ranked, found.size);
    }
  }

  /// Looks at the candidates with raw rows, best estimates first, and offers them to the hits.
  /// Stops once the next estimate lies so far behind the last hit that no error seen so far would
  /// help.
  void decide(TopHits hits, Scratch scratch) throws IOException {
    double squaredErrors = 0;
    int decided = 0;
    while (decided < size) {
      int block = Math.min(decided == 0 ? DECIDED_AT_ONCE : DECIDED_PER_LOOK, size - decided);
      for (int source = 0; source < sources.size(); source++) {
        int count = 0;
        for (int i = decided; i < decided + block; i++) {
          if (sourceOf[i] == source) {
            scratch.pool[count++] = ranked[i];
          }
        }
        if (count > 0) {
          squaredErrors += sources.get(source).decide(scratch.pool, count, hits, scratch);
        }
      }
      decided += block;
      if (decided < size) {
        double margin = SAFE_DEVIATIONS * Math.sqrt(squaredErrors / decided);
        Source next = sources.get(sourceOf[decided]);
        if (next.exactScale(Ranked.similarity(ranked[decided])) + margin < hits.bound()) {
          return;
        }
      }
    }
  }

  /// For tests: the candidates kept, best first.
  long[] candidates() {
    return Arrays.copyOf(ranked, size);
  }
}
