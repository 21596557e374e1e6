package io.millrace.search.vector;

import java.io.IOException;
import org.apache.lucene.index.LeafReaderContext;

/// Compares stored vectors with one example. One thread.
///
/// ```
/// distance       similarity, larger is better
/// COSINE, DOT    Σ aᵢbᵢ (Cosine: of normalised vectors)
/// EUCLID         −Σ(aᵢ−bᵢ)²
/// MANHATTAN      −Σ|aᵢ−bᵢ|
/// ```
public interface Similarities {
  /// The similarity of a document that lacks the vector.
  float ABSENT = Float.NaN;

  /// Puts the similarities of `docs[0 .. count)`, ascending documents of one segment, into `out`:
  /// exact float32, [#ABSENT] where a document has nothing to compare.
  void of(LeafReaderContext leaf, int[] docs, int count, float[] out) throws IOException;
}
