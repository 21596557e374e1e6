package io.millrace.codec.multi;

import io.millrace.codec.MillraceVectorsFormat;
import io.millrace.codec.SegmentFile;
import io.millrace.codec.VectorFieldSettings;
import java.io.IOException;
import java.util.Map;
import org.apache.lucene.codecs.DocValuesConsumer;
import org.apache.lucene.codecs.DocValuesFormat;
import org.apache.lucene.codecs.DocValuesProducer;
import org.apache.lucene.codecs.lucene90.Lucene90DocValuesFormat;
import org.apache.lucene.index.DocValuesSkipIndexType;
import org.apache.lucene.index.DocValuesType;
import org.apache.lucene.index.FieldInfo;
import org.apache.lucene.index.FieldInfos;
import org.apache.lucene.index.IndexOptions;
import org.apache.lucene.index.SegmentInfo;
import org.apache.lucene.index.SegmentReadState;
import org.apache.lucene.index.SegmentWriteState;
import org.apache.lucene.index.VectorEncoding;
import org.apache.lucene.index.VectorSimilarityFunction;
import org.apache.lucene.util.Version;
import org.jspecify.annotations.Nullable;

/// Binary doc values that are multivectors: one or more rows of float32 components each,
/// little-endian, row after row.
///
/// A flush leaves the values in Lucene's own format. So does a merge, unless its rows are enough
/// for a graph (`VectorFieldOptions.graphThreshold`). Then the rows of all its documents, in their
/// order, are the vectors of a _row segment_: files of `MillraceVectorsFormat` in which every row
/// is a document of its own, with raw rows, int8 rows, links and codes as that page describes them.
/// The values are then read from its raw rows and lie nowhere else, so that float16 and uint8 rows
/// take 2 and 1 bytes a component. The files carry the suffix of this format, `r` and the number of
/// the field.
///
/// Integers are little-endian. `.mum`, after Lucene's index header, per field, ending with −1 as
/// number:
///
/// ```
/// i32   Lucene's field number
/// i32   documents with a value, d
/// i64   rows of all documents, n; 0 where the collection has the vector no more
/// i32   graphThreshold   rows from which on there was to be a graph; 0 = never
/// u8    1: there is a row segment, 0: Lucene's format has the values; with a row segment:
/// i32     components of a row, 1 to 65,536
/// i64     byte offset of its documents in .mud
/// ```
///
/// `.mud`, after the header, per field with a row segment, from a multiple of 4 bytes on:
///
/// ```
/// d × i32         the documents that have a value, ascending
/// (d + 1) × i32   the first row of each, ascending; the last one is n
/// ```
///
/// Both files end with Lucene's footer. The segment's attribute `millrace.rows.<field>` holds n
/// (`RowCounts`). Values of segments written before this format are in Lucene's and have no
/// attribute; a merge brings them into this one.
///
/// Under an index sort no graphs are built: rows of a merge are taken segment after segment.
public final class MultiFormat extends DocValuesFormat {
  public static final String NAME = "MillraceMulti";

  static final SegmentFile DATA = new SegmentFile("mud", "MillraceMultiData", 0);
  static final SegmentFile META = new SegmentFile("mum", "MillraceMultiMeta", 0);
  static final int END_OF_FIELDS = -1;

  private final DocValuesFormat values = new Lucene90DocValuesFormat();
  private final MillraceVectorsFormat vectors;
  private final @Nullable VectorFieldSettings settings;

  /// For reading.
  public MultiFormat() {
    super(NAME);
    this.vectors = new MillraceVectorsFormat();
    this.settings = null;
  }

  /// @param vectors writes row segments, by the same settings
  public MultiFormat(MillraceVectorsFormat vectors, VectorFieldSettings settings) {
    super(NAME);
    this.vectors = vectors;
    this.settings = settings;
  }

  @Override
  public DocValuesConsumer fieldsConsumer(SegmentWriteState state) throws IOException {
    if (settings == null) {
      throw new IllegalStateException("This instance reads only; write with a MillraceCodec");
    }
    return new MultiWriter(state, values.fieldsConsumer(state), vectors, settings);
  }

  @Override
  public DocValuesProducer fieldsProducer(SegmentReadState state) throws IOException {
    return new MultiReader(state, values.fieldsProducer(state), vectors);
  }

  /// The segment whose documents are the rows of a field.
  static SegmentInfo rowSegment(SegmentInfo segment, int rows) {
    return new SegmentInfo(
        segment.dir,
        Version.LATEST,
        Version.LATEST,
        segment.name,
        rows,
        false,
        false,
        segment.getCodec(),
        Map.of(),
        segment.getId(),
        Map.of(),
        null);
  }

  static String rowSuffix(String suffix, FieldInfo field) {
    return suffix + "r" + field.number;
  }

  /// The one field of a row segment.
  static FieldInfos rowFields(FieldInfo field, int dimension) {
    FieldInfo rows =
        new FieldInfo(
            field.name,
            field.number,
            false,
            false,
            false,
            IndexOptions.NONE,
            DocValuesType.NONE,
            DocValuesSkipIndexType.NONE,
            -1,
            Map.of(),
            0,
            0,
            0,
            dimension,
            VectorEncoding.FLOAT32,
            VectorSimilarityFunction.MAXIMUM_INNER_PRODUCT,
            false,
            false);
    return new FieldInfos(new FieldInfo[] {rows});
  }
}
