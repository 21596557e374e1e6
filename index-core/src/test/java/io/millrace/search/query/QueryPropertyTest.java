package io.millrace.search.query;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.Props;
import io.millrace.collection.Collection;
import io.millrace.collection.Collections;
import io.millrace.collection.ExampleLookup;
import io.millrace.collection.Searcher;
import io.millrace.collection.StoreSettings;
import io.millrace.collection.WriteBatch;
import io.millrace.model.CollectionConfig;
import io.millrace.model.Condition;
import io.millrace.model.Deadline;
import io.millrace.model.Distance;
import io.millrace.model.Fetch;
import io.millrace.model.Filter;
import io.millrace.model.Hit;
import io.millrace.model.NearestQuery.SearchParams;
import io.millrace.model.Operation;
import io.millrace.model.Operation.Precondition;
import io.millrace.model.PayloadBytes;
import io.millrace.model.PayloadIndex;
import io.millrace.model.PayloadPath;
import io.millrace.model.PayloadSchema;
import io.millrace.model.Point;
import io.millrace.model.PointId;
import io.millrace.model.Scalar;
import io.millrace.model.Selection;
import io.millrace.model.VectorConfig;
import io.millrace.model.VectorValue;
import io.millrace.model.query.Example;
import io.millrace.model.query.Examples;
import io.millrace.model.query.Expression;
import io.millrace.model.query.Formula;
import io.millrace.model.query.Group;
import io.millrace.model.query.GroupRequest;
import io.millrace.model.query.Query;
import io.millrace.model.query.QueryRequest;
import io.millrace.model.query.Stage;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Random trees of all kinds over random collections of all distances, with filters and nested
/// prefetches, thresholds and MMR, against a plain model in float64 ([PlainQueries]): the same
/// scores within 1e-5 relative, and the same points wherever the scores decide.
class QueryPropertyTest {
  private static final int TREES = 40;
  private static final PayloadPath N = PayloadPath.parse("n");
  private static final PayloadPath TAGS = PayloadPath.parse("tags");

  @TempDir Path folder;
  private int trees;
  private int compared;
  private int picked;
  private int cut;

  private record Case(
      Distance distance, int dim, Map<PointId, PlainQueries.Plain> points, List<Stage> trees) {}

  private static Case draw(SplittableRandom r, int size) {
    Distance distance = Distance.values()[r.nextInt(4)];
    int dim = 2 + r.nextInt(20);
    boolean hasCopies = r.nextInt(4) == 0;
    float[] last = vector(r, dim);
    Map<PointId, PlainQueries.Plain> points = new TreeMap<>();
    for (int i = 0; i < 4 + 3 * size; i++) {
      PointId id = PointId.of(1 + r.nextInt(1_000));
      last = hasCopies && r.nextInt(4) == 0 ? last : vector(r, dim);
      Optional<float[]> vector = r.nextInt(8) == 0 ? Optional.empty() : Optional.of(last);
      List<String> tags = new ArrayList<>();
      for (int t = r.nextInt(3); t >= 0; t--) {
        tags.add("t" + r.nextInt(6));
      }
      points.put(id, new PlainQueries.Plain(vector, r.nextInt(5), tags));
    }
    List<PointId> withVector =
        points.entrySet().stream()
            .filter(e -> e.getValue().vector().isPresent())
            .map(Map.Entry::getKey)
            .toList();
    List<Stage> trees = new ArrayList<>();
    for (int i = 0; i < TREES; i++) {
      trees.add(tree(r, distance, dim, withVector, 2));
    }
    return new Case(distance, dim, points, trees);
  }

  private static float[] vector(SplittableRandom r, int dim) {
    float[] v = new float[dim];
    for (int i = 0; i < dim; i++) {
      v[i] = (float) r.nextDouble(-2, 2);
    }
    return v;
  }

  private static Example example(SplittableRandom r, int dim, List<PointId> ids) {
    return ids.isEmpty() || r.nextBoolean()
        ? new Example.OfVector(new VectorValue.Dense(vector(r, dim)))
        : new Example.OfPoint(ids.get(r.nextInt(ids.size())));
  }

  private static List<Example> examples(SplittableRandom r, int n, int dim, List<PointId> ids) {
    List<Example> list = new ArrayList<>();
    for (int i = 0; i < n; i++) {
      list.add(example(r, dim, ids));
    }
    return list;
  }

  private static Stage tree(
      SplittableRandom r, Distance distance, int dim, List<PointId> ids, int depth) {
    List<Stage> prefetches = new ArrayList<>();
    if (depth > 0 && r.nextInt(3) != 0) {
      for (int i = r.nextInt(3); i >= 0; i--) {
        prefetches.add(tree(r, distance, dim, ids, depth - 1));
      }
    }
    Filter filter =
        switch (r.nextInt(3)) {
          case 0 -> Filter.must(tag("t" + r.nextInt(6)));
          case 1 -> Filter.mustNot(new Condition.MatchValue(N, new Scalar.Whole(r.nextInt(5))));
          default -> Filter.ALL;
        };
    Query query = query(r, dim, ids, prefetches.size());
    boolean hasThreshold = r.nextInt(5) < 2 && !(query instanceof Query.OrderBy);
    return new Stage(
        prefetches,
        Optional.of(query),
        Optional.empty(),
        filter,
        SearchParams.EXACT,
        hasThreshold
            ? OptionalDouble.of(threshold(r, query, distance, dim))
            : OptionalDouble.empty(),
        1 + r.nextInt(30),
        Optional.empty());
  }

  /// Somewhere among the scores that a query gives, or near them.
  private static double threshold(SplittableRandom r, Query query, Distance distance, int dim) {
    double spread = Math.sqrt(dim);
    double similarity =
        switch (distance) {
          case COSINE -> r.nextDouble(-0.5, 0.9);
          case DOT -> spread * r.nextDouble(-2, 3);
          case EUCLID -> -dim * r.nextDouble(1, 4);
          case MANHATTAN -> -dim * r.nextDouble(0.8, 1.8);
        };
    return switch (query) {
      case Query.Nearest _ -> score(distance, similarity);
      case Query.Recommend recommend ->
          switch (recommend.strategy()) {
            case AVERAGE_VECTOR -> score(distance, similarity);
            case BEST_SCORE -> r.nextDouble(-1, 1);
            case SUM_SCORES -> similarity;
          };
      case Query.Discover _ -> r.nextDouble(-2, 2);
      case Query.Context _ -> r.nextDouble(-2, 0.1);
      case Query.Feedback _ -> similarity;
      case Query.Rrf rrf -> r.nextDouble(0, 2.0 / rrf.k());
      case Query.Dbsf _ -> r.nextDouble(0.3, 1.2);
      case Query.ByFormula _ -> r.nextDouble(0, 4);
      case Query.OrderBy _, Query.Sample _ -> throw new IllegalStateException("no scores");
    };
  }

  private static double score(Distance distance, double similarity) {
    return switch (distance) {
      case COSINE, DOT -> similarity;
      case EUCLID -> Math.sqrt(-similarity);
      case MANHATTAN -> -similarity;
    };
  }

  private static Condition tag(String tag) {
    return new Condition.MatchValue(TAGS, new Scalar.Text(tag));
  }

  private static Query query(SplittableRandom r, int dim, List<PointId> ids, int prefetches) {
    int kind = r.nextInt(prefetches > 0 ? 12 : 9);
    return switch (kind) {
      case 0 -> Query.Nearest.to(example(r, dim, ids));
      case 1, 2, 3 ->
          new Query.Recommend(
              examples(r, 1 + r.nextInt(3), dim, ids),
              examples(r, r.nextInt(3), dim, ids),
              Query.Strategy.values()[kind - 1]);
      case 4 -> new Query.Discover(example(r, dim, ids), pairs(r, r.nextInt(3), dim, ids));
      case 5 -> new Query.Context(pairs(r, 1 + r.nextInt(3), dim, ids));
      case 6 -> {
        List<Query.Rated> rated = new ArrayList<>();
        for (Example e : examples(r, 1 + r.nextInt(3), dim, ids)) {
          rated.add(new Query.Rated(e, (float) r.nextDouble(0, 2)));
        }
        yield new Query.Feedback(example(r, dim, ids), rated, 1.5f, 0.5f, 0.7f);
      }
      case 7 ->
          new Query.OrderBy(
              N,
              r.nextBoolean() ? Query.Direction.ASCENDING : Query.Direction.DESCENDING,
              r.nextBoolean() ? Optional.empty() : Optional.of(new Query.StartFrom.Whole(2)));
      case 8 -> new Query.Nearest(example(r, dim, ids), Optional.of(mmr(r)));
      case 9 -> {
        List<Float> weights = new ArrayList<>();
        if (r.nextBoolean()) {
          for (int i = 0; i < prefetches; i++) {
            weights.add((float) r.nextDouble(0, 3));
          }
        }
        yield new Query.Rrf(1 + r.nextInt(60), weights);
      }
      case 10 -> new Query.Dbsf();
      default -> new Query.ByFormula(formula(r));
    };
  }

  private static Query.Mmr mmr(SplittableRandom r) {
    float diversity =
        switch (r.nextInt(5)) {
          case 0 -> 0;
          case 1 -> 1;
          default -> (float) r.nextDouble();
        };
    return new Query.Mmr(
        diversity, r.nextBoolean() ? Optional.empty() : Optional.of(1 + r.nextInt(60)));
  }

  private static List<Query.Pair> pairs(SplittableRandom r, int n, int dim, List<PointId> ids) {
    List<Query.Pair> pairs = new ArrayList<>();
    for (int i = 0; i < n; i++) {
      pairs.add(new Query.Pair(example(r, dim, ids), example(r, dim, ids)));
    }
    return pairs;
  }

  private static Formula formula(SplittableRandom r) {
    Expression weight =
        new Expression.Product(
            List.of(
                new Expression.Constant(r.nextDouble(0, 3)),
                new Expression.Holds(tag("t" + r.nextInt(6)))));
    Expression decay =
        new Expression.Decay(
            Expression.Curve.values()[r.nextInt(3)],
            new Expression.Variable(N),
            Optional.of(new Expression.Constant(2)),
            1.5,
            0.4);
    return new Formula(
        new Expression.Sum(List.of(new Expression.Score(0), weight, decay)),
        Map.of(0, 0.25),
        Map.of());
  }

  @Test
  void every_kind_of_query_equals_the_plain_model() {
    int[] run = {0};
    Props.forAll(30, 40, QueryPropertyTest::draw, c -> check(c, "run" + run[0]++));
    // Two thirds on average; a run of points with much in common has more ties.
    assertThat(compared).as("trees compared of %d", trees).isGreaterThan(trees / 2);
    assertThat(picked).as("with MMR, of %d", trees).isGreaterThan(trees / 20);
    assertThat(cut).as("with a threshold that cut, of %d", trees).isGreaterThan(trees / 60);
  }

  private void check(Case c, String name) {
    Path data = folder.resolve(name + "-" + System.identityHashCode(c));
    try (Collections store = Collections.open(data, StoreSettings.defaults())) {
      store.create(
          "c",
          CollectionConfig.of(Map.of("", VectorConfig.of(c.dim, c.distance)))
              .withPayloadSchema(new PayloadSchema(Map.of(N, new PayloadIndex.Whole(true, true)))));
      Collection collection = store.require("c");
      write(collection, c);
      PlainQueries plain = new PlainQueries(c.distance, c.points);
      try (Searcher searcher = collection.searcher(Deadline.NONE)) {
        for (Stage tree : c.trees) {
          Examples examples = ExampleLookup.of(tree, store, collection, searcher, Deadline.NONE);
          List<Hit> hits =
              searcher.query(new QueryRequest(tree, 0, Fetch.ID_ONLY), examples, Deadline.NONE);
          PlainQueries.Ranked expected = plain.run(tree);
          compare(tree, hits, expected);
          if (tree.scoreThreshold().isPresent() && !expected.isAmbiguous()) {
            int whole = plain.run(withoutThreshold(tree)).list().size();
            cut += hits.size() > 0 && hits.size() < whole ? 1 : 0;
          }
          // Picks depend on how many candidates there are, and groups look at more and more.
          if (tree.prefetches().isEmpty() && !picks(tree)) {
            compareGroups(tree, searcher, examples, plain);
          }
        }
      }
    }
  }

  /// In two halves, with a point deleted and written again, so that there are several segments.
  private static void write(Collection collection, Case c) {
    List<Point> all = new ArrayList<>();
    c.points.forEach((id, p) -> {
      Map<String, VectorValue> vectors = new LinkedHashMap<>();
      p.vector().ifPresent(v -> vectors.put("", new VectorValue.Dense(v)));
      String tags = String.join("\",\"", p.tags());
      all.add(
          new Point(
              id, vectors, PayloadBytes.of("{\"n\":" + p.n() + ",\"tags\":[\"" + tags + "\"]}")));
    });
    int half = all.size() / 2;
    for (List<Point> part : List.of(all.subList(0, half), all.subList(half, all.size()))) {
      if (!part.isEmpty()) {
        collection.submit(WriteBatch.interactive(new Operation.Upsert(part, Precondition.NONE)));
        collection.searcher(Deadline.NONE).close();
      }
    }
    collection.submit(
        WriteBatch.interactive(
            new Operation.Delete(new Selection.Ids(List.of(all.getFirst().id())))));
    collection.submit(
        WriteBatch.interactive(new Operation.Upsert(List.of(all.getFirst()), Precondition.NONE)));
  }

  /// Scores must agree place by place. The points must agree too, but for those whose scores are
  /// too close for float32 to tell; a tree with such a tie below its root may differ in anything.
  private void compare(Stage tree, List<Hit> hits, PlainQueries.Ranked expected) {
    trees++;
    if (expected.isAmbiguous()) {
      return;
    }
    compared++;
    picked += hasMmr(tree) ? 1 : 0;
    List<PlainQueries.Scored> list = expected.list();
    assertThat(hits).as("%s", tree).hasSameSizeAs(list);
    for (int i = 0; i < hits.size(); i++) {
      double want = list.get(i).score();
      assertThat((double) hits.get(i).score())
          .as("score %d of %s", i, tree)
          .satisfies(got ->
              assertThat(Math.abs(got - want))
                  .isLessThanOrEqualTo(1e-5 * Math.max(summed(tree), Math.abs(want))));
      if (!expected.isTied(i)) {
        assertThat(hits.get(i).point().id())
            .as("hit %d of %s", i, tree)
            .isEqualTo(list.get(i).id());
      }
    }
  }

  private static boolean hasMmr(Stage stage) {
    return picks(stage) || stage.prefetches().stream().anyMatch(QueryPropertyTest::hasMmr);
  }

  private static boolean picks(Stage stage) {
    return stage.query().orElseThrow() instanceof Query.Nearest(var _, var mmr) && mmr.isPresent();
  }

  private static Stage withoutThreshold(Stage s) {
    return new Stage(
        s.prefetches(),
        s.query(),
        s.using(),
        s.filter(),
        s.params(),
        OptionalDouble.empty(),
        s.limit(),
        s.lookupFrom());
  }

  /// How large the terms of a score may be, of which float32 keeps seven digits: sums of
  /// similarities to many examples, and differences of them, cancel each other out.
  private static double summed(Stage stage) {
    double here =
        stage.query().isPresent()
                && (stage.query().get() instanceof Query.Feedback
                    || stage.query().get() instanceof Query.Context
                    || stage.query().get() instanceof Query.Recommend(var _, var _, var strategy)
                        && strategy == Query.Strategy.SUM_SCORES)
            ? 10.0 * stage.query().get().examples().size()
            : 1;
    return stage.prefetches().stream()
        .mapToDouble(QueryPropertyTest::summed)
        .reduce(here, Math::max);
  }

  private static void compareGroups(
      Stage tree, Searcher searcher, Examples examples, PlainQueries plain) {
    PlainQueries.Ranked all = plain.run(tree.withLimit(10_000));
    if (all.isAmbiguous() || all.hasTies()) {
      return;
    }
    Stage root = tree.withLimit(3);
    List<Group> groups =
        searcher.groups(
            new GroupRequest(new QueryRequest(root, 0, Fetch.ID_ONLY), TAGS, 2),
            examples,
            Deadline.NONE);
    Map<String, List<PointId>> expected = plain.groups(all, 3, 2);
    Map<String, List<PointId>> found = new LinkedHashMap<>();
    for (Group group : groups) {
      found.put(
          ((Group.Key.Text) group.key()).value(),
          group.hits().stream().map(hit -> hit.point().id()).toList());
    }
    assertThat(List.copyOf(found.values()))
        .as("%s", tree)
        .containsExactlyElementsOf(expected.values());
  }
}
