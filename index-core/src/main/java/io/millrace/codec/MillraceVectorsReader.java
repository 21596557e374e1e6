package io.millrace.codec;

import io.millrace.codec.graph.LuceneGraph;
import java.io.IOException;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.apache.lucene.codecs.CodecUtil;
import org.apache.lucene.codecs.KnnVectorsReader;
import org.apache.lucene.codecs.hnsw.HnswGraphProvider;
import org.apache.lucene.index.ByteVectorValues;
import org.apache.lucene.index.CorruptIndexException;
import org.apache.lucene.index.FieldInfo;
import org.apache.lucene.index.FloatVectorValues;
import org.apache.lucene.index.SegmentReadState;
import org.apache.lucene.search.AcceptDocs;
import org.apache.lucene.search.KnnCollector;
import org.apache.lucene.store.IndexInput;
import org.apache.lucene.util.Bits;
import org.apache.lucene.util.IOUtils;
import org.apache.lucene.util.hnsw.HnswGraph;
import org.jspecify.annotations.Nullable;

/// Opens the vector files of a segment without reading more than their ends and the meta file.
final class MillraceVectorsReader extends KnnVectorsReader implements HnswGraphProvider {
  private final Map<String, VectorSegment> segments = new HashMap<>();
  private @Nullable IndexInput raw;
  private @Nullable IndexInput int8;
  private @Nullable IndexInput graph;
  private @Nullable IndexInput coarse;
  private @Nullable IndexInput bounded;

  MillraceVectorsReader(SegmentReadState state) throws IOException {
    Map<String, FieldEntry.Read> entries = new LinkedHashMap<>();
    boolean opened = false;
    try {
      Header header = readMeta(state, entries);
      raw = header.file(MillraceVectorsFormat.RAW).open(state);
      int8 = open(state, header, MillraceVectorsFormat.FLAG_INT8_FILE, MillraceVectorsFormat.INT8);
      graph =
          open(state, header, MillraceVectorsFormat.FLAG_GRAPH_FILE, MillraceVectorsFormat.GRAPH);
      coarse =
          open(state, header, MillraceVectorsFormat.FLAG_COARSE_FILE, MillraceVectorsFormat.COARSE);
      bounded =
          open(
              state,
              header,
              MillraceVectorsFormat.FLAG_BOUNDED_FILE,
              MillraceVectorsFormat.BOUNDED);
      for (Map.Entry<String, FieldEntry.Read> read : entries.entrySet()) {
        segments.put(
            read.getKey(),
            new VectorSegment(
                read.getValue().entry(),
                read.getValue().ordToDoc(),
                raw,
                int8,
                graph,
                coarse,
                bounded));
      }
      opened = true;
    } finally {
      if (!opened) {
        IOUtils.closeWhileHandlingException(this);
      }
    }
  }

  /// What the front of the meta file says of the others.
  private record Header(int version, int files) {
    SegmentFile file(SegmentFile kind) {
      return kind.inVersion(version);
    }
  }

  private static Header readMeta(SegmentReadState state, Map<String, FieldEntry.Read> entries)
      throws IOException {
    Header[] header = new Header[1];
    MillraceVectorsFormat.META.readWhole(
        state,
        (meta, version) -> {
          header[0] = new Header(version, meta.readByte());
          for (int number = meta.readInt(); number != -1; number = meta.readInt()) {
            FieldInfo field = state.fieldInfos.fieldInfo(number);
            if (field == null) {
              throw new CorruptIndexException("unknown field number " + number, meta);
            }
            FieldEntry.Read read = FieldEntry.read(meta, version, state.segmentInfo.maxDoc());
            if (read.entry().dimension() != field.getVectorDimension()) {
              throw new CorruptIndexException(
                  "field "
                      + field.name
                      + " has dimension "
                      + field.getVectorDimension()
                      + ", its rows "
                      + read.entry().dimension(),
                  meta);
            }
            entries.put(field.name, read);
          }
        });
    return header[0];
  }

  private static @Nullable IndexInput open(
      SegmentReadState state, Header header, int flag, SegmentFile kind) throws IOException {
    return (header.files & flag) == 0 ? null : header.file(kind).open(state);
  }

  Optional<VectorSegment> segment(String field) {
    return Optional.ofNullable(segments.get(field));
  }

  private VectorSegment existing(String field) {
    VectorSegment segment = segments.get(field);
    if (segment == null) {
      throw new IllegalArgumentException("no vectors of field " + field + " in this segment");
    }
    return segment;
  }

  @Override
  public FloatVectorValues getFloatVectorValues(String field) throws IOException {
    return new RowValues(existing(field));
  }

  @Override
  public ByteVectorValues getByteVectorValues(String field) {
    throw new UnsupportedOperationException("field " + field + " holds float vectors");
  }

  @Override
  public int getVectorCount(FieldInfo field) {
    return existing(field.name).size();
  }

  /// Null where the field has no graph, as Lucene's mergers and checks expect.
  @Override
  @SuppressWarnings("NullAway") // Lucene's interface is not annotated; its callers test for null
  public HnswGraph getGraph(String field) {
    return segment(field).flatMap(VectorSegment::graph).map(LuceneGraph::new).orElse(null);
  }

  /// Lucene's own queries and CheckIndex come here: a scan of all rows. The product searches by
  /// `search.nearest`.
  @Override
  public void search(String field, float[] target, KnnCollector collector, AcceptDocs accept)
      throws IOException {
    VectorSegment segment = existing(field);
    VectorSegment.Documents documents = segment.documents();
    Bits bits = accept.bits();
    int[] ordinal = new int[1];
    float[] score = new float[1];
    RawRows.Scorer scorer = segment.rows().scorer(segment.distance(), target);
    for (int i = 0; i < segment.size() && !collector.earlyTerminated(); i++) {
      int doc = documents.doc(i);
      if (bits == null || bits.get(doc)) {
        ordinal[0] = i;
        scorer.order(ordinal, 1, score);
        collector.incVisitedCount(1);
        collector.collect(doc, BuildScorer.positive(score[0]));
      }
    }
  }

  @Override
  public void search(String field, byte[] target, KnnCollector collector, AcceptDocs accept) {
    throw new UnsupportedOperationException("field " + field + " holds float vectors");
  }

  @Override
  public Map<String, Long> getOffHeapByteSize(FieldInfo field) {
    return existing(field.name).offHeapBytes();
  }

  /// A merge reads cold rows from first to last.
  @Override
  public KnnVectorsReader getMergeInstance() throws IOException {
    adviseColdRows(true);
    return this;
  }

  @Override
  public void finishMerge() throws IOException {
    adviseColdRows(false);
  }

  private void adviseColdRows(boolean inOrder) throws IOException {
    for (VectorSegment segment : segments.values()) {
      segment.adviseColdRows(inOrder);
    }
  }

  @Override
  public void checkIntegrity() throws IOException {
    for (IndexInput input : new IndexInput[] {raw, int8, graph, coarse, bounded}) {
      if (input != null) {
        CodecUtil.checksumEntireFile(input);
      }
    }
  }

  @Override
  public void close() throws IOException {
    IOUtils.close(raw, int8, graph, coarse, bounded);
  }
}
