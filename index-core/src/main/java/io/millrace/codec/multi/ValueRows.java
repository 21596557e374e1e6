package io.millrace.codec.multi;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.apache.lucene.codecs.DocValuesProducer;
import org.apache.lucene.codecs.KnnVectorsReader;
import org.apache.lucene.index.BinaryDocValues;
import org.apache.lucene.index.ByteVectorValues;
import org.apache.lucene.index.FieldInfo;
import org.apache.lucene.index.FloatVectorValues;
import org.apache.lucene.search.AcceptDocs;
import org.apache.lucene.search.KnnCollector;
import org.apache.lucene.util.Bits;
import org.apache.lucene.util.BytesRef;
import org.jspecify.annotations.Nullable;

/// The rows of the live documents of a segment without a row segment, as a merge reads vectors:
/// from first to last.
final class ValueRows extends KnnVectorsReader {
  private final DocValuesProducer values;
  private final FieldInfo field;
  private final @Nullable Bits live;
  private final int dimension;
  private final int rows;

  ValueRows(
      DocValuesProducer values, FieldInfo field, @Nullable Bits live, int dimension, int rows) {
    this.values = values;
    this.field = field;
    this.live = live;
    this.dimension = dimension;
    this.rows = rows;
  }

  @Override
  public FloatVectorValues getFloatVectorValues(String name) throws IOException {
    return new Rows(values.getBinary(field));
  }

  private final class Rows extends FloatVectorValues {
    private final BinaryDocValues documents;
    private final float[] row = new float[dimension];
    private BytesRef value = new BytesRef();
    private int first;
    private int end;

    Rows(BinaryDocValues documents) {
      this.documents = documents;
    }

    @Override
    public float[] vectorValue(int ordinal) throws IOException {
      if (ordinal < first) {
        throw new IllegalStateException("rows are read from first to last");
      }
      while (ordinal >= end) {
        int doc = documents.nextDoc();
        if (live == null || live.get(doc)) {
          value = documents.binaryValue();
          first = end;
          end += value.length / (Float.BYTES * dimension);
        }
      }
      int rowBytes = Float.BYTES * dimension;
      ByteBuffer.wrap(value.bytes, value.offset + (ordinal - first) * rowBytes, rowBytes)
          .order(ByteOrder.LITTLE_ENDIAN)
          .asFloatBuffer()
          .get(row);
      return row;
    }

    @Override
    public DocIndexIterator iterator() {
      return createDenseIterator();
    }

    @Override
    public FloatVectorValues copy() throws IOException {
      return new Rows(values.getBinary(field));
    }

    @Override
    public int dimension() {
      return dimension;
    }

    @Override
    public int size() {
      return rows;
    }
  }

  @Override
  public int getVectorCount(FieldInfo rowField) {
    return rows;
  }

  @Override
  public ByteVectorValues getByteVectorValues(String name) {
    throw onlyMerged();
  }

  @Override
  public void search(String name, float[] target, KnnCollector collector, AcceptDocs accept) {
    throw onlyMerged();
  }

  @Override
  public void search(String name, byte[] target, KnnCollector collector, AcceptDocs accept) {
    throw onlyMerged();
  }

  private static UnsupportedOperationException onlyMerged() {
    return new UnsupportedOperationException("rows of values are merged only");
  }

  @Override
  public void checkIntegrity() {
    // the merge of the values looks at their file
  }

  @Override
  public void close() {
    // the merge closes what it opened
  }
}
