package io.millrace.codec;

import java.io.IOException;
import org.apache.lucene.codecs.lucene90.IndexedDISI;
import org.apache.lucene.index.FloatVectorValues;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.search.VectorScorer;
import org.apache.lucene.util.Bits;

/// A field's raw rows as Lucene's vector values, for merges, checks and stored vectors. One thread.
final class RowValues extends FloatVectorValues {
  private final VectorSegment segment;
  private final VectorSegment.Documents documents;
  private final float[] row;
  private int loaded = -1;

  RowValues(VectorSegment segment) throws IOException {
    this.segment = segment;
    this.documents = segment.documents();
    this.row = new float[segment.dimension()];
  }

  @Override
  public float[] vectorValue(int ordinal) {
    if (ordinal != loaded) {
      segment.rows().copyTo(ordinal, row);
      loaded = ordinal;
    }
    return row;
  }

  @Override
  public FloatVectorValues copy() throws IOException {
    return new RowValues(segment);
  }

  @Override
  public int dimension() {
    return segment.dimension();
  }

  @Override
  public int size() {
    return segment.size();
  }

  @Override
  public int ordToDoc(int ordinal) {
    return documents.doc(ordinal);
  }

  @Override
  public Bits getAcceptOrds(Bits acceptDocs) {
    if (acceptDocs == null || segment.isDense()) {
      return acceptDocs;
    }
    return new Bits() {
      @Override
      public boolean get(int ordinal) {
        return acceptDocs.get(documents.doc(ordinal));
      }

      @Override
      public int length() {
        return segment.size();
      }
    };
  }

  @Override
  public DocIndexIterator iterator() {
    if (segment.isDense() || segment.size() == 0) {
      return createDenseIterator();
    }
    try {
      IndexedDISI sparse = segment.documentIterator();
      return sparse == null ? createDenseIterator() : IndexedDISI.asDocIndexIterator(sparse);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  @Override
  public VectorScorer scorer(float[] query) throws IOException {
    RowValues copy = new RowValues(segment);
    DocIndexIterator iterator = copy.iterator();
    int[] ordinal = new int[1];
    float[] out = new float[1];
    RawRows.Scorer scorer = segment.rows().scorer(segment.distance(), query);
    return new VectorScorer() {
      @Override
      public float score() {
        ordinal[0] = iterator.index();
        scorer.order(ordinal, 1, out);
        return BuildScorer.positive(out[0]);
      }

      @Override
      public DocIdSetIterator iterator() {
        return iterator;
      }
    };
  }
}
