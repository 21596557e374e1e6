package io.millrace.search.filter;

import io.millrace.index.PointReader;
import io.millrace.model.Condition;
import io.millrace.payload.FilterEvaluator;
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
import org.jspecify.annotations.Nullable;

/// A condition answered by the plain evaluator over the stored payload of each candidate.
///
/// `condition` asks for the payload only, and `candidates` holds at least all points that match.
final class VerifiedQuery extends Query {
  /// Reading and parsing a payload, in units of a term lookup: a rough figure that makes Lucene
  /// look at everything cheaper first.
  private static final float MATCH_COST = 1_000;

  private final Condition condition;
  private final Query candidates;

  VerifiedQuery(Condition condition, Query candidates) {
    this.condition = condition;
    this.candidates = candidates;
  }

  @Override
  public Query rewrite(IndexSearcher searcher) throws IOException {
    Query rewritten = candidates.rewrite(searcher);
    return rewritten == candidates ? this : new VerifiedQuery(condition, rewritten);
  }

  @Override
  public Weight createWeight(IndexSearcher searcher, ScoreMode mode, float boost)
      throws IOException {
    Weight narrowed =
        searcher.createWeight(searcher.rewrite(candidates), ScoreMode.COMPLETE_NO_SCORES, 1);
    return new ConstantScoreWeight(this, boost) {
      @Override
      public @Nullable ScorerSupplier scorerSupplier(LeafReaderContext context) throws IOException {
        ScorerSupplier supplier = narrowed.scorerSupplier(context);
        if (supplier == null) {
          return null;
        }
        return new ScorerSupplier() {
          @Override
          public Scorer get(long leadCost) throws IOException {
            return new ConstantScoreScorer(
                score(), mode, verified(context.reader(), supplier.get(leadCost)));
          }

          @Override
          public long cost() {
            return supplier.cost();
          }
        };
      }

      @Override
      public boolean isCacheable(LeafReaderContext context) {
        return true;
      }
    };
  }

  private TwoPhaseIterator verified(LeafReader leaf, Scorer narrowed) {
    @Nullable TwoPhaseIterator inner = narrowed.twoPhaseIterator();
    DocIdSetIterator approximation = inner == null ? narrowed.iterator() : inner.approximation();
    return new TwoPhaseIterator(approximation) {
      @Override
      public boolean matches() throws IOException {
        return (inner == null || inner.matches())
            && FilterEvaluator.matchesPayload(
                condition, PointReader.payload(leaf, approximation.docID()));
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
    return "verified(" + condition + ")";
  }

  @Override
  public boolean equals(Object o) {
    return o instanceof VerifiedQuery q
        && condition.equals(q.condition)
        && candidates.equals(q.candidates);
  }

  @Override
  public int hashCode() {
    return 31 * condition.hashCode() + candidates.hashCode();
  }
}
