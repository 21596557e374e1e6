package io.millrace.codec.multi;

import io.millrace.codec.MillraceVectorsFormat;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.apache.lucene.codecs.DocValuesProducer;
import org.apache.lucene.codecs.FieldsProducer;
import org.apache.lucene.codecs.KnnVectorsReader;
import org.apache.lucene.codecs.KnnVectorsWriter;
import org.apache.lucene.codecs.NormsProducer;
import org.apache.lucene.codecs.PointsReader;
import org.apache.lucene.codecs.StoredFieldsReader;
import org.apache.lucene.codecs.TermVectorsReader;
import org.apache.lucene.index.BinaryDocValues;
import org.apache.lucene.index.DocValuesType;
import org.apache.lucene.index.FieldInfo;
import org.apache.lucene.index.FieldInfos;
import org.apache.lucene.index.MergeState;
import org.apache.lucene.index.SegmentInfo;
import org.apache.lucene.index.SegmentWriteState;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.store.IndexOutput;
import org.apache.lucene.util.ArrayUtil;
import org.apache.lucene.util.Bits;
import org.jspecify.annotations.Nullable;

/// The rows of a merged field: those of live documents, source after source. They are merged as
/// vectors are, each row as a document of its own: from row segments with their graphs, from other
/// sources value by value. Heap: 8 bytes a document, and 4 a row of sources with deletes.
final class MergedRows {
  private static final int DOCUMENTS_BETWEEN_ABORT_CHECKS = 1_024;

  private final FieldInfo field;
  private final MergeState merge;
  private final int dimension;
  private final List<Source> sources = new ArrayList<>();
  private int[] docs = new int[0];
  private int[] firsts = new int[1];
  private int documents;
  private long rows;
  private boolean isRegular;

  /// A segment that is merged, row by row.
  ///
  /// @param reader null where it has no row
  /// @param newRows of rows; negative for those of deleted documents
  /// @param live null = all rows
  private record Source(
      @Nullable KnnVectorsReader reader, MergeState.DocMap newRows, @Nullable Bits live, int rows) {
    static final Source NONE = new Source(null, row -> -1, null, 0);
  }

  private MergedRows(FieldInfo field, MergeState merge, int dimension) {
    this.field = field;
    this.merge = merge;
    this.dimension = dimension;
    this.isRegular = dimension > 0;
  }

  /// @param dimension components of a row; 0 = not known, rows are then not counted
  static MergedRows of(FieldInfo field, MergeState merge, int dimension) throws IOException {
    MergedRows rows = new MergedRows(field, merge, dimension);
    for (int i = 0; i < merge.docValuesProducers.length; i++) {
      rows.sources.add(rows.source(i));
    }
    return rows;
  }

  private Source source(int i) throws IOException {
    DocValuesProducer producer = merge.docValuesProducers[i];
    FieldInfo own = merge.fieldInfos[i].fieldInfo(field.name);
    if (producer == null || own == null || own.getDocValuesType() != DocValuesType.BINARY) {
      return Source.NONE;
    }
    BinaryDocValues values = producer.getBinary(own);
    if (values instanceof MultiValues multi && multi.segment().rowSegment().isPresent()) {
      return ofRowSegment(multi.segment().rowSegment().get(), i);
    }
    return ofValues(values, producer, own, i);
  }

  /// Only live documents have rows here.
  private Source ofValues(
      BinaryDocValues values, DocValuesProducer producer, FieldInfo own, int source)
      throws IOException {
    long before = rows;
    int rowBytes = Float.BYTES * dimension;
    for (int doc = values.nextDoc(); doc != DocIdSetIterator.NO_MORE_DOCS; doc = values.nextDoc()) {
      int merged = merge.docMaps[source].get(doc);
      if (merged >= 0) {
        int length = values.binaryValue().length;
        isRegular &= rowBytes > 0 && length > 0 && length % rowBytes == 0;
        add(merged, rowBytes == 0 ? 0 : length / rowBytes);
      }
    }
    int count = (int) (rows - before);
    if (count == 0) {
      return Source.NONE;
    }
    int base = (int) before;
    return new Source(
        new ValueRows(producer, own, merge.liveDocs[source], dimension, count),
        row -> base + row,
        null,
        count);
  }

  private Source ofRowSegment(RowSegment segment, int source) throws IOException {
    int base = (int) rows;
    int size = segment.vectors().size();
    boolean hasDeletes = merge.liveDocs[source] != null;
    int[] newRows = new int[hasDeletes ? size : 0];
    Arrays.fill(newRows, -1);
    for (int ordinal = 0; ordinal < segment.documents(); ordinal++) {
      int merged = merge.docMaps[source].get(segment.doc(ordinal));
      if (merged >= 0) {
        int first = segment.firstRow(ordinal);
        int count = segment.firstRow(ordinal + 1) - first;
        for (int i = 0; hasDeletes && i < count; i++) {
          newRows[first + i] = (int) rows + i;
        }
        isRegular &= segment.vectors().dimension() == dimension;
        add(merged, count);
      }
    }
    return hasDeletes
        ? new Source(segment.reader(), row -> newRows[row], new Live(newRows), size)
        : new Source(segment.reader(), row -> base + row, null, size);
  }

  private void add(int doc, int count) throws IOException {
    if (documents % DOCUMENTS_BETWEEN_ABORT_CHECKS == 0) {
      merge.checkAborted();
    }
    docs = ArrayUtil.grow(docs, documents + 1);
    firsts = ArrayUtil.grow(firsts, documents + 2);
    docs[documents++] = doc;
    rows += count;
    firsts[documents] = (int) rows;
  }

  int documents() {
    return documents;
  }

  long count() {
    return rows;
  }

  /// Whether there are whole rows only, and not more of them than vectors of a segment.
  boolean canBeNumbered() {
    return isRegular && rows <= Integer.MAX_VALUE;
  }

  void writeTables(IndexOutput data) throws IOException {
    for (int i = 0; i < documents; i++) {
      data.writeInt(docs[i]);
    }
    for (int i = 0; i <= documents; i++) {
      data.writeInt(firsts[i]);
    }
  }

  void writeVectors(SegmentWriteState state, MillraceVectorsFormat vectors) throws IOException {
    FieldInfos fields = MultiFormat.rowFields(field, dimension);
    FieldInfo rowField = fields.fieldInfo(field.number);
    SegmentInfo segment = MultiFormat.rowSegment(state.segmentInfo, (int) rows);
    SegmentWriteState rowState =
        new SegmentWriteState(
            state.infoStream,
            state.directory,
            segment,
            fields,
            state.segUpdates,
            state.context,
            MultiFormat.rowSuffix(state.segmentSuffix, field));
    @Nullable KnnVectorsReader[] readers = new @Nullable KnnVectorsReader[sources.size()];
    try (KnnVectorsWriter writer = vectors.fieldsWriter(rowState)) {
      for (int i = 0; i < readers.length; i++) {
        KnnVectorsReader reader = sources.get(i).reader;
        readers[i] = reader == null ? null : reader.getMergeInstance();
      }
      writer.mergeOneField(rowField, rowMerge(segment, fields, readers)).run();
      writer.finish();
    } finally {
      for (KnnVectorsReader reader : readers) {
        if (reader != null) {
          reader.finishMerge();
        }
      }
    }
    for (Map.Entry<String, String> attribute : segment.getAttributes().entrySet()) {
      state.segmentInfo.putAttribute(attribute.getKey(), attribute.getValue());
    }
  }

  private MergeState rowMerge(
      SegmentInfo segment, FieldInfos fields, @Nullable KnnVectorsReader[] readers) {
    int n = sources.size();
    FieldInfos[] sourceFields = new FieldInfos[n];
    Arrays.fill(sourceFields, fields);
    return new MergeState(
        sources.stream().map(Source::newRows).toArray(MergeState.DocMap[]::new),
        segment,
        fields,
        new StoredFieldsReader[n],
        new TermVectorsReader[n],
        new NormsProducer[n],
        new DocValuesProducer[n],
        sourceFields,
        sources.stream().map(Source::live).toArray(Bits[]::new),
        new FieldsProducer[n],
        new PointsReader[n],
        readers,
        sources.stream().mapToInt(Source::rows).toArray(),
        merge.infoStream,
        merge.intraMergeTaskExecutor,
        false,
        merge.oneMerge);
  }

  @SuppressWarnings("ArrayRecordComponent") // private, never compared or changed
  private record Live(int[] newRows) implements Bits {
    @Override
    public boolean get(int row) {
      return newRows[row] >= 0;
    }

    @Override
    public int length() {
      return newRows.length;
    }
  }
}
