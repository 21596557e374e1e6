package io.millrace.search.nearest;

import io.millrace.codec.VectorSegment;
import java.io.IOException;

/// The raw rows of a segment that decide: they give exact similarities to candidates and offer them
/// to the hits. One thread at a time.
final class ExactRows implements JointPool.Source {
  private final int leaf;
  private final Target target;
  private final Matching matching;
  private final RowScorer scorer;

  ExactRows(VectorSegment segment, int leaf, Target target, Matching matching) {
    this.leaf = leaf;
    this.target = target;
    this.matching = matching;
    this.scorer = target.exact(segment);
  }

  RowScorer scorer() {
    return scorer;
  }

  @Override
  public double decide(long[] pool, int count, TopHits hits, Scratch scratch) throws IOException {
    double squaredErrors = 0;
    for (int from = 0; from < count; from += Scratch.BLOCK) {
      int block = Math.min(Scratch.BLOCK, count - from);
      for (int i = 0; i < block; i++) {
        scratch.ordinals[i] = Ranked.ordinal(pool[from + i]);
      }
      offerAll(block, hits, scratch);
      for (int i = 0; i < block; i++) {
        double error = scratch.scores[i] - exactScale(Ranked.similarity(pool[from + i]));
        squaredErrors += error * error;
      }
    }
    return squaredErrors;
  }

  @Override
  public double exactScale(float estimate) {
    return target.exactScale(estimate);
  }

  /// Scores the first `count` ordinals of the scratch and offers them.
  void offerAll(int count, TopHits hits, Scratch scratch) throws IOException {
    scorer.score(scratch.ordinals, count, scratch.scores);
    for (int i = 0; i < count; i++) {
      offer(scratch.scores[i], scratch.ordinals[i], hits);
    }
  }

  /// Offers a row of a known similarity.
  void offer(float similarity, int ordinal, TopHits hits) throws IOException {
    if (similarity >= hits.bound()) {
      hits.offer(similarity, leaf, matching.doc(ordinal));
    }
  }
}
