package io.millrace.codec.sparse;

import java.io.IOException;
import org.apache.lucene.store.IndexOutput;
import org.apache.lucene.util.packed.PackedInts;

/// Turns rows into lists, some of the indices in each pass over the rows.
final class PostingsInversion {
  /// Eight bytes each.
  private static final int BUFFERED_POSTINGS = 4 << 20;

  private final IndexCounts.Sorted indices;
  private final IndexOutput out;
  private final long start;
  private final long[] offsets;
  private final float[] largest;
  private final float[] smallest;

  // The pass: indices [from, to), where each one's next posting goes, and the postings.
  private int from;
  private int to;
  private int[] next = new int[0];
  private int[] docs = new int[0];
  private float[] weights = new float[0];

  PostingsInversion(IndexCounts.Sorted indices, IndexOutput out) {
    this.indices = indices;
    this.out = out;
    this.start = out.getFilePointer();
    this.offsets = new long[indices.size()];
    this.largest = new float[indices.size()];
    this.smallest = new float[indices.size()];
  }

  /// Chooses the indices of the next pass; false when all are done.
  boolean nextPass() {
    from = to;
    if (from == indices.size()) {
      return false;
    }
    long postings = 0;
    while (to < indices.size()
        && (to == from || postings + indices.count(to) <= BUFFERED_POSTINGS)) {
      postings += indices.count(to++);
    }
    next = new int[to - from];
    for (int i = 1; i < next.length; i++) {
      next[i] = next[i - 1] + indices.count(from + i - 1);
    }
    if (docs.length < postings) {
      docs = new int[(int) postings];
      weights = new float[(int) postings];
    }
    return true;
  }

  /// Rows come in the order of their documents.
  void add(int doc, SparseBytes row) {
    int first = indices.index(from);
    int last = indices.index(to - 1);
    for (int i = row.ceiling(first);
        i < row.size() && Integer.compareUnsigned(row.index(i), last) <= 0;
        i++) {
      int at = next[indices.find(row.index(i)) - from]++;
      docs[at] = doc;
      weights[at] = row.weight(i);
    }
  }

  void finishPass() throws IOException {
    int at = 0;
    for (int i = from; i < to; i++) {
      writeList(i, at, indices.count(i));
      at += indices.count(i);
    }
  }

  private void writeList(int list, int first, int count) throws IOException {
    offsets[list] = out.getFilePointer() - start;
    float max = Float.NEGATIVE_INFINITY;
    float min = Float.POSITIVE_INFINITY;
    int bytes = 0;
    for (int at = first; at < first + count; at += SparseFormat.BLOCK) {
      int n = Math.min(SparseFormat.BLOCK, first + count - at);
      float blockMax = Float.NEGATIVE_INFINITY;
      float blockMin = Float.POSITIVE_INFINITY;
      for (int i = at; i < at + n; i++) {
        blockMax = Math.max(blockMax, weights[i]);
        blockMin = Math.min(blockMin, weights[i]);
      }
      out.writeInt(docs[at + n - 1]);
      out.writeInt(bytes);
      out.writeInt(Float.floatToRawIntBits(blockMax));
      out.writeInt(Float.floatToRawIntBits(blockMin));
      bytes += 1 + (n * width(at, n, first) + 7) / 8 + 4 * n;
      max = Math.max(max, blockMax);
      min = Math.min(min, blockMin);
    }
    for (int at = first; at < first + count; at += SparseFormat.BLOCK) {
      writeBlock(at, Math.min(SparseFormat.BLOCK, first + count - at), first);
    }
    largest[list] = max;
    smallest[list] = min;
  }

  private int delta(int at, int first) {
    return docs[at] - (at == first ? -1 : docs[at - 1]) - 1;
  }

  private int width(int at, int n, int first) {
    int all = 0;
    for (int i = at; i < at + n; i++) {
      all |= delta(i, first);
    }
    return all == 0 ? 0 : PackedInts.unsignedBitsRequired(all);
  }

  private void writeBlock(int at, int n, int first) throws IOException {
    int width = width(at, n, first);
    out.writeByte((byte) width);
    long pending = 0;
    int bits = 0;
    for (int i = at; i < at + n; i++) {
      pending |= (long) delta(i, first) << bits;
      bits += width;
      while (bits >= 8) {
        out.writeByte((byte) pending);
        pending >>>= 8;
        bits -= 8;
      }
    }
    if (bits > 0) {
      out.writeByte((byte) pending);
    }
    for (int i = at; i < at + n; i++) {
      out.writeInt(Float.floatToRawIntBits(weights[i]));
    }
  }

  /// After the last pass.
  void writeDictionary() throws IOException {
    for (int i = 0; i < indices.size(); i++) {
      out.writeInt(indices.index(i));
      out.writeInt(indices.count(i));
      out.writeLong(offsets[i]);
      out.writeInt(Float.floatToRawIntBits(largest[i]));
      out.writeInt(Float.floatToRawIntBits(smallest[i]));
    }
  }
}
