package io.millrace.codec;

import org.apache.lucene.codecs.DocValuesProducer;
import org.apache.lucene.index.DocValuesSkipper;
import org.apache.lucene.index.FieldInfo;
import org.apache.lucene.index.NumericDocValues;
import org.apache.lucene.index.SortedDocValues;
import org.apache.lucene.index.SortedNumericDocValues;
import org.apache.lucene.index.SortedSetDocValues;
import org.jspecify.annotations.Nullable;

/// Reads vectors that are binary doc values, and has no values of other kinds.
public abstract class BinaryValuesProducer extends DocValuesProducer {
  @Override
  public NumericDocValues getNumeric(FieldInfo field) {
    throw refused(field);
  }

  @Override
  public SortedDocValues getSorted(FieldInfo field) {
    throw refused(field);
  }

  @Override
  public SortedNumericDocValues getSortedNumeric(FieldInfo field) {
    throw refused(field);
  }

  @Override
  public SortedSetDocValues getSortedSet(FieldInfo field) {
    throw refused(field);
  }

  @Override
  public @Nullable DocValuesSkipper getSkipper(FieldInfo field) {
    return null;
  }

  private static UnsupportedOperationException refused(FieldInfo field) {
    return new UnsupportedOperationException("field " + field.name + " holds binary values only");
  }
}
