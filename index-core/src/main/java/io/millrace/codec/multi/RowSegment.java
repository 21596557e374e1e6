package io.millrace.codec.multi;

import io.millrace.codec.VectorSegment;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Objects;
import org.apache.lucene.codecs.KnnVectorsReader;
import org.apache.lucene.index.CorruptIndexException;
import org.apache.lucene.util.ArrayUtil;
import org.apache.lucene.util.BytesRef;

/// The rows of a field's multivectors as vectors with a graph, and the documents they are of. A
/// document is known by its ordinal: its place among those with a value.
public final class RowSegment {
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final VectorSegment vectors;
  private final KnnVectorsReader reader;
  private final int documents;
  private final int maxDoc;
  private final MemorySegment docs;
  private final MemorySegment firsts;

  RowSegment(
      VectorSegment vectors,
      KnnVectorsReader reader,
      int documents,
      int maxDoc,
      MemorySegment docs,
      MemorySegment firsts) {
    this.vectors = vectors;
    this.reader = reader;
    this.documents = documents;
    this.maxDoc = maxDoc;
    this.docs = docs;
    this.firsts = firsts;
  }

  /// Rows, links and estimates: the ordinal of a vector is the number of its row.
  public VectorSegment vectors() {
    return vectors;
  }

  KnnVectorsReader reader() {
    return reader;
  }

  public int documents() {
    return documents;
  }

  /// The document of an ordinal.
  public int doc(int ordinal) {
    return Objects.checkIndex(docs.getAtIndex(INT, ordinal), maxDoc);
  }

  /// The first row of an ordinal; of the number of ordinals: the number of rows.
  public int firstRow(int ordinal) {
    return firsts.getAtIndex(INT, ordinal);
  }

  /// The ordinal whose document has the row.
  public int ordinalOfRow(int row) {
    int low = 0;
    int high = documents - 1;
    while (low < high) {
      int middle = (low + high + 1) >>> 1;
      if (firstRow(middle) <= row) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    return low;
  }

  /// The first ordinal from `from` on whose document is `doc` or a later one; the number of
  /// ordinals if there is none.
  int ordinalFrom(int from, int doc) {
    if (documents == maxDoc) {
      return Math.min(Math.max(from, doc), documents);
    }
    int low = from;
    int high = documents;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (doc(middle) < doc) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  /// Reads documents back, in any order. For one thread.
  public Values values() {
    return new Values();
  }

  /// Documents as they were written.
  public final class Values {
    private final BytesRef value = new BytesRef();

    private Values() {}

    /// The rows of an ordinal's document as bytes of a doc value; overwritten by the next call.
    public BytesRef of(int ordinal) throws IOException {
      int first = firstRow(ordinal);
      int count = firstRow(ordinal + 1) - first;
      if (first < 0 || count <= 0 || first > vectors.size() - count) {
        throw new CorruptIndexException(
            "document " + ordinal + " has no such rows: " + count + " from " + first,
            "a .mud file");
      }
      value.length = Math.multiplyExact(Float.BYTES * vectors.dimension(), count);
      value.bytes = ArrayUtil.growNoCopy(value.bytes, value.length);
      vectors.rows().copyTo(first, count, value.bytes);
      return value;
    }
  }
}
