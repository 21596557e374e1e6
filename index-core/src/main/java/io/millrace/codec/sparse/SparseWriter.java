package io.millrace.codec.sparse;

import io.millrace.codec.BinaryValuesConsumer;
import java.io.IOException;
import org.apache.lucene.codecs.CodecUtil;
import org.apache.lucene.codecs.DocValuesConsumer;
import org.apache.lucene.codecs.DocValuesProducer;
import org.apache.lucene.index.BinaryDocValues;
import org.apache.lucene.index.FieldInfo;
import org.apache.lucene.index.SegmentWriteState;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.store.IndexOutput;
import org.apache.lucene.util.IOUtils;

/// Writes what [SparseFormat] describes, at flushes and merges alike.
final class SparseWriter extends BinaryValuesConsumer {
  private final DocValuesConsumer values;
  private final IndexOutput data;
  private final IndexOutput meta;
  private boolean complete;

  /// Takes over `values`.
  SparseWriter(SegmentWriteState state, DocValuesConsumer values) throws IOException {
    this.values = values;
    IndexOutput first = null;
    try {
      first = SparseFormat.DATA.create(state);
      meta = SparseFormat.META.create(state);
      data = first;
    } catch (IOException | RuntimeException e) {
      IOUtils.closeWhileHandlingException(first, values);
      throw e;
    }
  }

  @Override
  public void addBinaryField(FieldInfo field, DocValuesProducer producer) throws IOException {
    values.addBinaryField(field, producer);
    IndexCounts counts = new IndexCounts();
    SparseBytes row = new SparseBytes();
    int documents = 0;
    int filled = 0;
    BinaryDocValues rows = producer.getBinary(field);
    while (rows.nextDoc() != DocIdSetIterator.NO_MORE_DOCS) {
      row.set(rows.binaryValue());
      documents++;
      filled += row.size() > 0 ? 1 : 0;
      for (int i = 0; i < row.size(); i++) {
        counts.add(row.index(i));
      }
    }
    IndexCounts.Sorted indices = counts.sorted();
    long start = data.getFilePointer();
    PostingsInversion inversion = new PostingsInversion(indices, data);
    while (inversion.nextPass()) {
      BinaryDocValues again = producer.getBinary(field);
      for (int doc = again.nextDoc(); doc != DocIdSetIterator.NO_MORE_DOCS; doc = again.nextDoc()) {
        row.set(again.binaryValue());
        inversion.add(doc, row);
      }
      inversion.finishPass();
    }
    long lists = data.getFilePointer() - start;
    inversion.writeDictionary();
    meta.writeInt(field.number);
    meta.writeInt(documents);
    meta.writeInt(filled);
    meta.writeInt(indices.size());
    meta.writeLong(indices.postings());
    meta.writeLong(start);
    meta.writeLong(lists);
    complete = true;
  }

  @Override
  public void close() throws IOException {
    try {
      if (complete) {
        meta.writeInt(SparseFormat.END_OF_FIELDS);
        CodecUtil.writeFooter(meta);
        CodecUtil.writeFooter(data);
      }
    } finally {
      IOUtils.close(values, data, meta);
    }
  }
}
