package io.millrace.codec.multi;

import io.millrace.codec.BinaryValuesProducer;
import io.millrace.codec.MillraceVectorsFormat;
import io.millrace.codec.Region;
import io.millrace.codec.VectorSegment;
import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.lucene.codecs.CodecUtil;
import org.apache.lucene.codecs.DocValuesProducer;
import org.apache.lucene.codecs.KnnVectorsReader;
import org.apache.lucene.index.BinaryDocValues;
import org.apache.lucene.index.CorruptIndexException;
import org.apache.lucene.index.FieldInfo;
import org.apache.lucene.index.SegmentReadState;
import org.apache.lucene.store.IndexInput;
import org.apache.lucene.util.IOUtils;

/// Reads what [MultiFormat] describes. Opening looks at meta files and the ends of the others.
final class MultiReader extends BinaryValuesProducer {
  private final DocValuesProducer values;
  private final MillraceVectorsFormat vectors;
  private final Map<Integer, MultiSegment> fields = new HashMap<>();
  private final List<KnnVectorsReader> rowReaders = new ArrayList<>();
  private final IndexInput data;

  /// Takes over `values`.
  MultiReader(SegmentReadState state, DocValuesProducer values, MillraceVectorsFormat vectors)
      throws IOException {
    this.values = values;
    this.vectors = vectors;
    IndexInput opened = null;
    try {
      opened = MultiFormat.DATA.open(state);
      data = opened;
      MultiFormat.META.readWhole(state, (meta, version) -> readFields(meta, state));
    } catch (IOException | RuntimeException e) {
      IOUtils.closeWhileHandlingException(rowReaders);
      IOUtils.closeWhileHandlingException(opened, values);
      throw e;
    }
  }

  private void readFields(IndexInput meta, SegmentReadState state) throws IOException {
    for (int number = meta.readInt();
        number != MultiFormat.END_OF_FIELDS;
        number = meta.readInt()) {
      FieldInfo field = state.fieldInfos.fieldInfo(number);
      if (field == null) {
        throw new CorruptIndexException("unknown field number " + number, meta);
      }
      fields.put(number, segment(meta, state, field));
    }
  }

  private MultiSegment segment(IndexInput meta, SegmentReadState state, FieldInfo field)
      throws IOException {
    int documents = meta.readInt();
    long rows = meta.readLong();
    int graphThreshold = meta.readInt();
    boolean hasGraph = meta.readByte() == 1;
    if (documents < 0
        || documents > state.segmentInfo.maxDoc()
        || rows < 0
        || hasGraph && (rows < documents || rows > Integer.MAX_VALUE)) {
      throw new CorruptIndexException("counts that cannot be", meta);
    }
    if (!hasGraph) {
      return new MultiSegment(documents, rows, graphThreshold, null);
    }
    int dimension = meta.readInt();
    long offset = meta.readLong();
    if (dimension < 1 || dimension > MillraceVectorsFormat.MAX_DIMENSION) {
      throw new CorruptIndexException("impossible dimension: " + dimension, meta);
    }
    KnnVectorsReader reader =
        vectors.fieldsReader(
            new SegmentReadState(
                state.directory,
                MultiFormat.rowSegment(state.segmentInfo, (int) rows),
                MultiFormat.rowFields(field, dimension),
                state.context,
                MultiFormat.rowSuffix(state.segmentSuffix, field)));
    rowReaders.add(reader);
    Optional<VectorSegment> found = VectorSegment.of(reader, field.name);
    if (found.isEmpty() || found.get().size() != rows) {
      throw new CorruptIndexException("field " + field.name + " lacks its rows", meta);
    }
    long docs = (long) Integer.BYTES * documents;
    return new MultiSegment(
        documents,
        rows,
        graphThreshold,
        new RowSegment(
            found.get(),
            reader,
            documents,
            state.segmentInfo.maxDoc(),
            Region.of(data, offset, docs),
            Region.of(data, offset + docs, docs + Integer.BYTES)));
  }

  @Override
  public BinaryDocValues getBinary(FieldInfo field) throws IOException {
    MultiSegment segment = fields.get(field.number);
    if (segment == null) {
      throw new CorruptIndexException("no rows of field " + field.name, data);
    }
    Optional<RowSegment> rows = segment.rowSegment();
    return new MultiValues(
        rows.isPresent() ? new RowSegmentValues(rows.get()) : values.getBinary(field), segment);
  }

  @Override
  public void checkIntegrity() throws IOException {
    values.checkIntegrity();
    CodecUtil.checksumEntireFile(data);
    for (KnnVectorsReader reader : rowReaders) {
      reader.checkIntegrity();
    }
  }

  @Override
  public void close() throws IOException {
    List<Closeable> all = new ArrayList<>(rowReaders);
    all.add(values);
    all.add(data);
    IOUtils.close(all);
  }
}
