package io.millrace.codec.sparse;

import java.io.IOException;
import org.apache.lucene.index.BinaryDocValues;
import org.apache.lucene.util.BytesRef;

/// The vectors of a field by document, and the way to their inverted index.
final class SparseRows extends BinaryDocValues {
  private final BinaryDocValues values;
  private final SparseSegment segment;

  SparseRows(BinaryDocValues values, SparseSegment segment) {
    this.values = values;
    this.segment = segment;
  }

  SparseSegment segment() {
    return segment;
  }

  @Override
  public BytesRef binaryValue() throws IOException {
    return values.binaryValue();
  }

  @Override
  public boolean advanceExact(int target) throws IOException {
    return values.advanceExact(target);
  }

  @Override
  public int docID() {
    return values.docID();
  }

  @Override
  public int nextDoc() throws IOException {
    return values.nextDoc();
  }

  @Override
  public int advance(int target) throws IOException {
    return values.advance(target);
  }

  @Override
  public long cost() {
    return values.cost();
  }
}
