package io.millrace.collection;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.Props;
import io.millrace.model.CollectionConfig;
import io.millrace.model.Condition;
import io.millrace.model.Deadline;
import io.millrace.model.Distance;
import io.millrace.model.Fetch;
import io.millrace.model.Filter;
import io.millrace.model.Hit;
import io.millrace.model.NearestQuery;
import io.millrace.model.NearestQuery.SearchParams;
import io.millrace.model.Operation;
import io.millrace.model.Operation.Precondition;
import io.millrace.model.PayloadBytes;
import io.millrace.model.PayloadPath;
import io.millrace.model.Point;
import io.millrace.model.PointId;
import io.millrace.model.Scalar;
import io.millrace.model.Selection;
import io.millrace.model.SparseConfig;
import io.millrace.model.StoredPoint;
import io.millrace.model.VectorConfig;
import io.millrace.model.VectorDatatype;
import io.millrace.model.VectorValue;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Sparse vectors and multivectors through random writes and restarts, against a plain map: what is
/// read back, and the hits, scores and order of searches.
class SparseAndMultiModelTest {
  private static final int DIM = 3;
  private static final int IDS = 30;
  private static final List<String> NAMES = List.of("s", "idf", "m", "e", "h");
  private static final CollectionConfig CONFIG =
      CollectionConfig.of(
          Map.of(
              "m",
              VectorConfig.of(DIM, Distance.DOT).asMulti(),
              "e",
              VectorConfig.of(DIM, Distance.EUCLID).asMulti(),
              "h",
              VectorConfig.of(DIM, Distance.DOT).with(VectorDatatype.FLOAT16)),
          Map.of("s", SparseConfig.PLAIN, "idf", new SparseConfig(true, 0)));

  @TempDir Path folder;

  private record Known(Map<String, VectorValue> vectors, int group) {}

  private record Step(Operation operation, boolean reopen) {}

  @Test
  void random_writes_and_restarts_leave_what_a_map_would_hold() {
    int[] run = {0};
    Props.forAll(8, 90, SparseAndMultiModelTest::steps, steps -> check(steps, run[0]++));
  }

  private void check(List<Step> steps, int run) {
    Path data = folder.resolve("run" + run + "-" + System.identityHashCode(steps));
    Map<PointId, Known> model = new TreeMap<>();
    Collections store = Collections.open(data, StoreSettings.defaults());
    try {
      store.create("c", CONFIG);
      for (int i = 0; i < steps.size(); i++) {
        Submission s = store.require("c").submit(WriteBatch.interactive(steps.get(i).operation()));
        applyTo(model, steps.get(i).operation());
        if (steps.get(i).reopen()) {
          s.durable().join();
          store.close();
          store = Collections.open(data, StoreSettings.defaults());
        }
        if (i % 9 == 0 || i == steps.size() - 1) {
          compare(store.require("c"), model, new SplittableRandom(i), i);
        }
      }
    } finally {
      store.close();
    }
  }

  private static void compare(
      Collection c, Map<PointId, Known> model, SplittableRandom random, int step) {
    try (Searcher searcher = c.searcher(Deadline.in(Duration.ofSeconds(20)))) {
      List<StoredPoint> all = new ArrayList<>();
      searcher.scroll(Optional.empty(), Filter.ALL, 1_000, Fetch.ALL, Deadline.NONE, all::add);
      Map<PointId, Map<String, VectorValue>> stored = new TreeMap<>();
      all.forEach(p -> stored.put(p.id(), p.vectors().orElseThrow()));
      Map<PointId, Map<String, VectorValue>> expected = new TreeMap<>();
      model.forEach((id, known) -> expected.put(id, new TreeMap<>(known.vectors())));
      assertThat(stored).as("after step %d", step).isEqualTo(expected);
      for (String name : NAMES) {
        assertThat(searcher.count(Filter.must(new Condition.HasVector(name)), Deadline.NONE))
            .isEqualTo(model.values().stream().filter(k -> k.vectors().containsKey(name)).count());
      }
      VectorValue.Sparse sparse = sparse(random, 4);
      search(searcher, model, "s", sparse, true, k -> dot(sparse, k));
      search(searcher, model, "idf", sparse, true, k -> dot(weighted(sparse, model), k));
      VectorValue.Multi multi = multi(random);
      search(searcher, model, "m", multi, true, k -> maxSim(multi, k, Distance.DOT));
      search(searcher, model, "e", multi, false, k -> maxSim(multi, k, Distance.EUCLID));
    }
  }

  /// @param score NaN = not a hit
  private static void search(
      Searcher searcher,
      Map<PointId, Known> model,
      String name,
      VectorValue query,
      boolean descending,
      Function<VectorValue, Float> score) {
    for (boolean filtered : List.of(false, true)) {
      Filter filter = filtered ? Filter.mustNot(group(1).must().getFirst()) : Filter.ALL;
      List<Hit> hits =
          searcher.nearest(
              new NearestQuery(
                  name,
                  query,
                  filter,
                  5,
                  0,
                  OptionalDouble.empty(),
                  SearchParams.DEFAULT,
                  Fetch.ID_ONLY),
              Deadline.NONE);
      Map<PointId, Float> scores = new TreeMap<>();
      model.forEach((id, known) -> {
        VectorValue value = known.vectors().get(name);
        if (value != null && !(filtered && known.group() == 1)) {
          float s = score.apply(value);
          if (!Float.isNaN(s)) {
            scores.put(id, s);
          }
        }
      });
      ToDoubleFunction<Map.Entry<PointId, Float>> rank =
          e -> descending ? -e.getValue() : e.getValue();
      List<String> expected =
          scores.entrySet().stream()
              .sorted(Comparator.comparingDouble(rank).thenComparing(Map.Entry::getKey))
              .limit(5)
              .map(e -> e.getKey() + "=" + e.getValue())
              .toList();
      assertThat(hits.stream().map(h -> h.point().id() + "=" + h.score()).toList())
          .as("%s %s", name, query)
          .isEqualTo(expected);
    }
  }

  private static float dot(VectorValue.Sparse query, VectorValue value) {
    VectorValue.Sparse row = (VectorValue.Sparse) value;
    float sum = 0;
    boolean common = false;
    for (int i = 0; i < query.indices().length; i++) {
      for (int j = 0; j < row.indices().length; j++) {
        if (query.indices()[i] == row.indices()[j]) {
          sum += query.values()[i] * row.values()[j];
          common = true;
        }
      }
    }
    return common ? sum : Float.NaN;
  }

  private static VectorValue.Sparse weighted(VectorValue.Sparse query, Map<PointId, Known> model) {
    List<VectorValue.Sparse> all =
        model.values().stream()
            .map(k -> (VectorValue.Sparse) k.vectors().get("idf"))
            .filter(v -> v != null && v.indices().length > 0)
            .toList();
    float[] weights = query.values().clone();
    for (int i = 0; i < weights.length; i++) {
      int index = query.indices()[i];
      float n = all.size();
      float df =
          all.stream()
              .filter(v -> java.util.Arrays.stream(v.indices()).anyMatch(x -> x == index))
              .count();
      weights[i] *= (float) Math.log((n - df + 0.5f) / (df + 0.5f) + 1.0f);
    }
    return new VectorValue.Sparse(query.indices(), weights);
  }

  private static float maxSim(VectorValue.Multi query, VectorValue value, Distance distance) {
    float[] rows = ((VectorValue.Multi) value).rows();
    float sum = 0;
    for (int q = 0; q < query.rows().length; q += DIM) {
      float best = Float.NEGATIVE_INFINITY;
      for (int r = 0; r < rows.length; r += DIM) {
        float similarity = 0;
        for (int i = 0; i < DIM; i++) {
          float a = query.rows()[q + i];
          float b = rows[r + i];
          similarity += distance == Distance.DOT ? a * b : (a - b) * (a - b);
        }
        best = Math.max(best, distance == Distance.DOT ? similarity : -similarity);
      }
      sum += best;
    }
    return distance == Distance.DOT ? sum : (float) Math.sqrt(Math.abs(sum));
  }

  private static void applyTo(Map<PointId, Known> model, Operation operation) {
    switch (operation) {
      case Operation.Upsert(var points, var ignored) ->
          points.forEach(p -> model.put(p.id(), new Known(stored(p.vectors()), group(p))));
      case Operation.Delete(Selection.Ids(var ids)) -> ids.forEach(model::remove);
      case Operation.UpdateVectors(var points, var ignored) ->
          points.forEach(p ->
              model.computeIfPresent(
                  p.id(),
                  (id, k) -> {
                    Map<String, VectorValue> vectors = new HashMap<>(k.vectors());
                    vectors.putAll(stored(p.vectors()));
                    return new Known(vectors, k.group());
                  }));
      case Operation.DeleteVectors(Selection.Ids(var ids), var names) ->
          ids.forEach(id ->
              model.computeIfPresent(
                  id,
                  (i, k) -> {
                    Map<String, VectorValue> vectors = new HashMap<>(k.vectors());
                    vectors.keySet().removeAll(names);
                    return new Known(vectors, k.group());
                  }));
      case Operation.OverwritePayload(Selection.Ids(var ids), var payload) ->
          ids.forEach(id ->
              model.computeIfPresent(
                  id, (i, k) -> new Known(k.vectors(), group(payload.toString()))));
      default -> throw new IllegalStateException();
    }
  }

  /// Half precision is all that a vector needs here to change on its way in.
  private static Map<String, VectorValue> stored(Map<String, VectorValue> vectors) {
    Map<String, VectorValue> stored = new HashMap<>(vectors);
    stored.computeIfPresent(
        "h",
        (n, v) -> {
          float[] half = ((VectorValue.Dense) v).values().clone();
          for (int i = 0; i < half.length; i++) {
            half[i] = Float.float16ToFloat(Float.floatToFloat16(half[i]));
          }
          return new VectorValue.Dense(half);
        });
    stored.computeIfPresent(
        "m", (n, v) -> v instanceof VectorValue.Dense d ? one(d) : v); // a row is as good
    stored.computeIfPresent("e", (n, v) -> v instanceof VectorValue.Dense d ? one(d) : v);
    return stored;
  }

  private static VectorValue one(VectorValue.Dense row) {
    return new VectorValue.Multi(DIM, row.values());
  }

  private static int group(Point point) {
    return group(point.payload().toString());
  }

  private static int group(String payload) {
    return payload.charAt(5) - '0';
  }

  private static Filter group(int group) {
    return Filter.must(new Condition.MatchValue(PayloadPath.parse("g"), new Scalar.Whole(group)));
  }

  private static List<Step> steps(SplittableRandom random, int size) {
    List<Step> steps = new ArrayList<>();
    for (int i = 0; i <= size; i++) {
      steps.add(new Step(operation(random), random.nextInt(40) == 0));
    }
    return steps;
  }

  private static Operation operation(SplittableRandom random) {
    return switch (random.nextInt(9)) {
      case 0 -> new Operation.Delete(ids(random));
      case 1 ->
          new Operation.UpdateVectors(
              List.of(new Operation.PointVectors(id(random), vectors(random))), Precondition.NONE);
      case 2 ->
          new Operation.DeleteVectors(
              ids(random), List.of(NAMES.get(random.nextInt(NAMES.size()))));
      case 3 -> new Operation.OverwritePayload(ids(random), payload(random));
      default -> {
        List<Point> points = new ArrayList<>();
        for (int i = random.nextInt(5); i >= 0; i--) {
          points.add(new Point(id(random), vectors(random), payload(random)));
        }
        yield new Operation.Upsert(points);
      }
    };
  }

  private static Selection ids(SplittableRandom random) {
    return new Selection.Ids(List.of(id(random), id(random)));
  }

  private static PointId id(SplittableRandom random) {
    return PointId.of(random.nextInt(IDS));
  }

  private static PayloadBytes payload(SplittableRandom random) {
    return PayloadBytes.of("{\"g\":" + random.nextInt(3) + "}");
  }

  private static Map<String, VectorValue> vectors(SplittableRandom random) {
    Map<String, VectorValue> vectors = new HashMap<>();
    for (String name : NAMES) {
      if (random.nextInt(4) > 0) {
        vectors.put(
            name,
            switch (name) {
              case "s", "idf" -> sparse(random, 6);
              case "h" -> new VectorValue.Dense(floats(random, DIM));
              default ->
                  random.nextInt(4) == 0
                      ? new VectorValue.Dense(floats(random, DIM))
                      : multi(random);
            });
      }
    }
    return vectors;
  }

  /// Indices on both sides of 2³¹; sometimes empty.
  private static VectorValue.Sparse sparse(SplittableRandom random, int most) {
    TreeMap<Long, Float> weights = new TreeMap<>();
    for (int i = random.nextInt(most + 1); i > 0; i--) {
      weights.put(random.nextInt(8) * 0x2000_0001L, random.nextInt(-3, 9) / 3f);
    }
    int[] indices = new int[weights.size()];
    float[] values = new float[weights.size()];
    int n = 0;
    for (Map.Entry<Long, Float> w : weights.entrySet()) {
      indices[n] = (int) (long) w.getKey();
      values[n++] = w.getValue();
    }
    return new VectorValue.Sparse(indices, values);
  }

  private static VectorValue.Multi multi(SplittableRandom random) {
    return new VectorValue.Multi(DIM, floats(random, DIM * (1 + random.nextInt(4))));
  }

  private static float[] floats(SplittableRandom random, int n) {
    float[] values = new float[n];
    for (int i = 0; i < n; i++) {
      values[i] = random.nextInt(-9, 10) / 3f;
    }
    return values;
  }
}
