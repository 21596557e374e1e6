package io.millrace.codec.multi;

import io.millrace.codec.BinaryValuesConsumer;
import io.millrace.codec.MillraceVectorsFormat;
import io.millrace.codec.RowCounts;
import io.millrace.codec.VectorFieldOptions;
import io.millrace.codec.VectorFieldSettings;
import java.io.IOException;
import org.apache.lucene.codecs.CodecUtil;
import org.apache.lucene.codecs.DocValuesConsumer;
import org.apache.lucene.codecs.DocValuesProducer;
import org.apache.lucene.index.BinaryDocValues;
import org.apache.lucene.index.FieldInfo;
import org.apache.lucene.index.MergeState;
import org.apache.lucene.index.SegmentWriteState;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.store.IndexOutput;
import org.apache.lucene.util.IOUtils;

/// Writes what [MultiFormat] describes: at flushes and small merges Lucene's format and counts, at
/// others row segments.
final class MultiWriter extends BinaryValuesConsumer {
  private final SegmentWriteState state;
  private final DocValuesConsumer values;
  private final MillraceVectorsFormat vectors;
  private final VectorFieldSettings settings;
  private final IndexOutput data;
  private final IndexOutput meta;
  private boolean complete;

  /// Takes over `values`.
  MultiWriter(
      SegmentWriteState state,
      DocValuesConsumer values,
      MillraceVectorsFormat vectors,
      VectorFieldSettings settings)
      throws IOException {
    this.state = state;
    this.values = values;
    this.vectors = vectors;
    this.settings = settings;
    IndexOutput first = null;
    try {
      first = MultiFormat.DATA.create(state);
      meta = MultiFormat.META.create(state);
      data = first;
    } catch (IOException | RuntimeException e) {
      IOUtils.closeWhileHandlingException(first, values);
      throw e;
    }
  }

  /// A flush.
  @Override
  public void addBinaryField(FieldInfo field, DocValuesProducer producer) throws IOException {
    complete = false;
    values.addBinaryField(field, producer);
    int documents = 0;
    long bytes = 0;
    BinaryDocValues rows = producer.getBinary(field);
    while (rows.nextDoc() != DocIdSetIterator.NO_MORE_DOCS) {
      documents++;
      bytes += rows.binaryValue().length;
    }
    int rowBytes = Float.BYTES * settings.rowSize(field.name);
    writeEntry(field, documents, rowBytes == 0 ? 0 : bytes / rowBytes, false);
    complete = true;
  }

  @Override
  public void mergeBinaryField(FieldInfo field, MergeState merge) throws IOException {
    complete = false;
    VectorFieldOptions options = settings.of(field.name);
    int dimension = settings.rowSize(field.name);
    MergedRows rows = MergedRows.of(field, merge, dimension);
    boolean graph =
        rows.canBeNumbered() && !merge.needsIndexSort && options.wantsGraph((int) rows.count());
    writeEntry(field, rows.documents(), rows.count(), graph);
    if (graph) {
      meta.writeInt(dimension);
      meta.writeLong(data.alignFilePointer(Integer.BYTES));
      rows.writeTables(data);
      rows.writeVectors(state, vectors);
    } else {
      values.mergeBinaryField(field, merge);
    }
    complete = true;
  }

  private void writeEntry(FieldInfo field, int documents, long rows, boolean graph)
      throws IOException {
    meta.writeInt(field.number);
    meta.writeInt(documents);
    meta.writeLong(rows);
    meta.writeInt(settings.of(field.name).graphThreshold());
    meta.writeByte((byte) (graph ? 1 : 0));
    RowCounts.put(state.segmentInfo, field.name, rows);
  }

  @Override
  public void close() throws IOException {
    try {
      if (complete) {
        meta.writeInt(MultiFormat.END_OF_FIELDS);
        CodecUtil.writeFooter(meta);
        CodecUtil.writeFooter(data);
      }
    } finally {
      IOUtils.close(values, data, meta);
    }
  }
}
