package io.millrace.index;

import io.millrace.model.PayloadIndex;
import io.millrace.model.PayloadPath;
import io.millrace.model.PayloadSchema;
import io.millrace.payload.LeafPath;
import io.millrace.payload.Leaves.Kind;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.lucene.index.IndexReader;
import org.apache.lucene.index.LeafReader;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.PostingsEnum;
import org.apache.lucene.index.Term;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.util.Bits;
import org.apache.lucene.util.BytesRef;
import org.apache.lucene.util.FixedBitSet;

/// The points that hold values at the path of a text index and were written before it was declared.
final class Unfilled {
  private Unfilled() {}

  /// @param counts how many of the points the index at a path lacks, where it lacks any
  record Found(List<PointLookup.Place> points, Map<PayloadPath, Long> counts) {}

  /// At most so many of them, within the segments.
  static Found in(IndexReader reader, PayloadSchema schema, int most) throws IOException {
    Found found = new Found(new ArrayList<>(), new HashMap<>());
    for (LeafReaderContext context : reader.leaves()) {
      LeafReader leaf = context.reader();
      Map<PayloadPath, FixedBitSet> lacking = lacking(leaf, schema);
      FixedBitSet docs = new FixedBitSet(leaf.maxDoc());
      lacking.values().forEach(docs::or);
      for (int doc = next(docs, 0); doc >= 0; doc = next(docs, doc + 1)) {
        found.points().add(new PointLookup.Place(context, doc));
        for (Map.Entry<PayloadPath, FixedBitSet> entry : lacking.entrySet()) {
          if (entry.getValue().get(doc)) {
            found.counts().merge(entry.getKey(), 1L, Long::sum);
          }
        }
        if (found.points().size() == most) {
          return found;
        }
      }
    }
    return found;
  }

  /// How many of them the index at a path lacks, where it lacks any.
  static Map<PayloadPath, Long> count(IndexReader reader, PayloadSchema schema) throws IOException {
    Map<PayloadPath, Long> counts = new HashMap<>();
    for (LeafReaderContext context : reader.leaves()) {
      lacking(context.reader(), schema)
          .forEach((path, docs) -> counts.merge(path, (long) docs.cardinality(), Long::sum));
    }
    return counts;
  }

  /// Live ones by the path of the index that lacks them.
  private static Map<PayloadPath, FixedBitSet> lacking(LeafReader leaf, PayloadSchema schema)
      throws IOException {
    Map<PayloadPath, FixedBitSet> lacking = new HashMap<>();
    for (Map.Entry<PayloadPath, PayloadIndex> entry : schema.indexes().entrySet()) {
      Optional<LeafPath> path = LeafPath.of(entry.getKey());
      if (path.isPresent() && entry.getValue() instanceof PayloadIndex.Text(var options)) {
        FixedBitSet docs = new FixedBitSet(leaf.maxDoc());
        for (Kind kind : List.of(Kind.SINGLE, Kind.ARRAY, Kind.ARRAY_WITH_NULL)) {
          each(leaf, Fields.LEAF, LeafTerms.kind(path.get(), kind), docs, true);
        }
        each(leaf, Fields.TOKEN, LeafTerms.indexed(path.get(), options), docs, false);
        Bits live = leaf.getLiveDocs();
        if (live != null) {
          live.applyMask(docs, 0);
        }
        if (!docs.scanIsEmpty()) {
          lacking.put(entry.getKey(), docs);
        }
      }
    }
    return lacking;
  }

  private static int next(FixedBitSet bits, int from) {
    if (from >= bits.length()) {
      return -1;
    }
    int doc = bits.nextSetBit(from);
    return doc == DocIdSetIterator.NO_MORE_DOCS ? -1 : doc;
  }

  private static void each(
      LeafReader leaf, String field, BytesRef term, FixedBitSet bits, boolean set)
      throws IOException {
    PostingsEnum docs = leaf.postings(new Term(field, term), PostingsEnum.NONE);
    if (docs == null) {
      return;
    }
    for (int doc = docs.nextDoc(); doc != DocIdSetIterator.NO_MORE_DOCS; doc = docs.nextDoc()) {
      if (set) {
        bits.set(doc);
      } else {
        bits.clear(doc);
      }
    }
  }
}
