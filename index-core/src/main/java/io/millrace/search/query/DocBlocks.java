package io.millrace.search.query;

import io.millrace.model.Deadline;
import io.millrace.search.nearest.SegmentFilter;
import java.io.IOException;
import java.util.List;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.util.BitSet;
import org.apache.lucene.util.Bits;

/// Walks matching documents, ascending, in blocks within one segment; looks at the deadline before
/// each.
final class DocBlocks {
  /// Documents per block: enough to score together, few enough to notice a passed deadline soon.
  static final int BLOCK = 256;

  /// Takes `docs[0 .. count)` of a segment.
  interface Sink {
    void block(LeafReaderContext leaf, int[] docs, int count) throws IOException;
  }

  private DocBlocks() {}

  static void walk(
      List<LeafReaderContext> leaves, SegmentFilter filter, Deadline deadline, Sink sink)
      throws IOException {
    int[] docs = new int[BLOCK];
    for (LeafReaderContext leaf : leaves) {
      int maxDoc = leaf.reader().maxDoc();
      BitSet matching = filter.matching(leaf);
      Bits live = leaf.reader().getLiveDocs();
      int next = 0;
      while (next < maxDoc) {
        deadline.check();
        int count = 0;
        for (; count < BLOCK && next < maxDoc; next++) {
          if (matching != null) {
            next = next < matching.length() ? matching.nextSetBit(next) : maxDoc;
            if (next == DocIdSetIterator.NO_MORE_DOCS || next >= maxDoc) {
              next = maxDoc;
              break;
            }
          } else if (live != null && !live.get(next)) {
            continue;
          }
          docs[count++] = next;
        }
        if (count > 0) {
          sink.block(leaf, docs, count);
        }
      }
    }
  }
}
