package io.millrace.search.sparse;

import io.millrace.codec.sparse.PostingList;
import io.millrace.codec.sparse.SparseSegment;
import io.millrace.model.VectorValue;
import io.millrace.search.nearest.SegmentFilter;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.apache.lucene.index.BinaryDocValues;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.util.BitSet;
import org.apache.lucene.util.Bits;

/// Weights of a query by how rare its indices are among the live points of a corpus: `ln((N − df +
/// ½) / (df + ½) + 1)`, N points with a vector that is not empty, df of them with the index
/// (behaviour.md 15). Counts are exact, deletes included.
public final class Rarity {
  private Rarity() {}

  /// @param corpus asked only for segments with deletes, or where it is not all live points
  public static SparseQuery weighted(
      VectorValue.Sparse vector, List<LeafReaderContext> leaves, String field, SegmentFilter corpus)
      throws IOException {
    int[] indices = vector.indices();
    long points = 0;
    long[] having = new long[indices.length];
    for (LeafReaderContext leaf : leaves) {
      Optional<SparseSegment> found = SparseSegment.of(leaf.reader(), field);
      if (found.isEmpty()) {
        continue;
      }
      BitSet some = corpus.matching(leaf);
      Bits accepted = some == null ? leaf.reader().getLiveDocs() : some;
      SparseSegment segment = found.get();
      points += accepted == null ? segment.filled() : filled(leaf, field, segment, accepted);
      for (int i = 0; i < indices.length; i++) {
        Optional<PostingList> list = segment.list(indices[i]);
        if (list.isPresent()) {
          having[i] += accepted == null ? list.get().size() : count(list.get(), accepted);
        }
      }
    }
    float[] weights = new float[indices.length];
    for (int i = 0; i < weights.length; i++) {
      weights[i] = vector.values()[i] * factor(points, having[i]);
    }
    return new SparseQuery(indices, weights);
  }

  /// In float32, as Qdrant.
  static float factor(long points, long having) {
    float n = points;
    float df = having;
    return (float) Math.log((n - df + 0.5f) / (df + 0.5f) + 1.0f);
  }

  private static int count(PostingList list, Bits accepted) throws IOException {
    int count = 0;
    for (int block = 0; block < list.blocks(); block++) {
      int n = list.load(block);
      for (int i = 0; i < n; i++) {
        count += accepted.get(list.docs()[i]) ? 1 : 0;
      }
    }
    return count;
  }

  /// How many accepted documents have a vector that is not empty.
  private static long filled(
      LeafReaderContext leaf, String field, SparseSegment segment, Bits accepted)
      throws IOException {
    boolean allFilled = segment.filled() == segment.documents();
    if (allFilled && segment.documents() == leaf.reader().maxDoc()) {
      return accepted instanceof BitSet some ? some.cardinality() : leaf.reader().numDocs();
    }
    BinaryDocValues rows = leaf.reader().getBinaryDocValues(field);
    long count = 0;
    for (int doc = rows.nextDoc(); doc != DocIdSetIterator.NO_MORE_DOCS; doc = rows.nextDoc()) {
      if (accepted.get(doc) && (allFilled || rows.binaryValue().length > 0)) {
        count++;
      }
    }
    return count;
  }
}
