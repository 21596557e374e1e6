package io.millrace.codec.sparse;

import org.apache.lucene.index.BinaryDocValues;
import org.apache.lucene.index.FilterBinaryDocValues;

/// The vectors of a field by document, and the way to their inverted index.
final class SparseRows extends FilterBinaryDocValues {
  private final SparseSegment segment;

  SparseRows(BinaryDocValues values, SparseSegment segment) {
    super(values);
    this.segment = segment;
  }

  SparseSegment segment() {
    return segment;
  }
}
