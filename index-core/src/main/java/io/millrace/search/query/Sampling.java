package io.millrace.search.query;

import io.millrace.model.Deadline;
import io.millrace.search.nearest.SegmentFilter;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.apache.lucene.index.LeafReaderContext;

/// Draws matching documents at random, each with the same chance, in random order.
final class Sampling {
  private Sampling() {}

  /// A reservoir: of the first `n` matching documents every one is in it with chance `limit / n`.
  static int[] draw(
      List<LeafReaderContext> leaves, SegmentFilter filter, int limit, long seed, Deadline deadline)
      throws IOException {
    SplittableRandom random = new SplittableRandom(seed);
    Reservoir reservoir = new Reservoir(limit, random);
    DocBlocks.walk(
        leaves,
        filter,
        deadline,
        (leaf, docs, count) -> {
          for (int i = 0; i < count; i++) {
            reservoir.offer(leaf.docBase + docs[i]);
          }
        });
    return reservoir.shuffled();
  }

  private static final class Reservoir {
    private final int limit;
    private final SplittableRandom random;
    private int[] kept = new int[64];
    private int seen;

    Reservoir(int limit, SplittableRandom random) {
      this.limit = limit;
      this.random = random;
    }

    void offer(int doc) {
      seen++;
      if (seen <= limit) {
        if (seen > kept.length) {
          kept = Arrays.copyOf(kept, (int) Math.min(limit, 2L * kept.length));
        }
        kept[seen - 1] = doc;
        return;
      }
      int place = random.nextInt(seen);
      if (place < limit) {
        kept[place] = doc;
      }
    }

    int[] shuffled() {
      int[] drawn = Arrays.copyOf(kept, Math.min(seen, limit));
      for (int i = drawn.length - 1; i > 0; i--) {
        int j = random.nextInt(i + 1);
        int swapped = drawn[i];
        drawn[i] = drawn[j];
        drawn[j] = swapped;
      }
      return drawn;
    }
  }
}
