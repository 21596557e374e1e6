package io.millrace.codec;

import org.apache.lucene.codecs.DocValuesConsumer;
import org.apache.lucene.codecs.DocValuesProducer;
import org.apache.lucene.index.FieldInfo;

/// Writes vectors that are binary doc values, and refuses values of other kinds.
public abstract class BinaryValuesConsumer extends DocValuesConsumer {
  @Override
  public void addNumericField(FieldInfo field, DocValuesProducer producer) {
    throw refused(field);
  }

  @Override
  public void addSortedField(FieldInfo field, DocValuesProducer producer) {
    throw refused(field);
  }

  @Override
  public void addSortedNumericField(FieldInfo field, DocValuesProducer producer) {
    throw refused(field);
  }

  @Override
  public void addSortedSetField(FieldInfo field, DocValuesProducer producer) {
    throw refused(field);
  }

  private static UnsupportedOperationException refused(FieldInfo field) {
    return new UnsupportedOperationException(
        "field " + field.name + ": expected binary values, got " + field.getDocValuesType());
  }
}
