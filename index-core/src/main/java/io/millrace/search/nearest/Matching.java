package io.millrace.search.nearest;

import io.millrace.codec.VectorSegment;
import java.io.IOException;
import org.apache.lucene.index.LeafReader;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.util.BitSet;
import org.apache.lucene.util.Bits;
import org.apache.lucene.util.FixedBitSet;
import org.jspecify.annotations.Nullable;

/// Which rows of a segment may be hits. One search, one thread.
final class Matching {
  private final int rows;
  private final VectorSegment.Documents documents;
  private final @Nullable Bits byOrdinal;
  private final @Nullable Bits byDocument;
  private final int atMost;
  private int next;

  private Matching(
      VectorSegment segment,
      VectorSegment.Documents documents,
      @Nullable Bits byOrdinal,
      @Nullable Bits byDocument,
      int atMost) {
    this.rows = segment.size();
    this.documents = documents;
    this.byOrdinal = byOrdinal;
    this.byDocument = byDocument;
    this.atMost = atMost;
  }

  static Matching of(LeafReaderContext leaf, VectorSegment segment, SegmentFilter filter)
      throws IOException {
    LeafReader reader = leaf.reader();
    VectorSegment.Documents documents = segment.documents();
    BitSet matching = filter.matching(leaf);
    if (matching == null) {
      Bits live = reader.getLiveDocs();
      if (live == null) {
        return new Matching(segment, documents, null, null, segment.size());
      }
      int atMost = Math.min(segment.size(), reader.numDocs());
      return segment.isDense()
          ? new Matching(segment, documents, live, null, atMost)
          : new Matching(segment, documents, null, live, atMost);
    }
    if (segment.isDense()) {
      return new Matching(segment, documents, matching, null, matching.cardinality());
    }
    FixedBitSet ordinals = new FixedBitSet(Math.max(1, segment.size()));
    int count = 0;
    int length = matching.length();
    for (int doc = length == 0 ? DocIdSetIterator.NO_MORE_DOCS : matching.nextSetBit(0);
        doc != DocIdSetIterator.NO_MORE_DOCS;
        doc = doc + 1 < length ? matching.nextSetBit(doc + 1) : DocIdSetIterator.NO_MORE_DOCS) {
      int ordinal = documents.ordinal(doc);
      if (ordinal >= 0) {
        ordinals.set(ordinal);
        count++;
      }
    }
    return new Matching(segment, documents, ordinals, null, count);
  }

  /// Rows chosen by the caller.
  ///
  /// @param chosen null = all
  /// @param count of them
  static Matching of(VectorSegment segment, @Nullable BitSet chosen, int count) throws IOException {
    return new Matching(segment, segment.documents(), chosen, null, count);
  }

  /// Whether every row may be a hit.
  boolean isAll() {
    return byOrdinal == null && byDocument == null;
  }

  /// How many rows match: exactly, except where a sparse field meets deletes and no filter, then
  /// possibly fewer.
  int atMost() {
    return atMost;
  }

  boolean accepts(int ordinal) {
    if (byOrdinal != null) {
      return byOrdinal.get(ordinal);
    }
    return byDocument == null || byDocument.get(documents.doc(ordinal));
  }

  int doc(int ordinal) {
    return documents.doc(ordinal);
  }

  /// Starts [#nextBlock] at the first row.
  void rewind() {
    next = 0;
  }

  /// Fills `ordinals` with the next matching rows in order; returns how many, 0 at the end.
  int nextBlock(int[] ordinals, int most) {
    int count = 0;
    if (byOrdinal instanceof BitSet bits) {
      while (count < most && next < rows) {
        int found = bits.nextSetBit(next);
        if (found >= rows) { // NO_MORE_DOCS is the largest int
          next = rows;
          break;
        }
        ordinals[count++] = found;
        next = found + 1;
      }
      return count;
    }
    for (; count < most && next < rows; next++) {
      if (accepts(next)) {
        ordinals[count++] = next;
      }
    }
    return count;
  }
}
