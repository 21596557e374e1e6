package io.millrace.codec;

import io.millrace.model.Distance;
import java.io.IOException;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.lucene.codecs.KnnVectorsFormat;
import org.apache.lucene.codecs.KnnVectorsReader;
import org.apache.lucene.codecs.KnnVectorsWriter;
import org.apache.lucene.index.IndexFileNames;
import org.apache.lucene.index.SegmentInfo;
import org.apache.lucene.index.SegmentReadState;
import org.apache.lucene.index.SegmentWriteState;
import org.jspecify.annotations.Nullable;

/// Vector files of a segment. All fields of a segment share them; integers and floats are
/// little-endian. Every file starts with Lucene's index header (codec name, version, segment id)
/// and ends with Lucene's footer (CRC-32). A region starts at a multiple of 64 bytes of its file.
///
/// ```
/// file   exists            content per field
/// .mvm   always            one entry, below; the list ends with field number −1
/// .mvr   always            region: n raw rows, as they came (Cosine: normalised by the caller)
///                          then, unless every document has the field, Lucene's IndexedDISI and
///                          DirectMonotonic data (document ⇄ ordinal)
/// .mvq   a field has int8  region: n rows, each [dim × i8][zeros][factors], length a multiple of 64
/// .mvg   a field has a     region: level 0, then each upper level
///        graph
/// .mvc   codes suit a      region: mean of the rows, dim × f32, zeros to a multiple of 64; then
///        field with graph, n rows of 2-bit codes, length a multiple of 64
///        or wanted alone
/// .mvb   a field without   region: n rows, each [dim × i8][zeros][factors], length a multiple of 32
///        int8 rows and
///        graph has many rows
///
/// .mvm      type  field
/// files     u8    bit 0: .mvq exists, bit 1: .mvg exists, bit 2: .mvc exists,
///                 bit 3: .mvb exists                         (from version 3 on)
/// entry     i32   Lucene's field number
///           u8    distance: 0 Cosine, 1 Dot, 2 Euclid, 3 Manhattan
///           i32   dim, 1 to 65,536
///           i32   n
///           i32   m          the options this segment was written with
///           i32   efConstruct
///           i32   graphThreshold
///           i64   byte offset of the raw rows in .mvr
///           i64   byte offset of the int8 rows in .mvq, −1: none; with rows:
///           i32     length of a row in bytes
///           f32     scale: component = scale · i8; 0: every row has its own
///           i64   byte offset of the graph in .mvg, −1: none; with a graph:
///           i32     levels L, 1 to 64
///           i32     nodes on level 1, …, L − 1
///           i32     place of the entry node in the list of level L − 1
///           i64   byte offset of the codes in .mvc, −1: none
///           u8    datatype: 0 float32, 1 float16, 2 uint8      (from version 2 on)
///           u8    bit 0: cold rows, 1: cold graph and codes, 2: cold int8 rows,
///                 bit 3: has what graphThreshold asks for      (from version 2 on)
///           i64   byte offset of the bounded rows in .mvb, −1: none
///                                                            (from version 3 on)
///           …     document ⇄ ordinal as OrdToDocDISIReaderConfiguration stores it
///
/// .mvr row  float32: dim × f32; float16: dim × f16; uint8: dim × u8 and, Cosine only, u32 Σ xᵢ²
///
/// .mvq row  factors, the last 8 bytes, only where scale = 0:
///           f32   scale of this row
///           f32   Σ xᵢ² of the raw row
///
/// .mvb row  factors, the last 12 bytes, see BoundedRows
///           f32   scale of this row: component ≈ scale · i8
///           f32   length of the raw row, |x|, rounded up
///           f32   what the components above are off, |x − scale · i8|, rounded up
///
/// .mvc row  codes, component i in bits 2·(i mod 4) of byte i / 4, zeros to a multiple of 32 bytes
///           f32   f    factors, see CoarseRows
///           f32   g
///           zeros to a multiple of 64
///
/// .mvg      level 0: n rows of 2·m × i32 ordinals, unused places −1 at the end
///           level l ≥ 1: rows in order of ordinal, each of 2 + 2·m × i32:
///             ordinal; place of the node in the list of level l − 1 (its ordinal for l = 1);
///             m neighbours as places in this list, −1 unused; the same neighbours as ordinals
/// ```
///
/// - Ordinal = order of the documents that have the field.
/// - A flush writes raw rows and int8 or bounded rows, never a graph; a merge writes one from
///   [VectorFieldOptions#graphThreshold] vectors on. A segment without a graph is scanned.
/// - int8 components lie in ±127, never −128: two products then fit 16 bits (see `kernel`). Euclid
///   and Dot keep a scale per row, since rows may differ in length by orders of magnitude; Cosine
///   keeps one per field and segment, the quantile asked for of a sample of absolute components. A
///   merge quantizes again from the raw rows.
/// - int8 rows are left out where they would save nothing (fewer than 32 components, uint8 rows)
///   and for Manhattan, whose estimate from a dot product does not exist.
/// - Bounded rows make a scan of raw float32 rows read a quarter of the bytes and find the same.
///   They are left out where int8 rows are not worth writing, where a segment has int8 rows anyway,
///   and where few rows are scanned sooner than bounded.
/// - Codes steer walks and are written beside a graph of 192 components or more, unless they point
///   too far off the rows in a sample, tell rows that lie near each other apart badly
///   ([CodeTrial]), or the distance is Manhattan. They depend on the mean of the segment, so a
///   merge encodes again from the raw rows. Under Cosine they are made from rows of length 1, also
///   where uint8 rows are not.
/// - Version 1 knows float32 rows only, and holds uint8 rows of Cosine divided by their length; as
///   they came they are in the doc values of a field of their own, from which a merge restores them
///   (`RestoredBytes`).
/// - The segment's attribute `millrace.made.<field>` holds what its rows and graph were made by, so
///   that a merge policy sees what a change of settings made outdated without opening files;
///   `millrace.rows.<field>` holds n (`RowCounts`), not in segments of before.
/// - The files are read in place where the directory maps them. Elsewhere, and where a region lies
///   across two mapping chunks (16 GiB by default; the product maps 1 TiB at once), it is copied to
///   native memory when the segment is opened.
/// - Rows of multivectors lie in files of this kind too, where every row counts as a document: see
///   `codec.multi.MultiFormat`.
/// - The format version in the headers counts changes of this page; a reader reads all up to its
///   own.
public final class MillraceVectorsFormat extends KnnVectorsFormat {
  /// Written into segments where this format is used through a per-field codec: never change it.
  public static final String NAME = "MillraceVectors";

  public static final int MAX_DIMENSION = 65_536;

  /// Bound of a link row: 2 · 512 links of 4 bytes are one memory page.
  public static final int MAX_M = 512;

  static final int VERSION_START = 1;

  /// Raw rows by datatype; placement.
  static final int VERSION_DATATYPES = 2;

  /// Bounded rows.
  static final int VERSION_BOUNDS = 3;

  static final int VERSION_CURRENT = VERSION_BOUNDS;
  static final SegmentFile META = file("mvm", "Meta");
  static final SegmentFile RAW = file("mvr", "Raw");
  static final SegmentFile INT8 = file("mvq", "Int8");
  static final SegmentFile GRAPH = file("mvg", "Graph");
  static final SegmentFile COARSE = file("mvc", "Coarse");
  static final SegmentFile BOUNDED = file("mvb", "Bounded");
  private static final Set<String> EXTENSIONS =
      Stream.of(META, RAW, INT8, GRAPH, COARSE, BOUNDED)
          .map(SegmentFile::extension)
          .collect(Collectors.toUnmodifiableSet());
  static final String MADE = "millrace.made.";
  static final int ALIGNMENT = 64;
  static final int FLAG_INT8_FILE = 1;
  static final int FLAG_GRAPH_FILE = 2;
  static final int FLAG_COARSE_FILE = 4;
  static final int FLAG_BOUNDED_FILE = 8;

  private final @Nullable VectorFieldSettings settings;
  private final int mergeThreads;

  private static SegmentFile file(String extension, String content) {
    return new SegmentFile(extension, "MillraceVectors" + content, VERSION_START, VERSION_CURRENT);
  }

  /// For reading.
  public MillraceVectorsFormat() {
    super(NAME);
    this.settings = null;
    this.mergeThreads = 1;
  }

  public MillraceVectorsFormat(VectorFieldSettings settings, int mergeThreads) {
    super(NAME);
    if (mergeThreads < 1) {
      throw new IllegalArgumentException("mergeThreads: expected at least 1, got " + mergeThreads);
    }
    this.settings = settings;
    this.mergeThreads = mergeThreads;
  }

  /// Whether a segment holds a graph, or codes that were wanted alone, for at least one field.
  public static boolean isIndexed(SegmentInfo segment) {
    for (Map.Entry<String, String> attribute : segment.getAttributes().entrySet()) {
      if (attribute.getKey().startsWith(MADE)
          && !attribute.getValue().startsWith(VectorFieldOptions.FLAT)) {
        return true;
      }
    }
    for (String file : segment.files()) {
      if (IndexFileNames.matchesExtension(file, GRAPH.extension())) {
        return true;
      }
    }
    return false;
  }

  /// Rows of a field in a segment, those of deleted documents among them; as many as documents
  /// where an older segment does not tell.
  public static long rows(SegmentInfo segment, String field) {
    OptionalLong known = RowCounts.of(segment, field);
    return known.isPresent()
        ? known.getAsLong()
        : mayHaveRows(segment, field) ? segment.maxDoc() : 0;
  }

  private static boolean mayHaveRows(SegmentInfo segment, String field) {
    if (segment.getAttribute(MADE + field) != null) {
      return true;
    }
    boolean isOfVersion1 =
        segment.getAttributes().keySet().stream().noneMatch(name -> name.startsWith(MADE));
    return isOfVersion1
        && segment.files().stream()
            .anyMatch(file -> IndexFileNames.matchesExtension(file, META.extension()));
  }

  /// Whether vectors of this kind get codes beside their graph, if their rows suit.
  public static boolean mayHaveCodes(Distance distance, int dimension) {
    return CoarseRows.suit(distance, dimension);
  }

  /// Whether a file of an index is one of this format, by its name.
  public static boolean isOurs(String file) {
    return EXTENSIONS.contains(String.valueOf(IndexFileNames.getExtension(file)));
  }

  /// Whether a merge would write the vectors of a field in another way than the segment has them.
  /// Not known of segments of version 1: then false.
  public static boolean isOutdated(SegmentInfo segment, String field, VectorFieldOptions now) {
    String made = segment.getAttribute(MADE + field);
    return made != null && now.differFrom(made);
  }

  @Override
  public KnnVectorsWriter fieldsWriter(SegmentWriteState state) throws IOException {
    if (settings == null) {
      throw new IllegalStateException(
          "This instance reads only; write with new MillraceCodec(settings, mergeThreads)");
    }
    return new MillraceVectorsWriter(state, settings, mergeThreads);
  }

  @Override
  public KnnVectorsReader fieldsReader(SegmentReadState state) throws IOException {
    return new MillraceVectorsReader(state);
  }

  @Override
  public int getMaxDimensions(String fieldName) {
    return MAX_DIMENSION;
  }
}
