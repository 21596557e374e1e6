package io.millrace.index;

import io.millrace.model.PayloadIndex;
import io.millrace.model.PayloadPath;
import io.millrace.model.PayloadSchema;
import io.millrace.payload.LeafPath;
import io.millrace.payload.Leaves.Kind;
import java.io.IOException;
import java.util.ArrayList;
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

  /// At most so many of them, within the segments.
  static List<PointLookup.Place> in(IndexReader reader, PayloadSchema schema, int most)
      throws IOException {
    List<PointLookup.Place> found = new ArrayList<>();
    for (LeafReaderContext context : reader.leaves()) {
      LeafReader leaf = context.reader();
      FixedBitSet docs = new FixedBitSet(leaf.maxDoc());
      boolean any = false;
      for (Map.Entry<PayloadPath, PayloadIndex> entry : schema.indexes().entrySet()) {
        Optional<LeafPath> path = LeafPath.of(entry.getKey());
        if (path.isPresent() && entry.getValue() instanceof PayloadIndex.Text(var options)) {
          FixedBitSet here = new FixedBitSet(leaf.maxDoc());
          for (Kind kind : List.of(Kind.SINGLE, Kind.ARRAY, Kind.ARRAY_WITH_NULL)) {
            each(leaf, Fields.LEAF, LeafTerms.kind(path.get(), kind), here, true);
          }
          each(leaf, Fields.TOKEN, LeafTerms.indexed(path.get(), options), here, false);
          docs.or(here);
          any = true;
        }
      }
      Bits live = leaf.getLiveDocs();
      if (!any) {
        continue;
      }
      for (int doc = next(docs, 0); doc >= 0; doc = next(docs, doc + 1)) {
        if (live == null || live.get(doc)) {
          found.add(new PointLookup.Place(context, doc));
          if (found.size() == most) {
            return found;
          }
        }
      }
    }
    return found;
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
