package io.millrace.search.filter;

import io.millrace.model.Deadline;
import io.millrace.model.Filter;
import java.io.IOException;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.lucene.index.IndexReader;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.ScoreMode;
import org.apache.lucene.search.Scorer;
import org.apache.lucene.search.Weight;
import org.apache.lucene.util.BitSet;
import org.apache.lucene.util.Bits;
import org.apache.lucene.util.FixedBitSet;
import org.jspecify.annotations.Nullable;

/// Which documents match a filter, remembered per segment. Segments never change but for deletes,
/// which are taken out afterwards. The least recently used sets go when the budget is full; a
/// segment takes its sets along when it is closed. Safe for use by several threads.
public final class FilterCache {
  /// For all collections of a process.
  private static final long BUDGET_BYTES = 64L << 20;

  /// Documents looked at between two looks at the deadline.
  private static final int CHECK_EVERY = 1_024;

  private record Key(IndexReader.CacheKey segment, Filter filter) {}

  private final LinkedHashMap<Key, FixedBitSet> sets = // under this
      new LinkedHashMap<>(16, 0.75f, true);
  private final Map<IndexReader.CacheKey, Boolean> watched = new HashMap<>(); // under this
  private long bytes; // under this

  /// The documents of one filter in the segments of one reader; use it from one thread.
  public final class Matching {
    private final Filter filter;
    private final Deadline deadline;
    private final IndexSearcher searcher;
    private final Map<LeafReaderContext, FixedBitSet> found = new HashMap<>();
    private @Nullable Weight weight;

    private Matching(IndexReader reader, Filter filter, Deadline deadline) {
      this.searcher = new IndexSearcher(reader);
      searcher.setQueryCache(null);
      this.filter = filter;
      this.deadline = deadline;
    }

    /// The matching live documents of a segment.
    public BitSet in(LeafReaderContext leaf) throws IOException {
      FixedBitSet known = found.get(leaf);
      if (known == null) {
        known = live(leaf, raw(leaf));
        found.put(leaf, known);
      }
      return known;
    }

    private FixedBitSet raw(LeafReaderContext leaf) throws IOException {
      IndexReader.CacheHelper helper = leaf.reader().getCoreCacheHelper();
      if (helper == null) {
        return compute(leaf);
      }
      Key key = new Key(helper.getKey(), filter);
      FixedBitSet cached = get(key);
      if (cached == null) {
        cached = compute(leaf);
        put(key, helper, cached);
      }
      return cached;
    }

    private static FixedBitSet live(LeafReaderContext leaf, FixedBitSet all) {
      Bits live = leaf.reader().getLiveDocs();
      if (live == null) {
        return all;
      }
      FixedBitSet kept = all.clone();
      live.applyMask(kept, 0);
      return kept;
    }

    private FixedBitSet compute(LeafReaderContext leaf) throws IOException {
      if (weight == null) {
        Query query = searcher.rewrite(FilterCompiler.compile(filter));
        weight = searcher.createWeight(query, ScoreMode.COMPLETE_NO_SCORES, 1);
      }
      FixedBitSet set = new FixedBitSet(leaf.reader().maxDoc());
      Scorer scorer = weight.scorer(leaf);
      if (scorer == null) {
        return set;
      }
      DocIdSetIterator docs = scorer.iterator();
      int seen = 0;
      for (int doc = docs.nextDoc(); doc != DocIdSetIterator.NO_MORE_DOCS; doc = docs.nextDoc()) {
        set.set(doc);
        if (++seen % CHECK_EVERY == 0) {
          deadline.check();
        }
      }
      return set;
    }
  }

  public Matching matching(IndexReader reader, Filter filter, Deadline deadline) {
    return new Matching(reader, filter, deadline);
  }

  private synchronized @Nullable FixedBitSet get(Key key) {
    return sets.get(key);
  }

  private void put(Key key, IndexReader.CacheHelper helper, FixedBitSet set) {
    boolean first;
    synchronized (this) {
      if (set.ramBytesUsed() > BUDGET_BYTES / 4) {
        return;
      }
      FixedBitSet before = sets.put(key, set);
      bytes += set.ramBytesUsed() - (before == null ? 0 : before.ramBytesUsed());
      var oldest = sets.entrySet().iterator();
      while (bytes > BUDGET_BYTES) {
        bytes -= oldest.next().getValue().ramBytesUsed();
        oldest.remove();
      }
      first = watched.put(key.segment(), true) == null;
    }
    if (first) {
      helper.addClosedListener(this::forget);
    }
  }

  private synchronized void forget(IndexReader.CacheKey segment) {
    watched.remove(segment);
    sets.entrySet()
        .removeIf(entry -> {
          boolean gone = entry.getKey().segment() == segment;
          if (gone) {
            bytes -= entry.getValue().ramBytesUsed();
          }
          return gone;
        });
  }
}
