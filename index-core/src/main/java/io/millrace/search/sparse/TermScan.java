package io.millrace.search.sparse;

import io.millrace.codec.sparse.PostingList;
import java.io.IOException;
import java.util.Arrays;

/// One list of a query, walked forward window by window.
final class TermScan {
  private final PostingList list;
  private final float weight;
  private int block; // the first that can hold documents of this window or of later ones

  /// What any document can gain from this list, or lose, at most.
  final float largestEffect;

  /// What a document of the window can gain at most; never negative, since lacking the index gains
  /// nothing.
  double gain;

  TermScan(PostingList list, float weight) {
    this.list = list;
    this.weight = weight;
    this.largestEffect =
        Math.max(Math.abs(weight * list.largestWeight()), Math.abs(weight * list.smallestWeight()));
  }

  boolean isDone() {
    return block == list.blocks();
  }

  /// Leaves out what lies before `from`. Returns the smallest document the rest may hold; the
  /// largest int when there is none.
  int skipTo(int from) {
    while (block < list.blocks() && list.lastDoc(block) < from) {
      block++;
    }
    if (block == list.blocks()) {
      return Integer.MAX_VALUE;
    }
    return block == 0 ? 0 : list.lastDoc(block - 1) + 1;
  }

  /// Sets [#gain] for the documents before `to`.
  void bound(int to) {
    double most = 0;
    for (int b = block; b < list.blocks(); b++) {
      most =
          Math.max(
              most,
              (double) weight * (weight > 0 ? list.largestWeight(b) : list.smallestWeight(b)));
      if (list.lastDoc(b) >= to - 1) {
        break;
      }
    }
    gain = most;
  }

  /// How many postings the documents before `to` may have.
  int postings(int to) {
    int b = block;
    while (b < list.blocks() && list.lastDoc(b) < to - 1) {
      b++;
    }
    return (Math.min(b + 1, list.blocks()) - block) * PostingList.BLOCK;
  }

  /// Adds this list's products of the documents in `[from, to)`.
  void addTo(Window window, int from, int to) throws IOException {
    for (int b = block; b < list.blocks(); b++) {
      int count = list.load(b);
      int[] docs = list.docs();
      float[] weights = list.weights();
      int i = first(docs, count, from);
      int last = docs[count - 1] < to ? count : first(docs, count, to);
      for (; i < last; i++) {
        window.add(docs[i] - from, weight * weights[i]);
      }
      if (i < count) {
        return;
      }
    }
  }

  /// Where the first document at or after `from` stands among `count` ascending ones.
  private static int first(int[] docs, int count, int from) {
    if (docs[0] >= from) {
      return 0;
    }
    int at = Arrays.binarySearch(docs, 0, count, from);
    return at < 0 ? ~at : at;
  }
}
