package io.millrace.search.filter;

import io.millrace.model.Deadline;
import io.millrace.model.Filter;
import io.millrace.model.PayloadSchema;
import io.millrace.payload.IndexMeanings;
import java.io.IOException;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.lucene.index.IndexReader;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.search.BulkScorer;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.LeafCollector;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.Scorable;
import org.apache.lucene.search.ScoreMode;
import org.apache.lucene.search.Weight;
import org.apache.lucene.util.BitSet;
import org.apache.lucene.util.BitSetIterator;
import org.apache.lucene.util.Bits;
import org.apache.lucene.util.FixedBitSet;
import org.apache.lucene.util.SparseFixedBitSet;
import org.jspecify.annotations.Nullable;

/// Which documents of a segment match a filter, as bits; segments do not change, so the answer is
/// kept for the next request with the same filter, within a budget, least recently used out first.
/// Deleted documents are taken out afterwards, as deletes do change. Safe for many threads.
public final class MatchingDocs {
  // Documents between two looks at the deadline; reading a payload may take 50 microseconds.
  private static final int WINDOW = 2_048;

  // Fewer matches than one in so many are kept in the sparse form, which is then smaller.
  private static final int SPARSE = 128;

  private record Key(IndexReader.CacheKey segment, Filter filter, PayloadSchema schema) {}

  private record Kept(BitSet bits, long bytes) {}

  private final long budgetBytes;

  // Guarded by itself, in order of use.
  private final LinkedHashMap<Key, Kept> kept = new LinkedHashMap<>(16, 0.75f, true);
  private final java.util.Set<IndexReader.CacheKey> watched = new java.util.HashSet<>();
  private long keptBytes;

  /// @param budgetBytes how much memory the kept answers may take; 0 keeps none
  public MatchingDocs(long budgetBytes) {
    this.budgetBytes = budgetBytes;
  }

  /// One request's filter. May be asked by several threads, each segment by one.
  public final class Matches {
    private final Filter filter;
    private final PayloadSchema schema;
    private final Query query;
    private final Deadline deadline;

    private Matches(Filter filter, PayloadSchema schema, Deadline deadline) {
      this.filter = filter;
      this.schema = schema;
      this.query = FilterCompiler.compile(filter, new IndexMeanings(schema));
      this.deadline = deadline;
    }

    /// The matching documents that are not deleted; its cardinality is exact. Not to be written to.
    /// Throws [io.millrace.model.Failure.TimedOut] when the deadline passes on the way.
    public BitSet matching(LeafReaderContext leaf) throws IOException {
      IndexReader.CacheHelper helper = leaf.reader().getCoreCacheHelper();
      Key key = helper == null ? null : new Key(helper.getKey(), filter, schema);
      BitSet bits = key == null ? null : find(key);
      if (bits == null) {
        bits = compute(query, leaf, deadline);
        if (helper != null && key != null) {
          keep(key, helper, bits, filter);
        }
      }
      Bits live = leaf.reader().getLiveDocs();
      return live == null ? bits : onlyLive(bits, live);
    }
  }

  /// Compiles the filter; nothing is searched yet.
  ///
  /// @param schema the declared payload indexes, which change what some conditions mean
  public Matches of(Filter filter, PayloadSchema schema, Deadline deadline) {
    return new Matches(filter, schema, deadline);
  }

  /// As without any declared index.
  public Matches of(Filter filter, Deadline deadline) {
    return of(filter, PayloadSchema.NONE, deadline);
  }

  /// Bytes of all kept answers, by estimate.
  public long keptBytes() {
    synchronized (kept) {
      return keptBytes;
    }
  }

  private static BitSet compute(Query query, LeafReaderContext leaf, Deadline deadline)
      throws IOException {
    int docs = leaf.reader().maxDoc();
    FixedBitSet bits = new FixedBitSet(docs);
    IndexSearcher searcher = new IndexSearcher(leaf.reader());
    searcher.setQueryCache(null);
    Weight weight =
        searcher.createWeight(searcher.rewrite(query), ScoreMode.COMPLETE_NO_SCORES, 1f);
    BulkScorer scorer = weight.bulkScorer(searcher.getLeafContexts().getFirst());
    if (scorer != null) {
      LeafCollector collector =
          new LeafCollector() {
            @Override
            public void setScorer(Scorable ignored) {}

            @Override
            public void collect(int doc) {
              bits.set(doc);
            }

            @Override
            public void collectRange(int from, int to) {
              bits.set(from, to);
            }
          };
      int next = 0;
      while (next < docs) {
        deadline.check();
        int to = Math.min(docs, next + WINDOW);
        next = Math.max(to, scorer.score(collector, null, next, to));
      }
    }
    int matches = bits.cardinality();
    if (matches >= docs / SPARSE) {
      return bits;
    }
    SparseFixedBitSet sparse = new SparseFixedBitSet(docs);
    sparse.or(new BitSetIterator(bits, matches));
    return sparse;
  }

  private static BitSet onlyLive(BitSet bits, Bits live) throws IOException {
    if (bits instanceof FixedBitSet fixed) {
      FixedBitSet result = fixed.clone();
      live.applyMask(result, 0);
      return result;
    }
    SparseFixedBitSet result = new SparseFixedBitSet(bits.length());
    DocIdSetIterator all = new BitSetIterator(bits, 0);
    for (int doc = all.nextDoc(); doc != DocIdSetIterator.NO_MORE_DOCS; doc = all.nextDoc()) {
      if (live.get(doc)) {
        result.set(doc);
      }
    }
    return result;
  }

  private @Nullable BitSet find(Key key) {
    synchronized (kept) {
      Kept found = kept.get(key);
      return found == null ? null : found.bits;
    }
  }

  private void keep(Key key, IndexReader.CacheHelper helper, BitSet bits, Filter filter) {
    long bytes = bits.ramBytesUsed() + 256 + FilterSize.bytes(filter);
    if (bytes > budgetBytes / 4) {
      return; // one answer must not push out all others
    }
    boolean first;
    synchronized (kept) {
      Kept before = kept.put(key, new Kept(bits, bytes));
      keptBytes += bytes - (before == null ? 0 : before.bytes);
      Iterator<Map.Entry<Key, Kept>> oldest = kept.entrySet().iterator();
      while (keptBytes > budgetBytes) {
        keptBytes -= oldest.next().getValue().bytes;
        oldest.remove();
      }
      first = watched.add(key.segment);
    }
    if (first) {
      helper.addClosedListener(this::forget);
    }
  }

  private void forget(IndexReader.CacheKey segment) {
    synchronized (kept) {
      watched.remove(segment);
      Iterator<Map.Entry<Key, Kept>> all = kept.entrySet().iterator();
      while (all.hasNext()) {
        Map.Entry<Key, Kept> entry = all.next();
        if (entry.getKey().segment.equals(segment)) {
          keptBytes -= entry.getValue().bytes;
          all.remove();
        }
      }
    }
  }
}
