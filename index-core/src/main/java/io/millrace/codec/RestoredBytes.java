package io.millrace.codec;

import java.io.IOException;
import java.util.Optional;
import org.apache.lucene.codecs.DocValuesProducer;
import org.apache.lucene.codecs.KnnVectorsReader;
import org.apache.lucene.index.BinaryDocValues;
import org.apache.lucene.index.ByteVectorValues;
import org.apache.lucene.index.CorruptIndexException;
import org.apache.lucene.index.FieldInfo;
import org.apache.lucene.index.FloatVectorValues;
import org.apache.lucene.index.MergeState;
import org.apache.lucene.search.AcceptDocs;
import org.apache.lucene.search.KnnCollector;
import org.apache.lucene.util.BytesRef;
import org.jspecify.annotations.Nullable;

/// uint8 rows of Cosine as they came, for merges of files of version 1, which hold them divided by
/// their length and keep the bytes as binary doc values: of field `b…:name` for vectors `v…:name`.
///
/// While it is open, the merge reads such sources through it.
final class RestoredBytes implements AutoCloseable {
  private final MergeState merge;
  private final KnnVectorsReader[] before;

  private RestoredBytes(MergeState merge) {
    this.merge = merge;
    this.before = merge.knnVectorsReaders.clone();
  }

  static RestoredBytes of(FieldInfo field, VectorFieldOptions options, MergeState merge) {
    RestoredBytes restored = new RestoredBytes(merge);
    if (options.rowType() == RowType.UINT8) {
      for (int i = 0; i < merge.knnVectorsReaders.length; i++) {
        KnnVectorsReader reader = merge.knnVectorsReaders[i];
        Optional<VectorSegment> rows =
            reader == null ? Optional.empty() : VectorSegment.of(reader, field.name);
        FieldInfo bytes = merge.fieldInfos[i].fieldInfo("b" + field.name.substring(1));
        if (rows.isPresent() && rows.get().rows() instanceof FloatRows && bytes != null) {
          merge.knnVectorsReaders[i] =
              new Source(reader, rows.get(), merge.docValuesProducers[i], bytes);
        }
      }
    }
    return restored;
  }

  @Override
  public void close() {
    System.arraycopy(before, 0, merge.knnVectorsReaders, 0, before.length);
  }

  private static final class Source extends KnnVectorsReader {
    private final KnnVectorsReader in;
    private final VectorSegment rows;
    private final DocValuesProducer values;
    private final FieldInfo bytes;

    Source(KnnVectorsReader in, VectorSegment rows, DocValuesProducer values, FieldInfo bytes) {
      this.in = in;
      this.rows = rows;
      this.values = values;
      this.bytes = bytes;
    }

    @Override
    public FloatVectorValues getFloatVectorValues(String field) throws IOException {
      return new Values(new RowValues(rows), values, bytes);
    }

    @Override
    public ByteVectorValues getByteVectorValues(String field) throws IOException {
      return in.getByteVectorValues(field);
    }

    @Override
    public int getVectorCount(FieldInfo field) throws IOException {
      return in.getVectorCount(field);
    }

    @Override
    public void search(String field, float[] target, KnnCollector collector, AcceptDocs accept)
        throws IOException {
      in.search(field, target, collector, accept);
    }

    @Override
    public void search(String field, byte[] target, KnnCollector collector, AcceptDocs accept)
        throws IOException {
      in.search(field, target, collector, accept);
    }

    @Override
    public void checkIntegrity() throws IOException {
      in.checkIntegrity();
    }

    @Override
    public void close() {
      // the merge closes what it opened
    }
  }

  private static final class Values extends FloatVectorValues {
    private final RowValues rows;
    private final DocValuesProducer producer;
    private final FieldInfo bytes;
    private final float[] row;
    private @Nullable BinaryDocValues values;

    Values(RowValues rows, DocValuesProducer producer, FieldInfo bytes) {
      this.rows = rows;
      this.producer = producer;
      this.bytes = bytes;
      this.row = new float[rows.dimension()];
    }

    @Override
    public float[] vectorValue(int ordinal) throws IOException {
      int doc = rows.ordToDoc(ordinal);
      BinaryDocValues found = values;
      if (found == null || found.docID() > doc) {
        found = producer.getBinary(bytes);
        values = found;
      }
      if (!found.advanceExact(doc)) {
        throw new CorruptIndexException("document " + doc + " has no bytes", bytes.name);
      }
      BytesRef ref = found.binaryValue();
      for (int i = 0; i < row.length; i++) {
        row[i] = ref.bytes[ref.offset + i] & 0xFF;
      }
      return row;
    }

    @Override
    public FloatVectorValues copy() throws IOException {
      return new Values((RowValues) rows.copy(), producer, bytes);
    }

    @Override
    public int dimension() {
      return rows.dimension();
    }

    @Override
    public int size() {
      return rows.size();
    }

    @Override
    public int ordToDoc(int ordinal) {
      return rows.ordToDoc(ordinal);
    }

    @Override
    public DocIndexIterator iterator() {
      return rows.iterator();
    }
  }
}
