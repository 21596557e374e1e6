package io.millrace.codec.sparse;

import io.millrace.codec.BinaryValuesProducer;
import io.millrace.codec.Region;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import org.apache.lucene.codecs.CodecUtil;
import org.apache.lucene.codecs.DocValuesProducer;
import org.apache.lucene.index.BinaryDocValues;
import org.apache.lucene.index.CorruptIndexException;
import org.apache.lucene.index.FieldInfo;
import org.apache.lucene.index.SegmentReadState;
import org.apache.lucene.store.IndexInput;
import org.apache.lucene.util.IOUtils;

/// Reads what [SparseFormat] describes. Opening looks at the meta file only.
final class SparseReader extends BinaryValuesProducer {
  private final DocValuesProducer values;
  private final IndexInput data;
  private final Map<Integer, SparseSegment> fields = new HashMap<>();

  /// Takes over `values`.
  SparseReader(SegmentReadState state, DocValuesProducer values) throws IOException {
    this.values = values;
    IndexInput opened = null;
    try {
      opened = SparseFormat.DATA.open(state);
      data = opened;
      SparseFormat.META.readWhole(state, (meta, version) -> readFields(meta, state));
    } catch (IOException | RuntimeException e) {
      IOUtils.closeWhileHandlingException(opened, values);
      throw e;
    }
  }

  private void readFields(IndexInput meta, SegmentReadState state) throws IOException {
    for (int number = meta.readInt();
        number != SparseFormat.END_OF_FIELDS;
        number = meta.readInt()) {
      fields.put(number, segment(meta, state.segmentInfo.maxDoc()));
    }
  }

  private SparseSegment segment(IndexInput meta, int maxDoc) throws IOException {
    int documents = meta.readInt();
    int filled = meta.readInt();
    int indices = meta.readInt();
    long postings = meta.readLong();
    long start = meta.readLong();
    long lists = meta.readLong();
    if (filled < 0 || documents < filled || maxDoc < documents || indices < 0 || postings < 0) {
      throw new CorruptIndexException("counts that cannot be", meta);
    }
    long dictionary = (long) SparseFormat.DICTIONARY_ENTRY_BYTES * indices;
    return new SparseSegment(
        new SparseSegment.Place(maxDoc, data.toString()),
        documents,
        filled,
        postings,
        Region.of(data, start, lists),
        Region.of(data, start + lists, dictionary));
  }

  @Override
  public BinaryDocValues getBinary(FieldInfo field) throws IOException {
    SparseSegment segment = fields.get(field.number);
    if (segment == null) {
      throw new CorruptIndexException("no inverted index for field " + field.name, data);
    }
    return new SparseRows(values.getBinary(field), segment);
  }

  @Override
  public void checkIntegrity() throws IOException {
    values.checkIntegrity();
    CodecUtil.checksumEntireFile(data);
  }

  @Override
  public void close() throws IOException {
    IOUtils.close(values, data);
  }
}
