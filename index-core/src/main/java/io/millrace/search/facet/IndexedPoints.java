package io.millrace.search.facet;

import io.millrace.index.Fields;
import io.millrace.index.LeafTerms;
import io.millrace.model.Condition;
import io.millrace.model.Deadline;
import io.millrace.model.Filter;
import io.millrace.model.PayloadIndex;
import io.millrace.model.PayloadPath;
import io.millrace.model.PayloadSchema;
import io.millrace.model.PointId;
import io.millrace.model.Scalar;
import io.millrace.payload.LeafPath;
import io.millrace.search.filter.MatchingDocs;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import org.apache.lucene.index.IndexReader;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.PostingsEnum;
import org.apache.lucene.index.Terms;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.util.Bits;
import org.apache.lucene.util.FixedBitSet;

/// How many points have a value that an index answers for; a text index does for all of them while
/// it is still being filled. Remembers the counts of segments, so that only changed ones are
/// counted again. Safe for many threads.
public final class IndexedPoints {
  /// Points read between two looks at the deadline.
  private static final int CHECK_EVERY = 256;

  private static final double EVERYWHERE_METRES = 1e9;

  private record Asked(IndexReader.CacheKey segment, PayloadPath path, PayloadIndex index) {}

  private Map<Asked, Long> known = Map.of(); // under this

  /// By path.
  public synchronized Map<PayloadPath, Long> of(
      IndexReader reader, PayloadSchema schema, MatchingDocs filters, Deadline deadline)
      throws IOException {
    Map<Asked, Long> now = new HashMap<>();
    Map<PayloadPath, Long> counts = new HashMap<>();
    for (Map.Entry<PayloadPath, PayloadIndex> entry : schema.indexes().entrySet()) {
      PayloadPath path = entry.getKey();
      PayloadIndex index = entry.getValue();
      long count = 0;
      for (LeafReaderContext leaf : reader.leaves()) {
        deadline.check();
        IndexReader.CacheHelper helper = leaf.reader().getReaderCacheHelper();
        if (helper == null) {
          count += count(leaf, path, index, filters, deadline);
          continue;
        }
        Asked asked = new Asked(helper.getKey(), path, index);
        Long before = known.get(asked);
        long points = before == null ? count(leaf, path, index, filters, deadline) : before;
        now.put(asked, points);
        count += points;
      }
      counts.put(path, count);
    }
    known = now;
    return counts;
  }

  private static long count(
      LeafReaderContext leaf,
      PayloadPath path,
      PayloadIndex index,
      MatchingDocs filters,
      Deadline deadline)
      throws IOException {
    Optional<LeafPath> terms = LeafPath.of(path);
    if (terms.isPresent()) {
      switch (index) {
        case PayloadIndex.Keyword _, PayloadIndex.Text _ -> {
          return withTerms(leaf, terms.get(), "s").cardinality();
        }
        case PayloadIndex.Whole _ -> {
          return withTerms(leaf, terms.get(), "if").cardinality();
        }
        case PayloadIndex.Uuid _ -> {
          return withTerms(leaf, terms.get(), "su").cardinality();
        }
        case PayloadIndex.Decimal _,
            PayloadIndex.Geo _,
            PayloadIndex.Bool _,
            PayloadIndex.DateTime _ -> {}
      }
    }
    if (index instanceof PayloadIndex.Whole || index instanceof PayloadIndex.Uuid) {
      return byReading(leaf, path, index, deadline);
    }
    return filters.of(Filter.must(holds(path, index)), deadline).matching(leaf).cardinality();
  }

  /// For paths that the index can not tell.
  private static long byReading(
      LeafReaderContext leaf, PayloadPath path, PayloadIndex index, Deadline deadline)
      throws IOException {
    Bits live = leaf.reader().getLiveDocs();
    long count = 0;
    for (int doc = 0; doc < leaf.reader().maxDoc(); doc++) {
      if (doc % CHECK_EVERY == 0) {
        deadline.check();
      }
      if ((live == null || live.get(doc))
          && !FacetCounts.scalars(leaf, doc, path, index).isEmpty()) {
        count++;
      }
    }
    return count;
  }

  private static Condition holds(PayloadPath path, PayloadIndex index) {
    return switch (index) {
      case PayloadIndex.Keyword _, PayloadIndex.Text _ -> new Condition.MatchPrefix(path, "");
      case PayloadIndex.Whole _, PayloadIndex.Uuid _ ->
          throw new IllegalArgumentException("no condition asks for exactly these: " + index);
      case PayloadIndex.Decimal _ ->
          new Condition.NumberRange(
              path,
              OptionalDouble.empty(),
              OptionalDouble.empty(),
              OptionalDouble.empty(),
              OptionalDouble.empty());
      case PayloadIndex.DateTime _ ->
          new Condition.DateRange(
              path,
              OptionalLong.empty(),
              OptionalLong.empty(),
              OptionalLong.empty(),
              OptionalLong.empty());
      case PayloadIndex.Bool _ ->
          new Condition.MatchAny(path, List.of(new Scalar.Bool(true), new Scalar.Bool(false)));
      case PayloadIndex.Geo _ -> new Condition.GeoRadius(path, 0, 0, EVERYWHERE_METRES);
    };
  }

  /// Live points with a term of one of those types; strings must be UUIDs where `u` is among them.
  private static FixedBitSet withTerms(LeafReaderContext leaf, LeafPath path, String types)
      throws IOException {
    FixedBitSet found = new FixedBitSet(leaf.reader().maxDoc());
    Terms terms = leaf.reader().terms(Fields.LEAF);
    if (terms == null) {
      return found;
    }
    Bits live = leaf.reader().getLiveDocs();
    boolean uuids = types.indexOf('u') >= 0;
    for (char type : types.toCharArray()) {
      TermCursor cursor = TermCursor.at(leaf, live, terms.iterator(), LeafTerms.prefix(path, type));
      while (cursor != null) {
        if (!uuids || (cursor.isWhole() && PointId.parseUuid(cursor.text()).isPresent())) {
          PostingsEnum docs = cursor.postings();
          for (int doc = docs.nextDoc();
              doc != DocIdSetIterator.NO_MORE_DOCS;
              doc = docs.nextDoc()) {
            if (cursor.accepts(doc)) {
              found.set(doc);
            }
          }
        }
        cursor = cursor.advance() ? cursor : null;
      }
    }
    return found;
  }
}
