package io.millrace.codec.multi;

import java.io.IOException;
import org.apache.lucene.index.BinaryDocValues;
import org.apache.lucene.util.BytesRef;

/// The values of a [RowSegment] by document. One thread.
final class RowSegmentValues extends BinaryDocValues {
  private final RowSegment rows;
  private final RowSegment.Values values;
  private int ordinal = -1;
  private int doc = -1;

  RowSegmentValues(RowSegment rows) {
    this.rows = rows;
    this.values = rows.values();
  }

  @Override
  public BytesRef binaryValue() throws IOException {
    return values.of(ordinal);
  }

  @Override
  public boolean advanceExact(int target) {
    ordinal = rows.ordinalFrom(0, target);
    boolean found = ordinal < rows.documents() && rows.doc(ordinal) == target;
    doc = target;
    ordinal -= found ? 0 : 1; // the next document is the one after the target
    return found;
  }

  @Override
  public int docID() {
    return doc;
  }

  @Override
  public int nextDoc() {
    return moveTo(ordinal + 1);
  }

  @Override
  public int advance(int target) {
    return moveTo(
        target == NO_MORE_DOCS ? rows.documents() : rows.ordinalFrom(ordinal + 1, target));
  }

  private int moveTo(int next) {
    ordinal = next;
    doc = next < rows.documents() ? rows.doc(next) : NO_MORE_DOCS;
    return doc;
  }

  @Override
  public long cost() {
    return rows.documents();
  }
}
