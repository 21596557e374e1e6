package io.millrace.search.nearest;

import io.millrace.codec.VectorSegment;
import java.io.IOException;
import java.util.Optional;
import org.apache.lucene.index.LeafReaderContext;

/// Reads vectors back as they were stored (Cosine: normalised). One thread; cheapest for rising
/// documents.
public final class StoredVectors {
  private final VectorSegment segment;
  private final VectorSegment.Documents documents;

  private StoredVectors(VectorSegment segment) throws IOException {
    this.segment = segment;
    this.documents = segment.documents();
  }

  /// The field's vectors in a segment; absent where no document of it has the field.
  public static Optional<StoredVectors> of(LeafReaderContext leaf, String field)
      throws IOException {
    Optional<VectorSegment> segment = VectorSegment.of(leaf.reader(), field);
    return segment.isEmpty() ? Optional.empty() : Optional.of(new StoredVectors(segment.get()));
  }

  /// The vector of a document, a fresh array; absent where the document lacks the field.
  public Optional<float[]> read(int doc) throws IOException {
    int ordinal = documents.ordinal(doc);
    if (ordinal < 0) {
      return Optional.empty();
    }
    float[] vector = new float[segment.dimension()];
    segment.rows().copyTo(ordinal, vector);
    return Optional.of(vector);
  }
}
