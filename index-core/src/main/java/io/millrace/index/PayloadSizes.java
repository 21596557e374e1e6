package io.millrace.index;

import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import org.apache.lucene.index.IndexReader;
import org.apache.lucene.index.LeafReader;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.NumericDocValues;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.util.Bits;

/// How much the live payloads of a reader take. Remembers the sums of its segments, so that only
/// changed ones are added up again. Safe for many threads.
public final class PayloadSizes {
  private Map<IndexReader.CacheKey, Long> known = Map.of(); // under this

  /// Bytes as JSON.
  public synchronized long of(IndexReader reader) throws IOException {
    Map<IndexReader.CacheKey, Long> now = new HashMap<>();
    long all = 0;
    for (LeafReaderContext context : reader.leaves()) {
      LeafReader leaf = context.reader();
      IndexReader.CacheHelper helper = leaf.getReaderCacheHelper();
      Long sum = helper == null ? null : known.get(helper.getKey());
      long bytes = sum == null ? sum(leaf) : sum;
      if (helper != null) {
        now.put(helper.getKey(), bytes);
      }
      all += bytes;
    }
    known = now;
    return all;
  }

  private static long sum(LeafReader leaf) throws IOException {
    NumericDocValues sizes = leaf.getNumericDocValues(Fields.PAYLOAD_BYTES);
    if (sizes == null) {
      return 0;
    }
    Bits live = leaf.getLiveDocs();
    long sum = 0;
    for (int doc = sizes.nextDoc(); doc != DocIdSetIterator.NO_MORE_DOCS; doc = sizes.nextDoc()) {
      if (live == null || live.get(doc)) {
        sum += sizes.longValue();
      }
    }
    return sum;
  }
}
