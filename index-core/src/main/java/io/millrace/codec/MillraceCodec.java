package io.millrace.codec;

import io.millrace.codec.multi.MultiFormat;
import io.millrace.codec.sparse.SparseFormat;
import org.apache.lucene.codecs.Codec;
import org.apache.lucene.codecs.DocValuesFormat;
import org.apache.lucene.codecs.FilterCodec;
import org.apache.lucene.codecs.KnnVectorsFormat;
import org.apache.lucene.codecs.StoredFieldsFormat;
import org.apache.lucene.codecs.lucene104.Lucene104Codec;

/// Lucene's own codec with [MillraceVectorsFormat] for vectors, [SparseFormat] and [MultiFormat]
/// for doc values that are sparse vectors and multivectors, and [SmallChunks] for payloads. Its
/// name is written into every segment; a segment is read by the instance Lucene's service loader
/// makes with the public constructor without arguments, written by one made with settings.
public final class MillraceCodec extends FilterCodec {
  public static final String NAME = "Millrace";

  private final MillraceVectorsFormat vectors;
  private final StoredFieldsFormat stored;

  /// For reading: everything needed is in the files.
  public MillraceCodec() {
    this(new MillraceVectorsFormat(), new MultiFormat());
  }

  /// For writing.
  ///
  /// @param mergeThreads threads one merge may use to build a graph, at least 1
  public MillraceCodec(VectorFieldSettings settings, int mergeThreads) {
    this(new MillraceVectorsFormat(settings, mergeThreads), settings);
  }

  private MillraceCodec(MillraceVectorsFormat vectors, VectorFieldSettings settings) {
    this(vectors, new MultiFormat(vectors, settings));
  }

  private MillraceCodec(MillraceVectorsFormat vectors, MultiFormat multi) {
    super(NAME, lucene(multi));
    this.vectors = vectors;
    this.stored = new SmallChunks(super.storedFieldsFormat());
  }

  @Override
  public KnnVectorsFormat knnVectorsFormat() {
    return vectors;
  }

  @Override
  public StoredFieldsFormat storedFieldsFormat() {
    return stored;
  }

  private static Codec lucene(DocValuesFormat multi) {
    DocValuesFormat sparse = new SparseFormat();
    return new Lucene104Codec() {
      @Override
      public DocValuesFormat getDocValuesFormatForField(String field) {
        return switch (kind(field)) {
          case 's' -> sparse;
          case 'm' -> multi;
          default -> super.getDocValuesFormatForField(field);
        };
      }
    };
  }

  /// The letter in the name of a vector's field, as `index` gives it: `s:…` or `s` and a number; of
  /// other fields some character.
  private static char kind(String field) {
    return field.indexOf(':') > 0 ? field.charAt(0) : ' ';
  }
}
