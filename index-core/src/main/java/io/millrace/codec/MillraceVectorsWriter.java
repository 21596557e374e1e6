package io.millrace.codec;

import io.millrace.codec.graph.GrowingGraph;
import io.millrace.model.Distance;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.apache.lucene.codecs.CodecUtil;
import org.apache.lucene.codecs.KnnFieldVectorsWriter;
import org.apache.lucene.codecs.KnnVectorsWriter;
import org.apache.lucene.codecs.lucene95.OrdToDocDISIReaderConfiguration;
import org.apache.lucene.index.DocsWithFieldSet;
import org.apache.lucene.index.FieldInfo;
import org.apache.lucene.index.FloatVectorValues;
import org.apache.lucene.index.IndexFileNames;
import org.apache.lucene.index.KnnVectorValues;
import org.apache.lucene.index.MergeState;
import org.apache.lucene.index.SegmentWriteState;
import org.apache.lucene.index.Sorter;
import org.apache.lucene.index.VectorEncoding;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.store.ByteBuffersDataOutput;
import org.apache.lucene.store.ByteBuffersIndexOutput;
import org.apache.lucene.store.IOContext;
import org.apache.lucene.store.IndexInput;
import org.apache.lucene.store.IndexOutput;
import org.apache.lucene.util.IORunnable;
import org.apache.lucene.util.IOUtils;
import org.jspecify.annotations.Nullable;

/// Writes the files [MillraceVectorsFormat] describes.
///
/// A flush has the rows in memory and writes them and their int8 form. A merge goes in three steps,
/// so that it needs no temporary files: the raw rows of all fields; then their int8 rows, read back
/// from the finished raw file; then one graph after another, scored in place in the finished files.
/// Lucene runs the tasks [#mergeOneField] returns after it was called for every field. The meta
/// file is written last: without it nothing of a half-done segment can be opened.
final class MillraceVectorsWriter extends KnnVectorsWriter {
  private static final int DIRECT_MONOTONIC_BLOCK_SHIFT = 16;
  private static final int SAMPLED_COMPONENTS = 1 << 18;
  private static final int SAMPLED_ROWS = 256;
  private static final int ROWS_BETWEEN_ABORT_CHECKS = 1_024;

  /// Fewer rows are read as they are.
  private static final int LEAST_BOUNDED = 64;

  private final SegmentWriteState state;
  private final VectorFieldSettings settings;
  private final int mergeThreads;
  private final List<FieldBuffer> buffers = new ArrayList<>();
  private final List<Written> written = new ArrayList<>();
  private final IndexOutput raw;
  private boolean rawIsComplete;
  private @Nullable IndexOutput int8;
  private @Nullable IndexOutput graph;
  private @Nullable IndexOutput coarse;
  private @Nullable IndexOutput bounded;
  private @Nullable IndexInput rawInput;
  private @Nullable IndexInput int8Input;

  /// A field on its way into the files.
  private static final class Written {
    final FieldInfo field;
    final VectorFieldOptions options;
    final DocsWithFieldSet documents;
    final long rawOffset;
    final ByteBuffersDataOutput ordToDoc;
    FieldEntry.Int8Region int8 = FieldEntry.Int8Region.NONE;
    FieldEntry.GraphRegion graph = FieldEntry.GraphRegion.NONE;
    long coarseOffset = FieldEntry.ABSENT;
    long boundedOffset = FieldEntry.ABSENT;
    boolean isIndexed;
    @Nullable GrowingGraph built; // until codes are tried by it

    Written(
        FieldInfo field,
        VectorFieldOptions options,
        DocsWithFieldSet documents,
        long rawOffset,
        ByteBuffersDataOutput ordToDoc) {
      this.field = field;
      this.options = options;
      this.documents = documents;
      this.rawOffset = rawOffset;
      this.ordToDoc = ordToDoc;
    }

    int rows() {
      return documents.cardinality();
    }

    boolean wantsInt8() {
      return options.int8()
          && rows() > 0
          && options.rowType() != RowType.UINT8
          && Int8Rows.suit(options.distance(), field.getVectorDimension());
    }

    boolean wantsBounded() {
      return !wantsInt8()
          && rows() >= LEAST_BOUNDED
          && options.rowType() == RowType.FLOAT32
          && BoundedRows.suit(options.distance(), field.getVectorDimension());
    }

    FieldEntry entry() {
      return new FieldEntry(
          options.distance(),
          field.getVectorDimension(),
          rows(),
          options.m(),
          options.efConstruct(),
          options.graphThreshold(),
          rawOffset,
          int8,
          graph,
          coarseOffset,
          boundedOffset,
          options.rowType(),
          options.placement(),
          isIndexed);
    }
  }

  /// Rows by ordinal.
  interface RowSource {
    /// May be overwritten by the next call.
    float[] row(int ordinal) throws IOException;
  }

  MillraceVectorsWriter(SegmentWriteState state, VectorFieldSettings settings, int mergeThreads)
      throws IOException {
    this.state = state;
    this.settings = settings;
    this.mergeThreads = mergeThreads;
    this.raw = MillraceVectorsFormat.RAW.create(state);
  }

  @Override
  public KnnFieldVectorsWriter<?> addField(FieldInfo field) {
    if (field.getVectorEncoding() != VectorEncoding.FLOAT32) {
      throw new IllegalArgumentException(
          "field " + field.name + ": expected float32 vectors, got " + field.getVectorEncoding());
    }
    FieldBuffer buffer = new FieldBuffer(field);
    buffers.add(buffer);
    return buffer;
  }

  @Override
  public void flush(int maxDoc, Sorter.@Nullable DocMap sortMap) throws IOException {
    for (FieldBuffer buffer : buffers) {
      FieldBuffer.Sorted sorted = buffer.sorted(sortMap);
      RowSource source = sorted::row;
      VectorFieldOptions options = settings.of(buffer.field.name);
      RawOutput out = new RawOutput(buffer.field, options);
      for (int i = 0; i < sorted.documents().cardinality(); i++) {
        out.write(source.row(i));
      }
      Written done = rawWritten(buffer.field, options, sorted.documents(), out, maxDoc);
      if (done.wantsInt8()) {
        writeInt8(done, source, () -> {});
      }
      if (done.wantsBounded()) {
        writeBounded(done, source, () -> {});
      }
    }
  }

  @Override
  public IORunnable mergeOneField(FieldInfo field, MergeState merge) throws IOException {
    VectorFieldOptions options = settings.of(field.name);
    DocsWithFieldSet documents = new DocsWithFieldSet();
    RawOutput out = new RawOutput(field, options);
    try (RestoredBytes restored = RestoredBytes.of(field, options, merge)) {
      FloatVectorValues values = MergedVectorValues.mergeFloatVectorValues(field, merge);
      KnnVectorValues.DocIndexIterator docs = values.iterator();
      for (int doc = docs.nextDoc(); doc != DocIdSetIterator.NO_MORE_DOCS; doc = docs.nextDoc()) {
        if (documents.cardinality() % ROWS_BETWEEN_ABORT_CHECKS == 0) {
          merge.checkAborted();
        }
        out.write(values.vectorValue(docs.index()));
        documents.add(doc);
      }
    }
    Written done = rawWritten(field, options, documents, out, state.segmentInfo.maxDoc());
    return () -> {
      IndexInput rows = completeRows(merge);
      if (done.options.wantsGraph(done.rows())) {
        buildGraph(done, merge, rows);
      }
      if (done.options.wantsIndex(done.rows())) {
        writeCoarse(done, merge, rows);
        done.built = null;
        done.isIndexed = true;
      } else if (done.wantsBounded()) {
        writeBounded(
            done, asTheyAre(VectorSegment.openRows(done.entry(), rows)), merge::checkAborted);
      }
    };
  }

  private Written rawWritten(
      FieldInfo field,
      VectorFieldOptions options,
      DocsWithFieldSet documents,
      RawOutput out,
      int maxDoc)
      throws IOException {
    ByteBuffersDataOutput ordToDoc = new ByteBuffersDataOutput();
    try (IndexOutput meta = new ByteBuffersIndexOutput(ordToDoc, "ord to doc", "ord to doc")) {
      OrdToDocDISIReaderConfiguration.writeStoredMeta(
          DIRECT_MONOTONIC_BLOCK_SHIFT, meta, raw, documents.cardinality(), maxDoc, documents);
    }
    Written done = new Written(field, options, documents, out.offset, ordToDoc);
    written.add(done);
    return done;
  }

  /// Second step of a merge, taken by the first task: finishes the raw file, then the int8 file.
  private IndexInput completeRows(MergeState merge) throws IOException {
    if (rawInput != null) {
      return rawInput;
    }
    completeRaw();
    IndexInput rows = openAgain(MillraceVectorsFormat.RAW);
    rawInput = rows;
    for (Written field : written) {
      if (field.wantsInt8()) {
        RawRows raws = VectorSegment.openRows(field.entry(), rows);
        writeInt8(field, compared(field, raws), merge::checkAborted);
      }
    }
    if (int8 != null) {
      CodecUtil.writeFooter(int8);
      int8.close();
      int8Input = openAgain(MillraceVectorsFormat.INT8);
    }
    return rows;
  }

  private void writeInt8(Written field, RowSource source, IORunnable abortCheck)
      throws IOException {
    IndexOutput out = int8;
    if (out == null) {
      out = MillraceVectorsFormat.INT8.create(state);
      int8 = out;
    }
    field.int8 = writeInt8(field, source, out, field.options.quantile(), abortCheck);
  }

  private static FieldEntry.Int8Region writeInt8(
      Written field, RowSource source, IndexOutput out, float quantile, IORunnable abortCheck)
      throws IOException {
    long offset = out.alignFilePointer(MillraceVectorsFormat.ALIGNMENT);
    int dimension = field.field.getVectorDimension();
    float scale = Int8Rows.scale(sample(source, field.rows(), dimension), quantile);
    Int8Rows.Encoder encoder = new Int8Rows.Encoder(field.options.distance(), dimension, scale);
    for (int i = 0; i < field.rows(); i++) {
      if (i % ROWS_BETWEEN_ABORT_CHECKS == 0) {
        abortCheck.run();
      }
      byte[] row = encoder.encode(source.row(i));
      out.writeBytes(row, row.length);
    }
    return new FieldEntry.Int8Region(offset, encoder.stride(), encoder.scale());
  }

  private void writeBounded(Written field, RowSource source, IORunnable abortCheck)
      throws IOException {
    IndexOutput out = bounded;
    if (out == null) {
      out = MillraceVectorsFormat.BOUNDED.create(state);
      bounded = out;
    }
    field.boundedOffset = out.alignFilePointer(MillraceVectorsFormat.ALIGNMENT);
    BoundedRows.Encoder encoder = new BoundedRows.Encoder(field.field.getVectorDimension());
    for (int i = 0; i < field.rows(); i++) {
      if (i % ROWS_BETWEEN_ABORT_CHECKS == 0) {
        abortCheck.run();
      }
      byte[] row = encoder.encode(source.row(i));
      out.writeBytes(row, row.length);
    }
  }

  /// Absolute components of rows spread evenly over the segment.
  private static float[] sample(RowSource source, int rows, int dimension) throws IOException {
    int taken = Math.clamp(SAMPLED_COMPONENTS / dimension, 1, rows);
    float[] magnitudes = new float[taken * dimension];
    for (int i = 0; i < taken; i++) {
      float[] row = source.row((int) ((long) i * rows / taken));
      for (int j = 0; j < dimension; j++) {
        magnitudes[i * dimension + j] = Math.abs(row[j]);
      }
    }
    return magnitudes;
  }

  /// Graphs are scored by int8 rows wherever they suit: a quarter of the memory, graphs of equal
  /// recall. A field that keeps none has them in a temporary file meanwhile.
  private void buildGraph(Written field, MergeState merge, IndexInput rows) throws IOException {
    FieldEntry entry = field.entry();
    RawRows raws = VectorSegment.openRows(entry, rows);
    Distance distance = field.options.distance();
    if (entry.int8().exists() && int8Input != null) {
      buildGraph(field, merge, raws, VectorSegment.openInt8(entry, int8Input));
      return;
    }
    if (entry.rowType() == RowType.UINT8 || !Int8Rows.suit(distance, entry.dimension())) {
      buildGraph(field, merge, raws, null);
      return;
    }
    IndexOutput temporary =
        state.directory.createTempOutput(state.segmentInfo.name, "build", state.context);
    try {
      FieldEntry.Int8Region region;
      try (temporary) {
        region = writeInt8(field, compared(field, raws), temporary, 1, merge::checkAborted);
      }
      try (IndexInput input = state.directory.openInput(temporary.getName(), IOContext.DEFAULT)) {
        buildGraph(field, merge, raws, VectorSegment.openInt8(entry.with(region), input));
      }
    } finally {
      state.directory.deleteFile(temporary.getName());
    }
  }

  private void buildGraph(Written field, MergeState merge, RawRows raws, @Nullable Int8Rows bytes)
      throws IOException {
    GrowingGraph built =
        GraphMerge.build(
            field.field.name,
            merge,
            field.options,
            () -> new BuildScorer(field.options.distance(), raws, bytes),
            field.documents,
            mergeThreads);
    IndexOutput out = graph;
    if (out == null) {
      out = MillraceVectorsFormat.GRAPH.create(state);
      graph = out;
    }
    field.graph = new GraphOutput(out, field.options.m()).write(built);
    field.built = built;
  }

  /// Codes for the walks of the graph, unless they would lead astray.
  private void writeCoarse(Written field, MergeState merge, IndexInput rows) throws IOException {
    Distance distance = field.options.distance();
    if (!CoarseRows.suit(distance, field.field.getVectorDimension())) {
      return;
    }
    RowSource source = compared(field, VectorSegment.openRows(field.entry(), rows));
    CoarseRows.Encoder encoder = new CoarseRows.Encoder(distance, mean(field, source, merge));
    if (!encoder.suit(sampleRows(field, source)) || !tellApart(field, encoder, source, merge)) {
      return;
    }
    IndexOutput out = coarse;
    if (out == null) {
      out = MillraceVectorsFormat.COARSE.create(state);
      coarse = out;
    }
    field.coarseOffset = out.alignFilePointer(MillraceVectorsFormat.ALIGNMENT);
    byte[] mean = encoder.meanBytes();
    out.writeBytes(mean, mean.length);
    for (int i = 0; i < field.rows(); i++) {
      if (i % ROWS_BETWEEN_ABORT_CHECKS == 0) {
        merge.checkAborted();
      }
      byte[] codes = encoder.encode(source.row(i));
      out.writeBytes(codes, codes.length);
    }
  }

  private static boolean tellApart(
      Written field, CoarseRows.Encoder encoder, RowSource source, MergeState merge)
      throws IOException {
    GrowingGraph graph = field.built;
    if (graph == null) {
      return true; // codes alone are scanned, with all that may match
    }
    CodeTrial trial =
        new CodeTrial(
            graph,
            field.options.distance(),
            field.field.getVectorDimension(),
            encoder,
            source,
            field.options.m());
    return trial.found(merge::checkAborted) >= CodeTrial.LEAST_FOUND;
  }

  /// Finished rows in the form in which estimates compare them.
  private static RowSource compared(Written field, RawRows rows) {
    RowSource raw = asTheyAre(rows);
    return ordinal -> rows.compared(field.options.distance(), raw.row(ordinal));
  }

  private static RowSource asTheyAre(RawRows rows) {
    float[] scratch = new float[rows.dimension()];
    return ordinal -> {
      rows.copyTo(ordinal, scratch);
      return scratch;
    };
  }

  private static float[] mean(Written field, RowSource source, MergeState merge)
      throws IOException {
    double[] sums = new double[field.field.getVectorDimension()];
    for (int i = 0; i < field.rows(); i++) {
      if (i % ROWS_BETWEEN_ABORT_CHECKS == 0) {
        merge.checkAborted();
      }
      float[] row = source.row(i);
      for (int j = 0; j < row.length; j++) {
        sums[j] += row[j];
      }
    }
    float[] mean = new float[sums.length];
    for (int j = 0; j < mean.length; j++) {
      mean[j] = (float) (sums[j] / field.rows());
    }
    return mean;
  }

  /// Rows spread evenly over the segment.
  private static List<float[]> sampleRows(Written field, RowSource source) throws IOException {
    int taken = Math.min(SAMPLED_ROWS, field.rows());
    List<float[]> sample = new ArrayList<>(taken);
    for (int i = 0; i < taken; i++) {
      sample.add(source.row((int) ((long) i * field.rows() / taken)).clone());
    }
    return sample;
  }

  @Override
  public void finish() throws IOException {
    completeRaw();
    if (int8 != null && int8Input == null) {
      CodecUtil.writeFooter(int8);
    }
    if (graph != null) {
      CodecUtil.writeFooter(graph);
    }
    if (coarse != null) {
      CodecUtil.writeFooter(coarse);
    }
    if (bounded != null) {
      CodecUtil.writeFooter(bounded);
    }
    try (IndexOutput meta = MillraceVectorsFormat.META.create(state)) {
      meta.writeByte(
          (byte)
              ((int8 != null ? MillraceVectorsFormat.FLAG_INT8_FILE : 0)
                  | (graph != null ? MillraceVectorsFormat.FLAG_GRAPH_FILE : 0)
                  | (coarse != null ? MillraceVectorsFormat.FLAG_COARSE_FILE : 0)
                  | (bounded != null ? MillraceVectorsFormat.FLAG_BOUNDED_FILE : 0)));
      for (Written field : written) {
        field.entry().write(field.field.number, field.ordToDoc, meta);
        state.segmentInfo.putAttribute(
            MillraceVectorsFormat.MADE + field.field.name, field.options.made(field.isIndexed));
        RowCounts.put(state.segmentInfo, field.field.name, field.rows());
      }
      meta.writeInt(-1);
      CodecUtil.writeFooter(meta);
    }
  }

  private void completeRaw() throws IOException {
    if (!rawIsComplete) {
      CodecUtil.writeFooter(raw);
      raw.close();
      rawIsComplete = true;
    }
  }

  @Override
  public void close() throws IOException {
    IOUtils.close(rawInput, int8Input, raw, int8, graph, coarse, bounded);
  }

  @Override
  public long ramBytesUsed() {
    long bytes = 0;
    for (FieldBuffer buffer : buffers) {
      bytes += buffer.ramBytesUsed();
    }
    return bytes;
  }

  private IndexInput openAgain(SegmentFile kind) throws IOException {
    return state.directory.openInput(
        IndexFileNames.segmentFileName(
            state.segmentInfo.name, state.segmentSuffix, kind.extension()),
        IOContext.DEFAULT);
  }

  /// The raw rows of one field.
  private final class RawOutput {
    final long offset;
    private final RowType type;
    private final ByteBuffer bytes;

    RawOutput(FieldInfo field, VectorFieldOptions options) throws IOException {
      offset = raw.alignFilePointer(MillraceVectorsFormat.ALIGNMENT);
      type = options.rowType();
      bytes =
          ByteBuffer.allocate(RawRows.stride(type, options.distance(), field.getVectorDimension()))
              .order(ByteOrder.LITTLE_ENDIAN);
    }

    /// @param row of components the datatype can hold
    void write(float[] row) throws IOException {
      switch (type) {
        case FLOAT32 -> bytes.asFloatBuffer().put(row);
        case FLOAT16 -> {
          for (int i = 0; i < row.length; i++) {
            bytes.putShort(2 * i, Float.floatToFloat16(row[i]));
          }
        }
        case UINT8 -> {
          int squaredLength = 0;
          for (int i = 0; i < row.length; i++) {
            int component = (int) row[i];
            bytes.put(i, (byte) component);
            squaredLength += component * component;
          }
          if (bytes.capacity() > row.length) { // Cosine
            bytes.putInt(row.length, squaredLength);
          }
        }
      }
      raw.writeBytes(bytes.array(), bytes.capacity());
    }
  }
}
