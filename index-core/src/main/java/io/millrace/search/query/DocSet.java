package io.millrace.search.query;

import io.millrace.search.nearest.SegmentFilter;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.util.BitSet;
import org.apache.lucene.util.SparseFixedBitSet;

/// Some documents of a whole reader, each once, ascending.
final class DocSet {
  private final int[] docs;

  private DocSet(int[] docs) {
    this.docs = docs;
  }

  /// All that the lists hold.
  static DocSet unionOf(List<List<Scored>> lists) {
    return new DocSet(
        lists.stream().flatMap(List::stream).mapToInt(Scored::doc).sorted().distinct().toArray());
  }

  static DocSet of(List<Scored> list) {
    return unionOf(List.of(list));
  }

  int size() {
    return docs.length;
  }

  int doc(int index) {
    return docs[index];
  }

  /// The first place at or after a document.
  int indexOf(int globalDoc) {
    int at = Arrays.binarySearch(docs, globalDoc);
    return at < 0 ? -at - 1 : at;
  }

  /// The set as a filter over segments.
  SegmentFilter asFilter() {
    Map<Integer, BitSet> bySegment = new ConcurrentHashMap<>();
    return leaf -> bySegment.computeIfAbsent(leaf.ord, ord -> bits(leaf));
  }

  private BitSet bits(LeafReaderContext leaf) {
    int maxDoc = leaf.reader().maxDoc();
    SparseFixedBitSet bits = new SparseFixedBitSet(Math.max(1, maxDoc));
    for (int i = indexOf(leaf.docBase); i < docs.length && docs[i] < leaf.docBase + maxDoc; i++) {
      bits.set(docs[i] - leaf.docBase);
    }
    return bits;
  }
}
