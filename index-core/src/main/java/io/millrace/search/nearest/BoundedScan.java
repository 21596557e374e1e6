package io.millrace.search.nearest;

import java.io.IOException;

/// A scan that looks at those raw rows only which may still be hits; it finds what a plain one
/// does.
final class BoundedScan {
  private static final int FIRST_BLOCK = 16;

  private final ExactRows exact;
  private final Matching matching;
  private final TopHits hits;
  private final Scratch scratch;
  private final Cancellation cancellation;

  BoundedScan(
      ExactRows exact,
      Matching matching,
      TopHits hits,
      Scratch scratch,
      Cancellation cancellation) {
    this.exact = exact;
    this.matching = matching;
    this.hits = hits;
    this.scratch = scratch;
    this.cancellation = cancellation;
  }

  /// Returns how many raw rows it looked at. Blocks grow as what bounds them does: with each
  /// doubling of what was seen, about as many rows as are wanted get among the best.
  ///
  /// @param atMost what the exact similarities are at most
  long run(RowScorer atMost) throws IOException {
    long read = 0;
    int block = FIRST_BLOCK;
    matching.rewind();
    for (int count = matching.nextBlock(scratch.ordinals, block);
        count > 0;
        count = matching.nextBlock(scratch.ordinals, block)) {
      cancellation.check();
      int possible = keepPossible(atMost, count);
      exact.offerAll(possible, hits, scratch);
      read += possible;
      block = Math.min(2 * block, Scratch.BLOCK);
    }
    return read;
  }

  /// Leaves those of the scratch's first ordinals in front that may be hits; returns how many.
  private int keepPossible(RowScorer atMost, int count) {
    float bound = hits.bound();
    if (bound == Float.NEGATIVE_INFINITY) {
      return count;
    }
    atMost.score(scratch.ordinals, count, scratch.scores);
    int kept = 0;
    for (int i = 0; i < count; i++) {
      scratch.ordinals[kept] = scratch.ordinals[i];
      kept += scratch.scores[i] < bound ? 0 : 1; // kept where nothing is known
    }
    return kept;
  }
}
