package io.millrace.codec;

import io.millrace.codec.graph.GraphLinks;
import io.millrace.model.Distance;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.apache.lucene.codecs.KnnVectorsReader;
import org.apache.lucene.codecs.lucene90.IndexedDISI;
import org.apache.lucene.codecs.lucene95.OrdToDocDISIReaderConfiguration;
import org.apache.lucene.codecs.perfield.PerFieldKnnVectorsFormat;
import org.apache.lucene.index.CodecReader;
import org.apache.lucene.index.FilterLeafReader;
import org.apache.lucene.index.LeafReader;
import org.apache.lucene.store.IndexInput;
import org.apache.lucene.util.packed.DirectMonotonicReader;
import org.jspecify.annotations.Nullable;

/// One vector field of one segment, open: its rows, its graph and its documents. Usable by many
/// threads while the segment's reader is open.
public final class VectorSegment {
  private final FieldEntry entry;
  private final RawRows rows;
  private final @Nullable Int8Rows int8;
  private final @Nullable GraphLinks graph;
  private final @Nullable CoarseRows coarse;
  private final @Nullable BoundedRows bounded;
  private final OrdToDocDISIReaderConfiguration ordToDoc;
  private final IndexInput raw;

  VectorSegment(
      FieldEntry entry,
      OrdToDocDISIReaderConfiguration ordToDoc,
      IndexInput raw,
      @Nullable IndexInput int8Input,
      @Nullable IndexInput graphInput,
      @Nullable IndexInput coarseInput,
      @Nullable IndexInput boundedInput)
      throws IOException {
    this.entry = entry;
    this.ordToDoc = ordToDoc;
    this.raw = raw;
    this.rows = openRows(entry, raw);
    this.int8 = int8Input == null ? null : openInt8(entry, int8Input);
    this.graph = graphInput == null ? null : openGraph(entry, graphInput);
    this.coarse = coarseInput == null ? null : openCoarse(entry, coarseInput);
    this.bounded = boundedInput == null ? null : openBounded(entry, boundedInput);
  }

  static RawRows openRows(FieldEntry entry, IndexInput raw) throws IOException {
    MemorySegment bytes =
        Region.of(raw, entry.rawOffset(), entry.rawBytes(), Region.Use.ofRows(entry.placement()));
    return switch (entry.rowType()) {
      case FLOAT32 -> new FloatRows(bytes, entry.dimension(), entry.rows());
      case FLOAT16 -> new HalfRows(bytes, entry.dimension(), entry.rows());
      case UINT8 -> new ByteRows(bytes, entry.distance(), entry.dimension(), entry.rows());
    };
  }

  static @Nullable Int8Rows openInt8(FieldEntry entry, IndexInput input) throws IOException {
    FieldEntry.Int8Region region = entry.int8();
    if (!region.exists()) {
      return null;
    }
    MemorySegment bytes =
        Region.of(
            input,
            region.offset(),
            (long) region.stride() * entry.rows(),
            Region.Use.ofInt8(entry.placement()));
    return new Int8Rows(
        bytes, entry.distance(), entry.dimension(), region.stride(), region.scale());
  }

  private static @Nullable GraphLinks openGraph(FieldEntry entry, IndexInput input)
      throws IOException {
    FieldEntry.GraphRegion region = entry.graph();
    if (!region.exists()) {
      return null;
    }
    long bytes = region.length(entry.rows(), entry.m());
    return new GraphLinks(
        Region.of(input, region.offset(), bytes, Region.Use.ofGraph(entry.placement())),
        entry.rows(),
        entry.m(),
        region.upperNodes(),
        region.entry());
  }

  private static @Nullable CoarseRows openCoarse(FieldEntry entry, IndexInput input)
      throws IOException {
    if (entry.coarseOffset() == FieldEntry.ABSENT) {
      return null;
    }
    long bytes = new CoarseRows.Shape(entry.dimension()).regionBytes(entry.rows());
    return new CoarseRows(
        Region.of(input, entry.coarseOffset(), bytes, Region.Use.ofGraph(entry.placement())),
        entry.distance(),
        entry.dimension());
  }

  private static @Nullable BoundedRows openBounded(FieldEntry entry, IndexInput input)
      throws IOException {
    if (entry.boundedOffset() == FieldEntry.ABSENT) {
      return null;
    }
    MemorySegment bytes =
        Region.of(
            input,
            entry.boundedOffset(),
            entry.boundedBytes(),
            Region.Use.ofRows(entry.placement()));
    return new BoundedRows(bytes, entry.distance(), entry.dimension());
  }

  /// The field in a segment of an open index; absent if no document of it has the field.
  public static Optional<VectorSegment> of(LeafReader leaf, String field) {
    if (!(FilterLeafReader.unwrap(leaf) instanceof CodecReader codec)) {
      throw new IllegalArgumentException("not a segment of ours: " + leaf);
    }
    KnnVectorsReader vectors = codec.getVectorReader();
    return vectors == null ? Optional.empty() : of(vectors, field);
  }

  /// The field in an open file of vectors.
  public static Optional<VectorSegment> of(KnnVectorsReader vectors, String field) {
    KnnVectorsReader reader =
        vectors instanceof PerFieldKnnVectorsFormat.FieldsReader fields
            ? fields.getFieldReader(field)
            : vectors;
    return reader instanceof MillraceVectorsReader ours ? ours.segment(field) : Optional.empty();
  }

  public Distance distance() {
    return entry.distance();
  }

  public int dimension() {
    return entry.dimension();
  }

  /// Vectors in this segment, those of deleted documents among them.
  public int size() {
    return entry.rows();
  }

  public int efConstruct() {
    return entry.efConstruct();
  }

  public int m() {
    return entry.m();
  }

  /// Vectors from which on the segment was to get a graph when it was written; 0 = never.
  public int graphThreshold() {
    return entry.graphThreshold();
  }

  /// Whether the segment has what makes searches of many rows fast: a graph, or what stands for it.
  public boolean isIndexed() {
    return entry.isIndexed();
  }

  public RawRows rows() {
    return rows;
  }

  public Optional<Int8Rows> int8() {
    return Optional.ofNullable(int8);
  }

  public Optional<GraphLinks> graph() {
    return Optional.ofNullable(graph);
  }

  public Optional<CoarseRows> coarse() {
    return Optional.ofNullable(coarse);
  }

  /// Whether codes were left out of the segment since they would tell its near rows apart badly, as
  /// other estimates may.
  public boolean hasCloseRows() {
    return graph != null && coarse == null && CoarseRows.suit(entry.distance(), entry.dimension());
  }

  public Optional<BoundedRows> bounded() {
    return Optional.ofNullable(bounded);
  }

  /// Whether every document has the field; its ordinal then is its document.
  public boolean isDense() {
    return ordToDoc.isDense();
  }

  void adviseColdRows(boolean inOrder) throws IOException {
    if (entry.placement().coldRows()) {
      Region.advise(raw, entry.rawOffset(), entry.rawBytes(), inOrder);
    }
  }

  Map<String, Long> offHeapBytes() {
    Map<String, Long> bytes = new HashMap<>();
    bytes.put(MillraceVectorsFormat.RAW.extension(), rows.bytes());
    if (int8 != null) {
      bytes.put(
          MillraceVectorsFormat.INT8.extension(), (long) entry.int8().stride() * entry.rows());
    }
    if (graph != null) {
      bytes.put(
          MillraceVectorsFormat.GRAPH.extension(), entry.graph().length(entry.rows(), entry.m()));
    }
    if (coarse != null) {
      bytes.put(
          MillraceVectorsFormat.COARSE.extension(),
          new CoarseRows.Shape(entry.dimension()).regionBytes(entry.rows()));
    }
    if (bounded != null) {
      bytes.put(MillraceVectorsFormat.BOUNDED.extension(), entry.boundedBytes());
    }
    return bytes;
  }

  /// A view for one thread.
  public Documents documents() throws IOException {
    return new Documents();
  }

  @Nullable IndexedDISI documentIterator() throws IOException {
    return ordToDoc.isDense() || ordToDoc.isEmpty() ? null : ordToDoc.getIndexedDISI(raw);
  }

  /// Between ordinals and documents of the segment.
  public final class Documents {
    private final @Nullable DirectMonotonicReader docs;
    private @Nullable IndexedDISI ordinals;
    private int last = -1;

    private Documents() throws IOException {
      boolean sparse = !ordToDoc.isDense() && !ordToDoc.isEmpty();
      docs = sparse ? ordToDoc.getDirectMonotonicReader(raw) : null;
    }

    public int doc(int ordinal) {
      return docs == null ? ordinal : (int) docs.get(ordinal);
    }

    /// The ordinal of a document, negative where it lacks the field. Cheapest for rising documents.
    public int ordinal(int doc) throws IOException {
      if (docs == null) {
        return doc < entry.rows() ? doc : -1;
      }
      if (ordinals == null || doc < last) {
        ordinals = documentIterator();
      }
      last = doc;
      IndexedDISI current = ordinals;
      return current != null && current.advanceExact(doc) ? current.index() : -1;
    }
  }
}
