package io.millrace.codec.sparse;

import io.millrace.codec.Region;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import org.apache.lucene.codecs.CodecUtil;
import org.apache.lucene.codecs.DocValuesProducer;
import org.apache.lucene.index.BinaryDocValues;
import org.apache.lucene.index.CorruptIndexException;
import org.apache.lucene.index.DocValuesSkipper;
import org.apache.lucene.index.FieldInfo;
import org.apache.lucene.index.IndexFileNames;
import org.apache.lucene.index.NumericDocValues;
import org.apache.lucene.index.SegmentReadState;
import org.apache.lucene.index.SortedDocValues;
import org.apache.lucene.index.SortedNumericDocValues;
import org.apache.lucene.index.SortedSetDocValues;
import org.apache.lucene.store.ChecksumIndexInput;
import org.apache.lucene.store.IndexInput;
import org.apache.lucene.util.IOUtils;
import org.jspecify.annotations.Nullable;

/// Reads what [SparseFormat] describes. Opening looks at the meta file only.
final class SparseReader extends DocValuesProducer {
  private final DocValuesProducer values;
  private final IndexInput data;
  private final Map<Integer, SparseSegment> fields = new HashMap<>();

  /// Takes over `values`.
  SparseReader(SegmentReadState state, DocValuesProducer values) throws IOException {
    this.values = values;
    IndexInput opened = null;
    try {
      String name = fileName(state, SparseFormat.DATA_EXTENSION);
      opened = state.directory.openInput(name, state.context);
      CodecUtil.checkIndexHeader(
          opened,
          SparseFormat.DATA_CODEC,
          SparseFormat.VERSION,
          SparseFormat.VERSION,
          state.segmentInfo.getId(),
          state.segmentSuffix);
      CodecUtil.retrieveChecksum(opened);
      data = opened;
      readMeta(state);
    } catch (IOException | RuntimeException e) {
      IOUtils.closeWhileHandlingException(opened, values);
      throw e;
    }
  }

  private static String fileName(SegmentReadState state, String extension) {
    return IndexFileNames.segmentFileName(state.segmentInfo.name, state.segmentSuffix, extension);
  }

  private void readMeta(SegmentReadState state) throws IOException {
    try (ChecksumIndexInput meta =
        state.directory.openChecksumInput(fileName(state, SparseFormat.META_EXTENSION))) {
      Throwable failure = null;
      try {
        CodecUtil.checkIndexHeader(
            meta,
            SparseFormat.META_CODEC,
            SparseFormat.VERSION,
            SparseFormat.VERSION,
            state.segmentInfo.getId(),
            state.segmentSuffix);
        for (int number = meta.readInt();
            number != SparseFormat.END_OF_FIELDS;
            number = meta.readInt()) {
          fields.put(number, segment(meta, state.segmentInfo.maxDoc()));
        }
      } catch (IOException | RuntimeException e) {
        failure = e;
      } finally {
        CodecUtil.checkFooter(meta, failure);
      }
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
  public NumericDocValues getNumeric(FieldInfo field) {
    throw notSparse(field);
  }

  @Override
  public SortedDocValues getSorted(FieldInfo field) {
    throw notSparse(field);
  }

  @Override
  public SortedNumericDocValues getSortedNumeric(FieldInfo field) {
    throw notSparse(field);
  }

  @Override
  public SortedSetDocValues getSortedSet(FieldInfo field) {
    throw notSparse(field);
  }

  @Override
  public @Nullable DocValuesSkipper getSkipper(FieldInfo field) {
    return null;
  }

  private static UnsupportedOperationException notSparse(FieldInfo field) {
    return new UnsupportedOperationException("field " + field.name + " holds sparse vectors");
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
