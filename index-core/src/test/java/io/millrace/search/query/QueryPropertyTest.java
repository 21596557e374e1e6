package io.millrace.search.query;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.millrace.Props;
import io.millrace.collection.Collection;
import io.millrace.collection.Collections;
import io.millrace.collection.ExampleLookup;
import io.millrace.collection.Searcher;
import io.millrace.collection.StoreSettings;
import io.millrace.collection.WriteBatch;
import io.millrace.model.BadInput;
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
import io.millrace.model.query.Matrix;
import io.millrace.model.query.Query;
import io.millrace.model.query.QueryRequest;
import io.millrace.model.query.Stage;
import io.millrace.model.query.Stage.LookupFrom;
import io.millrace.search.query.PlainQueries.Plain;
import io.millrace.search.query.PlainQueries.PlainCollection;
import io.millrace.search.query.PlainQueries.Scored;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Random trees of all kinds over random collections of all distances, with filters and nested
/// prefetches, thresholds and MMR, examples of other collections and other vectors, groups, samples
/// and matrices, against a plain model in float64 ([PlainQueries]): the same scores, and the same
/// points wherever the scores decide.
///
/// Formulas are of the whole language ([FormulaDraw]). The size of one is its value and a bound on
/// the error of its parts, in units of the tolerance ([PlainFormula]).
///
/// Scores agree within 1e-5 relative to their size: the sum of the absolute values of the terms
/// they are sums of, down to products of components. For distances to a given vector, fusions by
/// rank and values of payloads that is the score itself. Where terms cancel each other out (dot
/// products, means of examples, differences of similarities, deviations, formulas) float32 rounds
/// each term in proportion to the term, and the sum may be as small as you like: a figure relative
/// to it would ask for more digits than the terms have.
class QueryPropertyTest {
  private static final int TREES = 36;
  private static final int FORMULAS = 15;
  private static final double TOLERANCE = PlainQueries.WRONG;
  private static final String SEARCHED = "c";
  private static final String OTHER = "o";
  private static final PayloadPath N = PlainQueries.N;
  private static final PayloadPath TAGS = PayloadPath.parse("tags");

  private static final int GROUPS = 3;
  private static final int GROUP_SIZE = 2;

  @TempDir Path folder;
  private int trees;
  private int compared;
  private int picked;
  private int cut;
  private int lookedUp;
  private int grouped;
  private int groupedPicks;
  private int sampled;
  private int matrices;
  private int formulas;

  private record Case(
      int dim, Map<String, PlainCollection> collections, List<Stage> trees, List<Stage> formulas) {
    PlainCollection searched() {
      return collections.get(SEARCHED);
    }
  }

  private static Case draw(SplittableRandom r, int size) {
    int dim = 2 + r.nextInt(20);
    PlainCollection searched = collection(r, dim, List.of("", "w"), 4 + 3 * size);
    PlainCollection other = collection(r, dim, List.of("", "w", "x"), 4 + size);
    Draw draw = new Draw(r, dim, Map.of(SEARCHED, searched, OTHER, other));
    List<Stage> trees = new ArrayList<>();
    List<Stage> formulas = new ArrayList<>();
    for (int i = 0; i < TREES; i++) {
      trees.add(draw.tree(2));
    }
    for (int i = 0; i < FORMULAS; i++) {
      formulas.add(draw.formula());
    }
    return new Case(dim, draw.collections, trees, formulas);
  }

  private static PlainCollection collection(
      SplittableRandom r, int dim, List<String> names, int size) {
    Map<String, Distance> distances = new TreeMap<>();
    names.forEach(name -> distances.put(name, Distance.values()[r.nextInt(4)]));
    boolean hasCopies = r.nextInt(4) == 0;
    float[] last = vector(r, dim);
    Map<PointId, Plain> points = new TreeMap<>();
    for (int i = 0; i < size; i++) {
      // Few enough numbers that two collections have some ids in common.
      PointId id = PointId.of(1 + r.nextInt(1_000));
      Map<String, float[]> vectors = new TreeMap<>();
      for (String name : names) {
        last = hasCopies && r.nextInt(4) == 0 ? last : vector(r, dim);
        if (r.nextInt(8) != 0) {
          vectors.put(name, last);
        }
      }
      List<String> tags = new ArrayList<>();
      for (int t = r.nextInt(3); t >= 0; t--) {
        tags.add("t" + r.nextInt(6));
      }
      points.put(
          id,
          new Plain(
              vectors,
              r.nextInt(5),
              tags,
              perhaps(r, FormulaDraw.price(r)),
              perhaps(r, FormulaDraw.place(r)),
              perhaps(r, FormulaDraw.micros(r))));
    }
    return new PlainCollection(distances, points);
  }

  private static <T> Optional<T> perhaps(SplittableRandom r, T value) {
    return r.nextInt(4) == 0 ? Optional.empty() : Optional.of(value);
  }

  private static float[] vector(SplittableRandom r, int dim) {
    float[] v = new float[dim];
    for (int i = 0; i < dim; i++) {
      v[i] = (float) r.nextDouble(-2, 2);
    }
    return v;
  }

  private static Filter filter(SplittableRandom r) {
    return switch (r.nextInt(3)) {
      case 0 -> Filter.must(tag("t" + r.nextInt(6)));
      case 1 -> Filter.mustNot(new Condition.MatchValue(N, new Scalar.Whole(r.nextInt(5))));
      default -> Filter.ALL;
    };
  }

  private static Stage stage(List<Stage> prefetches, Query query, Filter filter, long limit) {
    return new Stage(
        prefetches,
        Optional.of(query),
        Optional.empty(),
        filter,
        SearchParams.EXACT,
        OptionalDouble.empty(),
        limit,
        Optional.empty());
  }

  /// Draws the trees of one case.
  private record Draw(SplittableRandom r, int dim, Map<String, PlainCollection> collections) {
    Stage tree(int depth) {
      List<Stage> prefetches = new ArrayList<>();
      if (depth > 0 && r.nextInt(3) != 0) {
        for (int i = r.nextInt(3); i >= 0; i--) {
          prefetches.add(tree(depth - 1));
        }
      }
      Optional<String> using = r.nextInt(3) == 0 ? Optional.of("w") : Optional.empty();
      Optional<LookupFrom> lookupFrom =
          r.nextInt(3) == 0 ? Optional.of(lookup()) : Optional.empty();
      String vector = lookupFrom.flatMap(LookupFrom::vector).orElse(using.orElse(""));
      PlainCollection source =
          collections.get(lookupFrom.map(LookupFrom::collection).orElse(SEARCHED));
      ExampleDraw examples = new ExampleDraw(r, dim, source.having(vector), source.lacking(vector));
      Filter filter = filter(r);
      Query query = examples.query(prefetches.size());
      boolean hasThreshold = r.nextInt(5) < 2 && !(query instanceof Query.OrderBy);
      Distance distance = collections.get(SEARCHED).distances().get(using.orElse(""));
      return new Stage(
          prefetches,
          Optional.of(query),
          query.comparesVectors() ? using : Optional.empty(),
          filter,
          SearchParams.EXACT,
          hasThreshold
              ? OptionalDouble.of(threshold(r, query, distance, dim))
              : OptionalDouble.empty(),
          1 + r.nextInt(30),
          lookupFrom);
    }

    /// A formula over few points or many, of one prefetch or several.
    Stage formula() {
      List<Stage> prefetches = new ArrayList<>();
      for (int i = r.nextInt(3); i >= 0; i--) {
        prefetches.add(tree(0));
      }
      Query query = new Query.ByFormula(new FormulaDraw(r, prefetches.size()).formula());
      return stage(prefetches, query, Filter.ALL, 100);
    }

    /// Mostly in another collection, also where it is the searched one by its name.
    private LookupFrom lookup() {
      String collection = r.nextInt(4) == 0 ? SEARCHED : OTHER;
      List<String> names = List.copyOf(collections.get(collection).distances().keySet());
      return new LookupFrom(
          collection,
          r.nextInt(3) == 0 ? Optional.empty() : Optional.of(names.get(r.nextInt(names.size()))));
    }
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

  /// Draws a query whose examples are vectors, or points from where a stage looks them up.
  private record ExampleDraw(
      SplittableRandom r, int dim, List<PointId> having, List<PointId> lacking) {
    Example one() {
      return having.isEmpty() || r.nextBoolean()
          ? new Example.OfVector(new VectorValue.Dense(vector(r, dim)))
          : new Example.OfPoint(having.get(r.nextInt(having.size())));
    }

    List<Example> some(int n) {
      List<Example> list = new ArrayList<>();
      for (int i = 0; i < n; i++) {
        list.add(one());
      }
      return list;
    }

    /// Perhaps with a point that lacks the vector.
    List<Example> recommended(int n) {
      List<Example> list = some(n);
      if (!lacking.isEmpty() && r.nextInt(4) == 0) {
        list.add(new Example.OfPoint(lacking.get(r.nextInt(lacking.size()))));
      }
      return list;
    }

    List<Query.Pair> pairs(int n) {
      List<Query.Pair> pairs = new ArrayList<>();
      for (int i = 0; i < n; i++) {
        pairs.add(new Query.Pair(one(), one()));
      }
      return pairs;
    }

    Query query(int prefetches) {
      int kind = r.nextInt(prefetches > 0 ? 12 : 9);
      return switch (kind) {
        case 0 -> Query.Nearest.to(one());
        case 1, 2, 3 ->
            new Query.Recommend(
                recommended(1 + r.nextInt(3)),
                recommended(r.nextInt(3)),
                Query.Strategy.values()[kind - 1]);
        case 4 -> new Query.Discover(one(), pairs(r.nextInt(3)));
        case 5 -> new Query.Context(pairs(1 + r.nextInt(3)));
        case 6 -> {
          List<Query.Rated> rated = new ArrayList<>();
          for (Example e : some(1 + r.nextInt(3))) {
            rated.add(new Query.Rated(e, (float) r.nextDouble(0, 2)));
          }
          yield new Query.Feedback(one(), rated, 1.5f, 0.5f, 0.7f);
        }
        case 7 ->
            new Query.OrderBy(
                N,
                r.nextBoolean() ? Query.Direction.ASCENDING : Query.Direction.DESCENDING,
                r.nextBoolean() ? Optional.empty() : Optional.of(new Query.StartFrom.Whole(2)));
        case 8 -> new Query.Nearest(one(), Optional.of(mmr(r)));
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
        default -> new Query.ByFormula(new FormulaDraw(r, prefetches).formula());
      };
    }
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

  @Test
  void every_kind_of_query_equals_the_plain_model() {
    int[] run = {0};
    Props.forAll(30, 40, QueryPropertyTest::draw, c -> check(c, "run" + run[0]++));
    // Two thirds on average; a run of points with much in common has more ties.
    assertThat(compared).as("trees compared of %d", trees).isGreaterThan(trees / 2);
    assertThat(picked).as("with MMR, of %d", trees).isGreaterThan(trees / 20);
    assertThat(cut).as("with a threshold that cut, of %d", trees).isGreaterThan(trees / 60);
    assertThat(lookedUp).as("with a point of elsewhere, of %d", trees).isGreaterThan(trees / 20);
    assertThat(grouped).as("with groups, of %d", trees).isGreaterThan(trees / 20);
    assertThat(groupedPicks).as("with MMR in groups, of %d", trees).isGreaterThan(trees / 60);
    assertThat(formulas).as("formulas compared").isGreaterThan(30 * FORMULAS / 2);
    assertThat(sampled).as("samples").isPositive();
    assertThat(matrices).as("matrices").isPositive();
  }

  /// A formula of which a part has no finite value, and one that has that part without need of it.
  private record Faulty(String message, Stage needing, Stage without) {
    /// @param depth of the part
    static Faulty draw(SplittableRandom r, int depth) {
      FormulaDraw draw = new FormulaDraw(r, 1);
      boolean isWhole = r.nextInt(5) == 0;
      FormulaDraw.Fault fault = isWhole ? draw.tooLarge() : draw.fault();
      Expression needing = fault.expression();
      for (int i = 0; i < depth && !isWhole; i++) {
        needing = draw.around(needing);
      }
      Map<PayloadPath, Formula.Value> values = draw.formula().values();
      Expression without =
          new Expression.Sum(List.of(new Expression.Constant(2), draw.without(needing)));
      return new Faulty(fault.message(), stage(needing, values), stage(without, values));
    }

    private static Stage stage(Expression expression, Map<PayloadPath, Formula.Value> values) {
      Query nearest =
          Query.Nearest.to(new Example.OfVector(new VectorValue.Dense(new float[] {1, 2})));
      return QueryPropertyTest.stage(
          List.of(QueryPropertyTest.stage(List.of(), nearest, Filter.ALL, 5)),
          new Query.ByFormula(new Formula(expression, Map.of(), values)),
          Filter.ALL,
          5);
    }
  }

  @Test
  void what_has_no_finite_value_is_an_error_that_names_it_unless_a_zero_stands_before_it() {
    PlainCollection points = collection(new SplittableRandom(11), 2, List.of("", "w"), 20);
    try (Collections store = Collections.open(folder, StoreSettings.defaults())) {
      create(store, SEARCHED, 2, points);
      try (Searcher searcher = store.require(SEARCHED).searcher(Deadline.NONE)) {
        Props.forAll(
            400,
            4,
            Faulty::draw,
            c -> {
              assertThatThrownBy(() -> query(c.needing, searcher, Examples.NONE))
                  .as("%s", c.needing)
                  .isInstanceOf(BadInput.class)
                  .hasMessage(c.message);
              assertThat(query(c.without, searcher, Examples.NONE))
                  .as("%s", c.without)
                  .hasSize(5)
                  .allMatch(hit -> hit.score() == 2);
            });
      }
    }
  }

  private static List<Hit> query(Stage stage, Searcher searcher, Examples examples) {
    return searcher.query(new QueryRequest(stage, 0, Fetch.ID_ONLY), examples, Deadline.NONE);
  }

  private void check(Case c, String name) {
    Path data = folder.resolve(name + "-" + System.identityHashCode(c));
    try (Collections store = Collections.open(data, StoreSettings.defaults())) {
      c.collections.forEach((of, points) -> create(store, of, c.dim, points));
      Collection collection = store.require(SEARCHED);
      PlainQueries plain = new PlainQueries(SEARCHED, c.collections);
      try (Searcher searcher = collection.searcher(Deadline.NONE)) {
        for (Stage tree : c.trees) {
          Examples examples = ExampleLookup.of(tree, store, collection, searcher, Deadline.NONE);
          List<Hit> hits = query(tree, searcher, examples);
          PlainQueries.Ranked expected = plain.run(tree);
          compare(tree, hits, expected);
          trees++;
          if (!expected.isAmbiguous()) {
            count(tree);
          }
          if (tree.scoreThreshold().isPresent() && !expected.isAmbiguous()) {
            int whole = plain.run(withoutThreshold(tree)).list().size();
            cut += hits.size() > 0 && hits.size() < whole ? 1 : 0;
          }
          if (tree.prefetches().isEmpty()) {
            compareGroups(tree, searcher, examples, plain);
          }
          if (!expected.isAmbiguous()) {
            checkSampleOf(tree, searcher, examples, expected);
          }
        }
        for (Stage tree : c.formulas) {
          Examples examples = ExampleLookup.of(tree, store, collection, searcher, Deadline.NONE);
          PlainQueries.Ranked expected = plain.run(tree);
          compare(tree, query(tree, searcher, examples), expected);
          formulas += expected.isAmbiguous() ? 0 : 1;
        }
        SplittableRandom r = new SplittableRandom(c.dim);
        checkSample(r, searcher, plain);
        for (int i = 0; i < 4; i++) {
          for (String vector : c.searched().distances().keySet()) {
            checkMatrix(r, vector, searcher, plain, c.searched());
          }
        }
      }
    }
  }

  private static void create(Collections store, String name, int dim, PlainCollection c) {
    Map<String, VectorConfig> vectors = new TreeMap<>();
    c.distances()
        .forEach((vector, distance) -> vectors.put(vector, VectorConfig.of(dim, distance)));
    store.create(
        name,
        CollectionConfig.of(vectors)
            .withPayloadSchema(
                new PayloadSchema(
                    Map.of(
                        N,
                        new PayloadIndex.Whole(true, true),
                        FormulaDraw.PRICE,
                        new PayloadIndex.Decimal()))));
    write(store.require(name), c.points());
  }

  /// In two halves, with a point deleted and written again, so that there are several segments.
  private static void write(Collection collection, Map<PointId, Plain> points) {
    List<Point> all = new ArrayList<>();
    points.forEach((id, p) -> {
      Map<String, VectorValue> vectors = new LinkedHashMap<>();
      p.vectors().forEach((name, v) -> vectors.put(name, new VectorValue.Dense(v)));
      all.add(new Point(id, vectors, PayloadBytes.of(payload(p))));
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

  /// Some prices are the only one of a list; some are not there, and some a text, which the index
  /// of prices hides.
  private static String payload(Plain p) {
    boolean isEven = p.n() % 2 == 0;
    List<String> members = new ArrayList<>();
    members.add("\"n\":" + p.n());
    members.add("\"tags\":[\"" + String.join("\",\"", p.tags()) + "\"]");
    p.price().ifPresent(price -> members.add("\"price\":" + (isEven ? price : "[" + price + "]")));
    if (p.price().isEmpty() && isEven) {
      members.add("\"price\":\"unknown\"");
    }
    p.place()
        .ifPresent(
            at -> members.add("\"place\":{\"lon\":" + at.lon() + ",\"lat\":" + at.lat() + "}"));
    p.micros()
        .map(micros -> Instant.EPOCH.plus(micros, ChronoUnit.MICROS))
        .ifPresent(when -> members.add("\"when\":\"" + when + "\""));
    return "{" + String.join(",", members) + "}";
  }

  /// The scores of points must agree. Their places must agree too, but for those whose scores are
  /// too close for float32 to tell; a tree with such a tie below its root may differ in anything.
  private static void compare(Stage tree, List<Hit> hits, PlainQueries.Ranked expected) {
    if (expected.isAmbiguous()) {
      return;
    }
    List<Scored> list = expected.list();
    assertThat(hits).as("%s", tree).hasSameSizeAs(list);
    Map<PointId, Scored> byId = new HashMap<>();
    list.forEach(scored -> byId.put(scored.id(), scored));
    for (int i = 0; i < hits.size(); i++) {
      int place = i;
      Scored want = byId.get(hits.get(i).point().id());
      assertThat(want).as("hit %d of %s", i, tree).isNotNull();
      assertScore(hits.get(i).score(), want, () -> "score " + place + " of " + tree);
      if (!expected.isTied(i)) {
        assertThat(hits.get(i).point().id())
            .as("hit %d of %s", i, tree)
            .isEqualTo(list.get(i).id());
      }
    }
  }

  private static void assertScore(double got, Scored want, Supplier<String> what) {
    assertThat(got)
        .as(() -> what.get() + ", of size " + want.size())
        .isCloseTo(want.score(), within(TOLERANCE * want.size()));
  }

  private void count(Stage tree) {
    compared++;
    picked += hasMmr(tree) ? 1 : 0;
    lookedUp += looksElsewhere(tree) ? 1 : 0;
  }

  private static boolean looksElsewhere(Stage stage) {
    return stage.lookupFrom().isPresent()
            && stage.query().orElseThrow().examples().stream()
                .anyMatch(example -> example instanceof Example.OfPoint)
        || stage.prefetches().stream().anyMatch(QueryPropertyTest::looksElsewhere);
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

  private void compareGroups(Stage tree, Searcher searcher, Examples examples, PlainQueries plain) {
    Optional<Map<String, List<PointId>>> expected = plain.groups(tree, TAGS, GROUPS, GROUP_SIZE);
    if (expected.isEmpty()) {
      return;
    }
    grouped++;
    groupedPicks += picks(tree) ? 1 : 0;
    List<Group> groups =
        searcher.groups(
            new GroupRequest(
                new QueryRequest(tree.withLimit(GROUPS), 0, Fetch.ID_ONLY), TAGS, GROUP_SIZE),
            examples,
            Deadline.NONE);
    Map<String, List<PointId>> found = new LinkedHashMap<>();
    for (Group group : groups) {
      found.put(((Group.Key.Text) group.key()).value(), ids(group.hits()));
    }
    assertThat(List.copyOf(found.entrySet()))
        .as("%s", tree)
        .isEqualTo(List.copyOf(expected.get().entrySet()));
  }

  /// As many points as there may be, each once, all of them found below.
  private void checkSampleOf(
      Stage tree, Searcher searcher, Examples examples, PlainQueries.Ranked found) {
    Stage sample = stage(List.of(tree), new Query.Sample(trees), Filter.ALL, 5);
    List<PointId> among = found.list().stream().map(Scored::id).distinct().toList();
    assertThat(sample(sample, searcher, examples))
        .as("%s", sample)
        .hasSize(Math.min(5, among.size()))
        .doesNotHaveDuplicates()
        .isSubsetOf(among);
  }

  /// The right number, each once, all matching, in an order that the seed decides; every matching
  /// point has its turn, also at the front.
  private void checkSample(SplittableRandom r, Searcher searcher, PlainQueries plain) {
    Filter filter = filter(r);
    List<PointId> matching = plain.matching(filter);
    int limit = 1 + r.nextInt(2 * Math.max(1, matching.size()));
    Set<PointId> drawn = new HashSet<>();
    Set<PointId> first = new HashSet<>();
    // With so many that are first, one of m is never with a chance of e^-20.
    for (int seed = 0; seed < 20 * Math.max(1, matching.size()); seed++) {
      Stage sample = stage(List.of(), new Query.Sample(r.nextLong()), filter, limit);
      List<PointId> ids = sample(sample, searcher, Examples.NONE);
      assertThat(ids)
          .as("%s", sample)
          .hasSize(Math.min(limit, matching.size()))
          .doesNotHaveDuplicates()
          .isSubsetOf(matching);
      drawn.addAll(ids);
      ids.stream().findFirst().ifPresent(first::add);
      if (seed == 0) {
        assertThat(sample(sample, searcher, Examples.NONE)).as("the same seed").isEqualTo(ids);
      }
    }
    assertThat(drawn).as("of %s", filter).containsExactlyInAnyOrderElementsOf(matching);
    assertThat(first).as("first, of %s", filter).containsExactlyInAnyOrderElementsOf(matching);
    sampled++;
  }

  private static List<PointId> sample(Stage stage, Searcher searcher, Examples examples) {
    List<Hit> hits = query(stage, searcher, examples);
    assertThat(hits).allMatch(hit -> hit.score() == 1);
    return ids(hits);
  }

  private static List<PointId> ids(List<Hit> hits) {
    return hits.stream().map(hit -> hit.point().id()).toList();
  }

  /// Matching points that have the vector, ascending, and of each the nearest others.
  private void checkMatrix(
      SplittableRandom r,
      String vector,
      Searcher searcher,
      PlainQueries plain,
      PlainCollection searched) {
    Filter filter = filter(r);
    Set<PointId> having = new HashSet<>(searched.having(vector));
    having.retainAll(plain.matching(filter));
    int sample = 2 + r.nextInt(Math.max(1, 2 * having.size()));
    int limit = 1 + r.nextInt(6);
    Matrix matrix =
        searcher.matrix(
            new Matrix.Request(filter, vector, sample, limit, r.nextLong()), Deadline.NONE);
    String what = "matrix of \"" + vector + "\", " + sample + " of " + filter;
    assertThat(matrix.ids())
        .as(what)
        .hasSize(having.size() < 2 ? 0 : Math.min(sample, having.size()))
        .doesNotHaveDuplicates()
        .isSorted()
        .isSubsetOf(having);
    List<List<Scored>> expected = plain.neighbours(vector, matrix.ids());
    assertThat(matrix.neighbours()).as(what).hasSameSizeAs(expected);
    for (int row = 0; row < expected.size(); row++) {
      List<Matrix.Neighbour> got = matrix.neighbours().get(row);
      PlainQueries.Ranked want = new PlainQueries.Ranked(expected.get(row), false, false);
      assertThat(got).as(what).hasSize(Math.min(limit, want.list().size()));
      for (int i = 0; i < got.size(); i++) {
        assertScore(got.get(i).score(), want.list().get(i), () -> what);
        if (!want.isTied(i)) {
          assertThat(matrix.ids().get(got.get(i).place()))
              .as("row %d of %s", row, what)
              .isEqualTo(want.list().get(i).id());
        }
      }
    }
    matrices += expected.isEmpty() ? 0 : 1;
  }
}
