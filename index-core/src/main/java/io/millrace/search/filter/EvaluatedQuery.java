package io.millrace.search.filter;

import io.millrace.index.Fields;
import io.millrace.model.Condition;
import io.millrace.model.PayloadBytes;
import io.millrace.model.PayloadPath;
import io.millrace.model.PointId;
import io.millrace.payload.FilterEvaluator;
import io.millrace.payload.FilterEvaluator.Subject;
import io.millrace.payload.IndexMeanings;
import io.millrace.payload.JsonValue;
import java.io.IOException;
import java.util.Set;
import org.apache.lucene.index.BinaryDocValues;
import org.apache.lucene.index.DocValues;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.search.ConstantScoreScorer;
import org.apache.lucene.search.ConstantScoreWeight;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.MatchNoDocsQuery;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.QueryVisitor;
import org.apache.lucene.search.ScoreMode;
import org.apache.lucene.search.Scorer;
import org.apache.lucene.search.ScorerSupplier;
import org.apache.lucene.search.TwoPhaseIterator;
import org.apache.lucene.search.Weight;
import org.apache.lucene.util.BytesRef;
import org.jspecify.annotations.Nullable;

/// Asks the plain evaluator about the payload, or the id, of every candidate.
final class EvaluatedQuery extends Query {
  // Against the cost of a posting, which Lucene takes as about 1: a stored payload is decompressed
  // and read. Only the order matters, everything else is asked first.
  private static final float MATCH_COST = 10_000;

  private final Condition condition;
  private final Query candidates;
  private final IndexMeanings indexes;

  /// @param candidates matches at least the points that satisfy the condition
  EvaluatedQuery(Condition condition, Query candidates, IndexMeanings indexes) {
    this.condition = condition;
    this.candidates = candidates;
    this.indexes = indexes;
  }

  @Override
  public Query rewrite(IndexSearcher searcher) throws IOException {
    Query rewritten = candidates.rewrite(searcher);
    if (rewritten instanceof MatchNoDocsQuery) {
      return rewritten;
    }
    return rewritten == candidates ? this : new EvaluatedQuery(condition, rewritten, indexes);
  }

  @Override
  public Weight createWeight(IndexSearcher searcher, ScoreMode scoreMode, float boost)
      throws IOException {
    Weight weight = searcher.createWeight(candidates, ScoreMode.COMPLETE_NO_SCORES, 1f);
    return new ConstantScoreWeight(this, boost) {
      @Override
      public @Nullable ScorerSupplier scorerSupplier(LeafReaderContext leaf) throws IOException {
        ScorerSupplier supplier = weight.scorerSupplier(leaf);
        if (supplier == null) {
          return null;
        }
        float score = score();
        return new ScorerSupplier() {
          @Override
          public Scorer get(long leadCost) throws IOException {
            DocIdSetIterator iterator = supplier.get(leadCost).iterator();
            return new ConstantScoreScorer(score, scoreMode, evaluation(leaf, iterator));
          }

          @Override
          public long cost() {
            return supplier.cost();
          }
        };
      }

      @Override
      public boolean isCacheable(LeafReaderContext leaf) {
        return false; // MatchingDocs keeps whole filters
      }
    };
  }

  private TwoPhaseIterator evaluation(LeafReaderContext leaf, DocIdSetIterator iterator)
      throws IOException {
    return condition instanceof Condition.Slice(long total, long index)
        ? sliceEvaluation(leaf, iterator, total, index)
        : payloadEvaluation(leaf, iterator);
  }

  private static TwoPhaseIterator sliceEvaluation(
      LeafReaderContext leaf, DocIdSetIterator iterator, long total, long index)
      throws IOException {
    BinaryDocValues ids = DocValues.getBinary(leaf.reader(), Fields.ID);
    return new TwoPhaseIterator(iterator) {
      @Override
      public boolean matches() throws IOException {
        if (!ids.advanceExact(approximation.docID())) {
          return false;
        }
        BytesRef id = ids.binaryValue();
        return FilterEvaluator.inSlice(
            PointId.fromBytes(id.bytes, id.offset, id.length), total, index);
      }

      @Override
      public float matchCost() {
        return 100;
      }
    };
  }

  private TwoPhaseIterator payloadEvaluation(LeafReaderContext leaf, DocIdSetIterator iterator)
      throws IOException {
    StoredPayloads payloads = StoredPayloads.of(leaf.reader());
    String firstKey = firstKey(condition);
    return new TwoPhaseIterator(iterator) {
      @Override
      public boolean matches() throws IOException {
        PayloadBytes payload = payloads.payload(approximation.docID());
        JsonValue.Obj object = JsonValue.parseMember(payload, firstKey);
        return FilterEvaluator.matches(condition, new Subject(object, null, Set.of(), indexes));
      }

      @Override
      public float matchCost() {
        return MATCH_COST;
      }
    };
  }

  /// The only member of the payload that the condition looks at.
  private static String firstKey(Condition condition) {
    PayloadPath key =
        switch (condition) {
          case Condition.MatchValue c -> c.key();
          case Condition.MatchAny c -> c.key();
          case Condition.MatchExcept c -> c.key();
          case Condition.MatchPrefix c -> c.key();
          case Condition.MatchSubstring c -> c.key();
          case Condition.Contains c -> c.key();
          case Condition.Regex c -> c.key();
          case Condition.MatchText c -> c.key();
          case Condition.MatchTextAny c -> c.key();
          case Condition.MatchPhrase c -> c.key();
          case Condition.NumberRange c -> c.key();
          case Condition.DateRange c -> c.key();
          case Condition.ValuesCount c -> c.key();
          case Condition.IsEmpty c -> c.key();
          case Condition.IsNull c -> c.key();
          case Condition.FieldIsEmpty c -> c.key();
          case Condition.FieldIsNull c -> c.key();
          case Condition.GeoBox c -> c.key();
          case Condition.GeoRadius c -> c.key();
          case Condition.GeoPolygon c -> c.key();
          case Condition.Nested c -> c.key();
          case Condition.Clause c -> throw notAboutPayload(c);
          case Condition.HasId c -> throw notAboutPayload(c);
          case Condition.HasVector c -> throw notAboutPayload(c);
          case Condition.Slice c -> throw notAboutPayload(c);
        };
    if (key.steps().getFirst() instanceof PayloadPath.Step.Key(String name)) {
      return name;
    }
    throw new IllegalArgumentException("a path begins with a key: " + key);
  }

  private static IllegalArgumentException notAboutPayload(Condition condition) {
    return new IllegalArgumentException("never evaluated by payload: " + condition);
  }

  @Override
  public void visit(QueryVisitor visitor) {
    visitor.visitLeaf(this);
  }

  @Override
  public String toString(String field) {
    return "evaluated(" + condition + ", " + candidates + ")";
  }

  @Override
  public boolean equals(Object o) {
    return o instanceof EvaluatedQuery other
        && condition.equals(other.condition)
        && indexes.equals(other.indexes)
        && candidates.equals(other.candidates);
  }

  @Override
  public int hashCode() {
    return 31 * condition.hashCode() + candidates.hashCode();
  }
}
