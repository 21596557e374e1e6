package io.millrace.search.filter;

import io.millrace.index.PointReader;
import io.millrace.model.Condition;
import io.millrace.payload.SipHash;
import java.io.IOException;
import org.apache.lucene.index.LeafReader;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.search.ConstantScoreScorer;
import org.apache.lucene.search.ConstantScoreWeight;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.QueryVisitor;
import org.apache.lucene.search.ScoreMode;
import org.apache.lucene.search.Scorer;
import org.apache.lucene.search.ScorerSupplier;
import org.apache.lucene.search.TwoPhaseIterator;
import org.apache.lucene.search.Weight;

/// The points whose id's hash falls into a slice.
final class SliceQuery extends Query {
  /// A doc value and a hash, in units of a term lookup.
  private static final float MATCH_COST = 20;

  private final Condition.Slice slice;

  SliceQuery(Condition.Slice slice) {
    this.slice = slice;
  }

  @Override
  public Weight createWeight(IndexSearcher searcher, ScoreMode mode, float boost) {
    return new ConstantScoreWeight(this, boost) {
      @Override
      public ScorerSupplier scorerSupplier(LeafReaderContext context) {
        LeafReader leaf = context.reader();
        return new ScorerSupplier() {
          @Override
          public Scorer get(long leadCost) {
            return new ConstantScoreScorer(score(), mode, inSlice(leaf));
          }

          @Override
          public long cost() {
            return leaf.maxDoc();
          }
        };
      }

      @Override
      public boolean isCacheable(LeafReaderContext context) {
        return true;
      }
    };
  }

  private TwoPhaseIterator inSlice(LeafReader leaf) {
    DocIdSetIterator all = DocIdSetIterator.all(leaf.maxDoc());
    return new TwoPhaseIterator(all) {
      @Override
      public boolean matches() throws IOException {
        long hash = SipHash.of(PointReader.id(leaf, all.docID()));
        return Long.remainderUnsigned(hash, slice.total()) == slice.index();
      }

      @Override
      public float matchCost() {
        return MATCH_COST;
      }
    };
  }

  @Override
  public void visit(QueryVisitor visitor) {
    visitor.visitLeaf(this);
  }

  @Override
  public String toString(String field) {
    return slice.toString();
  }

  @Override
  public boolean equals(Object o) {
    return o instanceof SliceQuery q && slice.equals(q.slice);
  }

  @Override
  public int hashCode() {
    return slice.hashCode();
  }
}
