package io.millrace.codec;

import io.millrace.codec.graph.GraphLinks;
import io.millrace.model.Distance;
import io.millrace.model.Placement;
import java.io.IOException;
import org.apache.lucene.codecs.lucene95.OrdToDocDISIReaderConfiguration;
import org.apache.lucene.index.CorruptIndexException;
import org.apache.lucene.store.ByteBuffersDataOutput;
import org.apache.lucene.store.IndexInput;
import org.apache.lucene.store.IndexOutput;

/// One field's entry in the `.mvm` file; [MillraceVectorsFormat] has the layout.
record FieldEntry(
    Distance distance,
    int dimension,
    int rows,
    int m,
    int efConstruct,
    int graphThreshold,
    long rawOffset,
    Int8Region int8,
    GraphRegion graph,
    long coarseOffset,
    long boundedOffset,
    RowType rowType,
    Placement placement,
    boolean isIndexed) {

  static final long ABSENT = -1;
  private static final int MAX_LEVELS = 64;
  private static final int COLD_ROWS = 1;
  private static final int COLD_GRAPH = 2;
  private static final int COLD_INT8 = 4;
  private static final int INDEXED = 8;

  /// @param offset [#ABSENT] = no such rows
  /// @param scale 0 = every row has its own
  record Int8Region(long offset, int stride, float scale) {
    static final Int8Region NONE = new Int8Region(ABSENT, 0, 0);

    boolean exists() {
      return offset != ABSENT;
    }
  }

  /// @param offset [#ABSENT] = no graph
  /// @param upperNodes nodes on level 1, 2, …
  /// @param entry place of the entry node in the list of the top level
  @SuppressWarnings("ArrayRecordComponent") // private to the package, never compared or changed
  record GraphRegion(long offset, int[] upperNodes, int entry) {
    static final GraphRegion NONE = new GraphRegion(ABSENT, new int[0], 0);

    boolean exists() {
      return offset != ABSENT;
    }

    long length(int rows, int m) {
      long bytes = rows * 8L * m;
      for (int nodes : upperNodes) {
        bytes += nodes * GraphLinks.upperRowBytes(m);
      }
      return bytes;
    }
  }

  FieldEntry with(Int8Region rowsOfInt8) {
    return new FieldEntry(
        distance,
        dimension,
        rows,
        m,
        efConstruct,
        graphThreshold,
        rawOffset,
        rowsOfInt8,
        graph,
        coarseOffset,
        boundedOffset,
        rowType,
        placement,
        isIndexed);
  }

  void write(int fieldNumber, ByteBuffersDataOutput ordToDoc, IndexOutput meta) throws IOException {
    meta.writeInt(fieldNumber);
    meta.writeByte((byte) code(distance));
    meta.writeInt(dimension);
    meta.writeInt(rows);
    meta.writeInt(m);
    meta.writeInt(efConstruct);
    meta.writeInt(graphThreshold);
    meta.writeLong(rawOffset);
    meta.writeLong(int8.offset);
    if (int8.exists()) {
      meta.writeInt(int8.stride);
      meta.writeInt(Float.floatToIntBits(int8.scale));
    }
    meta.writeLong(graph.offset);
    if (graph.exists()) {
      meta.writeInt(graph.upperNodes.length + 1);
      for (int nodes : graph.upperNodes) {
        meta.writeInt(nodes);
      }
      meta.writeInt(graph.entry);
    }
    meta.writeLong(coarseOffset);
    meta.writeByte((byte) code(rowType));
    meta.writeByte(
        (byte)
            ((placement.coldRows() ? COLD_ROWS : 0)
                | (placement.coldGraph() ? COLD_GRAPH : 0)
                | (placement.coldQuantized() ? COLD_INT8 : 0)
                | (isIndexed ? INDEXED : 0)));
    meta.writeLong(boundedOffset);
    ordToDoc.copyTo(meta);
  }

  /// The entry whose field number has just been read, and how its ordinals map to documents.
  /// Numbers are checked as they are read: what is made room for depends on them.
  record Read(FieldEntry entry, OrdToDocDISIReaderConfiguration ordToDoc) {}

  static Read read(IndexInput meta, int version, int maxDoc) throws IOException {
    Distance distance = distance(meta.readByte(), meta);
    int dimension = meta.readInt();
    int rows = meta.readInt();
    int m = meta.readInt();
    int efConstruct = meta.readInt();
    int graphThreshold = meta.readInt();
    check(dimension >= 1, "dimension", dimension, meta);
    check(dimension <= MillraceVectorsFormat.MAX_DIMENSION, "dimension", dimension, meta);
    check(rows >= 0, "rows", rows, meta);
    check(rows <= maxDoc, "rows", rows, meta);
    check(m >= 0, "m", m, meta);
    check(m <= MillraceVectorsFormat.MAX_M, "m", m, meta);
    long rawOffset = meta.readLong();
    Int8Region int8 = readInt8(meta, dimension);
    GraphRegion graph = readGraph(meta, rows);
    long coarseOffset = meta.readLong();
    RowType rowType = RowType.FLOAT32;
    int flags = graph.exists() ? INDEXED : 0;
    if (version >= MillraceVectorsFormat.VERSION_DATATYPES) {
      rowType = rowType(meta.readByte(), meta);
      flags = meta.readByte();
    }
    long boundedOffset = version >= MillraceVectorsFormat.VERSION_BOUNDS ? meta.readLong() : ABSENT;
    OrdToDocDISIReaderConfiguration ordToDoc =
        OrdToDocDISIReaderConfiguration.fromStoredMeta(meta, rows);
    return new Read(
        new FieldEntry(
            distance,
            dimension,
            rows,
            m,
            efConstruct,
            graphThreshold,
            rawOffset,
            int8,
            graph,
            coarseOffset,
            boundedOffset,
            rowType,
            new Placement(
                (flags & COLD_ROWS) != 0, (flags & COLD_GRAPH) != 0, (flags & COLD_INT8) != 0),
            (flags & INDEXED) != 0),
        ordToDoc);
  }

  private static Int8Region readInt8(IndexInput meta, int dimension) throws IOException {
    long offset = meta.readLong();
    if (offset == ABSENT) {
      return Int8Region.NONE;
    }
    int stride = meta.readInt();
    check(stride >= dimension, "length of an int8 row", stride, meta);
    return new Int8Region(offset, stride, Float.intBitsToFloat(meta.readInt()));
  }

  private static GraphRegion readGraph(IndexInput meta, int rows) throws IOException {
    long offset = meta.readLong();
    if (offset == ABSENT) {
      return GraphRegion.NONE;
    }
    int levels = meta.readInt();
    check(levels >= 1, "levels", levels, meta);
    check(levels <= MAX_LEVELS, "levels", levels, meta);
    int[] upperNodes = new int[levels - 1];
    for (int i = 0; i < upperNodes.length; i++) {
      upperNodes[i] = meta.readInt();
      check(upperNodes[i] >= 1, "nodes of an upper level", upperNodes[i], meta);
      check(upperNodes[i] <= rows, "nodes of an upper level", upperNodes[i], meta);
    }
    int entry = meta.readInt();
    int onTop = levels == 1 ? rows : upperNodes[levels - 2];
    check(entry >= 0, "entry", entry, meta);
    check(entry < onTop, "entry", entry, meta);
    return new GraphRegion(offset, upperNodes, entry);
  }

  private static int code(RowType type) {
    return switch (type) {
      case FLOAT32 -> 0;
      case FLOAT16 -> 1;
      case UINT8 -> 2;
    };
  }

  private static RowType rowType(byte code, IndexInput meta) throws IOException {
    return switch (code) {
      case 0 -> RowType.FLOAT32;
      case 1 -> RowType.FLOAT16;
      case 2 -> RowType.UINT8;
      default -> throw new CorruptIndexException("unknown datatype " + code, meta);
    };
  }

  /// Bytes of all raw rows.
  long rawBytes() {
    return (long) RawRows.stride(rowType, distance, dimension) * rows;
  }

  /// Bytes of all bounded rows.
  long boundedBytes() {
    return (long) BoundedRows.stride(dimension) * rows;
  }

  private static int code(Distance distance) {
    return switch (distance) {
      case COSINE -> 0;
      case DOT -> 1;
      case EUCLID -> 2;
      case MANHATTAN -> 3;
    };
  }

  private static Distance distance(byte code, IndexInput meta) throws IOException {
    return switch (code) {
      case 0 -> Distance.COSINE;
      case 1 -> Distance.DOT;
      case 2 -> Distance.EUCLID;
      case 3 -> Distance.MANHATTAN;
      default -> throw new CorruptIndexException("unknown distance " + code, meta);
    };
  }

  private static void check(boolean holds, String what, long got, IndexInput meta)
      throws IOException {
    if (!holds) {
      throw new CorruptIndexException("impossible " + what + ": " + got, meta);
    }
  }
}
