package io.millrace.codec.multi;

import org.apache.lucene.index.BinaryDocValues;
import org.apache.lucene.index.FilterBinaryDocValues;

/// The multivectors of a field by document, and the way to what the segment knows of them.
final class MultiValues extends FilterBinaryDocValues {
  private final MultiSegment segment;

  MultiValues(BinaryDocValues values, MultiSegment segment) {
    super(values);
    this.segment = segment;
  }

  MultiSegment segment() {
    return segment;
  }
}
