package io.millrace.search.query;

import io.millrace.model.Condition;
import io.millrace.model.Deadline;
import io.millrace.model.Fetch;
import io.millrace.model.Filter;
import io.millrace.model.Hit;
import io.millrace.model.NearestQuery.SearchParams;
import io.millrace.model.PayloadSchema;
import io.millrace.model.StoredPoint;
import io.millrace.model.VectorValue;
import io.millrace.model.query.Example;
import io.millrace.model.query.Examples;
import io.millrace.model.query.Group;
import io.millrace.model.query.GroupRequest;
import io.millrace.model.query.Matrix;
import io.millrace.model.query.Query;
import io.millrace.model.query.QueryRequest;
import io.millrace.model.query.Stage;
import io.millrace.search.filter.Filters;
import io.millrace.search.nearest.Candidate;
import io.millrace.search.nearest.PointScore;
import io.millrace.search.nearest.SegmentFilter;
import io.millrace.search.points.DocIds;
import io.millrace.search.points.IdWalk;
import io.millrace.search.points.StoredPoints;
import io.millrace.search.vector.Similarities;
import io.millrace.search.vector.VectorField;
import io.millrace.search.vector.VectorFields;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import org.apache.lucene.index.IndexReader;
import org.apache.lucene.index.LeafReaderContext;

/// Runs the tree of one request from the leaves up: a stage without prefetches ranks the points
/// that its filter and all filters above admit, one with prefetches ranks the union of what those
/// found. One thread.
public final class QuerySearch {
  /// Looked at, at most, where a query names no number; each is compared with each.
  static final int MMR_CANDIDATES = 16_384;

  private final IndexReader reader;
  private final List<LeafReaderContext> leaves;
  private final Filters filters;
  private final VectorFields vectors;
  private final StoredPoints points;
  private final DocIds ids;
  private final PayloadSchema schema;
  private final Examples examples;
  private final Deadline deadline;

  public QuerySearch(
      IndexReader reader,
      Filters filters,
      VectorFields vectors,
      StoredPoints points,
      PayloadSchema schema,
      Examples examples,
      Deadline deadline) {
    this.reader = reader;
    this.leaves = reader.leaves();
    this.filters = filters;
    this.vectors = vectors;
    this.points = points;
    this.ids = new DocIds(leaves);
    this.schema = schema;
    this.examples = examples;
    this.deadline = deadline;
  }

  /// Hits best first.
  public List<Hit> hits(QueryRequest request) throws IOException {
    points.check(request.fetch());
    QueryCheck.check(request.root());
    Stage root = request.root();
    long offset = skipsNothing(root) ? 0 : request.offset();
    long end = root.limit() + offset;
    boolean overflows = Long.compareUnsigned(end, offset) < 0;
    List<Scored> found = run(root, excluding(root.filter()), wanted(root, overflows ? -1 : end));
    found = found.subList((int) Math.min(atMost(offset), found.size()), found.size());
    int[] docs = found.stream().mapToInt(Scored::doc).toArray();
    List<StoredPoint> stored = points.read(leaves, docs, request.fetch(), deadline);
    List<Hit> hits = new ArrayList<>(docs.length);
    boolean withoutVersion = root.query().isEmpty();
    for (int i = 0; i < docs.length; i++) {
      hits.add(hit(found.get(i), stored.get(i), withoutVersion));
    }
    return hits;
  }

  /// Hits gathered by a value of the payload.
  public List<Group> groups(GroupRequest request) throws IOException {
    points.check(request.query().fetch());
    QueryCheck.check(request.query().root());
    return new Grouping(this, request).groups();
  }

  public Matrix matrix(Matrix.Request request) throws IOException {
    VectorField field = vectors.of(request.using());
    Filter having = request.filter().and(Filter.must(new Condition.HasVector(request.using())));
    int[] sample =
        Sampling.draw(leaves, matching(having), atMost(request.sample()), request.seed(), deadline);
    return new SampleMatrix(leaves, field, deadline).of(sample, atMost(request.limit()));
  }

  /// Points can stand more than once where the payload orders them.
  private int wanted(Stage root, long end) {
    return root.query().filter(query -> query instanceof Query.OrderBy).isPresent()
        ? (int) (end < 0 ? Integer.MAX_VALUE : Math.min(end, Integer.MAX_VALUE))
        : atMost(end);
  }

  /// A random order has no pages.
  private static boolean skipsNothing(Stage root) {
    return root.prefetches().isEmpty()
        && root.query().filter(query -> query instanceof Query.Sample).isPresent();
  }

  /// Points that serve as examples are no hits.
  Filter excluding(Filter filter) {
    return examples.excluded().isEmpty()
        ? filter
        : filter.and(Filter.mustNot(new Condition.HasId(examples.excluded())));
  }

  /// An unsigned count, bounded by the points there are.
  int atMost(long unsigned) {
    return Long.compareUnsigned(unsigned, reader.numDocs()) < 0 ? (int) unsigned : reader.numDocs();
  }

  SegmentFilter matching(Filter filter) {
    return filter.isEmpty() ? SegmentFilter.ALL : filters.of(filter, deadline)::matching;
  }

  Deadline deadline() {
    return deadline;
  }

  DocIds ids() {
    return ids;
  }

  Hit hit(Scored scored, Fetch fetch) throws IOException {
    LeafReaderContext leaf = ids.leaf(scored.doc());
    return hit(scored, points.read(leaf, scored.doc() - leaf.docBase, fetch), false);
  }

  private static Hit hit(Scored scored, StoredPoint point, boolean withoutVersion) {
    StoredPoint shown =
        withoutVersion ? new StoredPoint(point.id(), 0, point.payload(), point.vectors()) : point;
    return new Hit(shown, scored.score(), scored.order());
  }

  /// The first `wanted` of a stage, best first.
  ///
  /// @param filter the stage's own and all above
  List<Scored> run(Stage stage, Filter filter, int wanted) throws IOException {
    deadline.check();
    List<List<Scored>> prefetched = new ArrayList<>();
    for (Stage prefetch : stage.prefetches()) {
      prefetched.add(run(prefetch, filter.and(prefetch.filter()), atMost(prefetch.limit())));
    }
    SegmentFilter among =
        prefetched.isEmpty() ? matching(filter) : DocSet.unionOf(prefetched).asFilter();
    if (stage.query().isEmpty()) {
      return inIdOrder(among, wanted);
    }
    OptionalDouble threshold = stage.scoreThreshold();
    return switch (stage.query().get()) {
      case Query.Nearest(Example example, var mmr) -> {
        VectorField field = vectors.of(stage.vector());
        VectorValue vector = examples.of(stage, example);
        if (mmr.isEmpty()) {
          yield nearest(stage, field, vector, among, wanted);
        }
        int candidates = atMost(mmr.get().candidates().orElse(Math.min(wanted, MMR_CANDIDATES)));
        yield new Relevance(leaves, field, deadline)
            .pick(vector, mmr.get(), nearest(stage, field, vector, among, candidates), wanted);
      }
      case Query.Recommend recommend -> recommend(stage, recommend, among, wanted);
      case Query.Discover discover ->
          custom(stage, discover, CustomScores.discover(), among, wanted);
      case Query.Context c -> custom(stage, c, CustomScores.context(), among, wanted);
      case Query.Feedback feedback ->
          custom(stage, feedback, CustomScores.feedback(feedback), among, wanted);
      case Query.OrderBy orderBy ->
          new OrderedPoints(leaves, orderBy, schema, deadline).first(among, wanted);
      case Query.Rrf rrf -> first(Fusion.rrf(prefetched, rrf, ids), threshold, wanted);
      case Query.Dbsf _ -> first(Fusion.dbsf(prefetched, ids), threshold, wanted);
      case Query.ByFormula(var formula) ->
          first(
              new FormulaRanking(formula, filters, schema, ids, deadline).rank(prefetched),
              threshold,
              wanted);
      case Query.Sample(long seed) -> {
        List<Scored> drawn = new ArrayList<>();
        for (int doc : Sampling.draw(leaves, among, wanted, seed, deadline)) {
          drawn.add(new Scored(doc, 1));
        }
        yield drawn;
      }
    };
  }

  private List<Scored> inIdOrder(SegmentFilter among, int wanted) throws IOException {
    IdWalk walk = IdWalk.over(leaves, among, Optional.empty());
    List<Scored> found = new ArrayList<>();
    while (found.size() < wanted && walk.next()) {
      if (found.size() % DocBlocks.BLOCK == 0) {
        deadline.check();
      }
      found.add(new Scored(walk.leaf().docBase + walk.doc(), 1));
    }
    return found;
  }

  private List<Scored> nearest(
      Stage stage, VectorField field, VectorValue vector, SegmentFilter among, int wanted)
      throws IOException {
    List<Candidate> found = field.nearest(vector, among, wanted, stage.params(), deadline);
    return cut(scored(found), stage.scoreThreshold(), field);
  }

  private List<Scored> scored(List<Candidate> candidates) {
    List<Scored> scored = new ArrayList<>();
    for (Candidate c : candidates) {
      scored.add(new Scored(leaves.get(c.leafOrdinal()).docBase + c.doc(), c.score()));
    }
    return scored;
  }

  private List<Scored> recommend(
      Stage stage, Query.Recommend asked, SegmentFilter among, int wanted) throws IOException {
    VectorField field = vectors.of(stage.vector());
    Query.Recommend query =
        new Query.Recommend(
            examples.known(stage, asked.positive()),
            examples.known(stage, asked.negative()),
            asked.strategy());
    if (query.examples().isEmpty()) {
      throw Examples.noVector(stage);
    }
    int positives = query.positive().size();
    return switch (query.strategy()) {
      case AVERAGE_VECTOR -> {
        VectorValue mean =
            AverageVector.of(
                vectorsOf(stage, query.positive()), vectorsOf(stage, query.negative()));
        yield nearest(stage, field, mean, among, wanted);
      }
      case BEST_SCORE -> custom(stage, query, CustomScores.bestScore(positives), among, wanted);
      case SUM_SCORES -> custom(stage, query, CustomScores.sumScores(positives), among, wanted);
    };
  }

  private List<VectorValue> vectorsOf(Stage stage, List<Example> wanted) {
    return wanted.stream().map(example -> examples.of(stage, example)).toList();
  }

  private List<Scored> custom(
      Stage stage, Query query, PointScore score, SegmentFilter among, int wanted)
      throws IOException {
    VectorField field = vectors.of(stage.vector());
    SearchParams params = stage.params();
    List<VectorValue> vectorsOfExamples = vectorsOf(stage, query.examples());
    Optional<List<Candidate>> best =
        field.best(vectorsOfExamples, score, among, wanted, params, deadline);
    if (best.isPresent()) {
      return cut(scored(best.get()), stage.scoreThreshold(), field);
    }
    List<Similarities> similarities = new ArrayList<>();
    for (VectorValue example : vectorsOfExamples) {
      similarities.add(field.similarities(example, params));
    }
    return cut(
        VectorScan.best(leaves, among, similarities, score, wanted, deadline, vectors.work()),
        stage.scoreThreshold(),
        field);
  }

  /// Ends the list at the first score that is not better than the threshold. Scores that are made
  /// of several similarities are compared in the direction of the distance as well.
  private static List<Scored> cut(List<Scored> list, OptionalDouble threshold, VectorField field) {
    if (threshold.isEmpty()) {
      return list;
    }
    float t = (float) threshold.getAsDouble();
    int end = 0;
    while (end < list.size()
        && (field.largerIsBetter() ? list.get(end).score() > t : list.get(end).score() < t)) {
      end++;
    }
    return list.subList(0, end);
  }

  private static List<Scored> first(List<Scored> list, OptionalDouble threshold, int wanted) {
    int end = 0;
    while (end < Math.min(wanted, list.size()) && Query.reaches(list.get(end).score(), threshold)) {
      end++;
    }
    return list.subList(0, end);
  }
}
