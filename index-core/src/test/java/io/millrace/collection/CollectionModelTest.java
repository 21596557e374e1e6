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
import io.millrace.model.StoredPoint;
import io.millrace.model.VectorConfig;
import io.millrace.model.VectorValue;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
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
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Random operations against a collection and against a plain map; the store is closed and opened
/// again now and then. After each batch of steps a full scroll, counts and exact searches must be
/// equal.
@Tag("R-12")
class CollectionModelTest {
  private static final int DIM = 4;
  private static final int IDS = 40;
  private static final List<String> KEYS = List.of("a", "b", "c");

  @TempDir Path folder;

  /// What the plain model knows of a point.
  private record Known(TreeMap<String, Integer> payload, TreeMap<String, float[]> vectors) {
    Known copy() {
      return new Known(new TreeMap<>(payload), new TreeMap<>(vectors));
    }
  }

  private record Step(Operation operation, boolean reopen) {}

  @Test
  void random_operations_and_restarts_leave_the_state_of_the_model() {
    int[] run = {0};
    Props.forAll(10, 120, CollectionModelTest::steps, steps -> check(steps, "run" + run[0]++));
  }

  private void check(List<Step> steps, String name) {
    Path data = folder.resolve(name + "-" + System.identityHashCode(steps));
    Map<PointId, Known> model = new TreeMap<>();
    CollectionConfig config =
        CollectionConfig.of(
            Map.of(
                "",
                VectorConfig.of(DIM, Distance.DOT),
                "e",
                VectorConfig.of(DIM, Distance.EUCLID)));
    Collections store = Collections.open(data, StoreSettings.defaults());
    try {
      store.create("c", config);
      for (int i = 0; i < steps.size(); i++) {
        Collection c = store.require("c");
        Submission s = c.submit(WriteBatch.interactive(steps.get(i).operation()));
        assertThat(s.firstSequence()).isEqualTo(i);
        applyTo(model, steps.get(i).operation());
        if (steps.get(i).reopen()) {
          s.durable().join();
          store.close();
          store = Collections.open(data, StoreSettings.defaults());
        }
        if (i % 10 == 0 || i == steps.size() - 1) {
          compare(store.require("c"), model, i);
        }
      }
    } finally {
      store.close();
      delete(data);
    }
  }

  private static void compare(Collection c, Map<PointId, Known> model, int step) {
    try (Searcher searcher = c.searcher(Deadline.in(Duration.ofSeconds(20)))) {
      List<StoredPoint> all = new ArrayList<>();
      Optional<PointId> next =
          searcher.scroll(Optional.empty(), Filter.ALL, 1_000, Fetch.ALL, Deadline.NONE, all::add);
      assertThat(next).isEmpty();
      assertThat(all.stream().map(StoredPoint::id).toList())
          .as("ids after step %d", step)
          .isEqualTo(List.copyOf(model.keySet()));
      for (StoredPoint p : all) {
        Known known = model.get(p.id());
        assertThat(parse(p.payload().orElseThrow())).as("%s", p.id()).isEqualTo(known.payload());
        Map<String, VectorValue> vectors = new TreeMap<>();
        known.vectors().forEach((n, v) -> vectors.put(n, new VectorValue.Dense(v)));
        assertThat(p.vectors().orElseThrow()).as("%s", p.id()).isEqualTo(vectors);
      }
      for (String key : KEYS) {
        Filter f = equal(key, 1);
        assertThat(searcher.count(f, Deadline.NONE))
            .isEqualTo(model.values().stream().filter(k -> matches(k, key, 1)).count());
      }
      float[] query = {0.5f, -1, 2, 0.25f};
      List<Hit> hits =
          searcher.nearest(
              new NearestQuery(
                  "e",
                  new VectorValue.Dense(query),
                  Filter.mustNot(equal("a", 1).must().getFirst()),
                  7,
                  0,
                  OptionalDouble.empty(),
                  SearchParams.DEFAULT,
                  Fetch.ID_ONLY),
              Deadline.NONE);
      List<PointId> expected =
          model.entrySet().stream()
              .filter(e -> e.getValue().vectors().containsKey("e"))
              .filter(e -> !matches(e.getValue(), "a", 1))
              .sorted(
                  Comparator.<Map.Entry<PointId, Known>>comparingDouble(
                          e -> distance(query, e.getValue().vectors().get("e")))
                      .thenComparing(Map.Entry::getKey))
              .limit(7)
              .map(Map.Entry::getKey)
              .toList();
      assertThat(hits.stream().map(h -> h.point().id()).toList()).isEqualTo(expected);
    }
  }

  private static float distance(float[] a, float[] b) {
    float sum = 0;
    for (int i = 0; i < a.length; i++) {
      float d = a[i] - b[i];
      sum += d * d;
    }
    return (float) Math.sqrt(sum);
  }

  private static boolean matches(Known known, String key, int value) {
    return Integer.valueOf(value).equals(known.payload().get(key));
  }

  private static Filter equal(String key, int value) {
    return Filter.must(new Condition.MatchValue(PayloadPath.parse(key), new Scalar.Whole(value)));
  }

  private static void applyTo(Map<PointId, Known> model, Operation operation) {
    switch (operation) {
      case Operation.Upsert(var points, var precondition) -> {
        for (Point p : points) {
          Known old = model.get(p.id());
          boolean ok =
              switch (precondition.mode()) {
                case UPSERT ->
                    old == null
                        || precondition.filter().isEmpty()
                        || matches(old, precondition.filter().get());
                case INSERT_ONLY -> old == null;
                case UPDATE_ONLY ->
                    old != null
                        && (precondition.filter().isEmpty()
                            || matches(old, precondition.filter().get()));
              };
          if (ok) {
            TreeMap<String, float[]> vectors = new TreeMap<>();
            p.vectors().forEach((n, v) -> vectors.put(n, ((VectorValue.Dense) v).values()));
            model.put(p.id(), new Known(parse(p.payload()), vectors));
          }
        }
      }
      case Operation.Delete(var which) -> ids(model, which).forEach(model::remove);
      case Operation.SetPayload(var which, var patch, var key) ->
          change(model, which, k -> k.payload().putAll(parse(patch)));
      case Operation.OverwritePayload(var which, var payload) ->
          change(
              model,
              which,
              k -> {
                k.payload().clear();
                k.payload().putAll(parse(payload));
              });
      case Operation.DeletePayload(var which, var keys) ->
          change(model, which, k -> keys.forEach(p -> k.payload().remove(p.toString())));
      case Operation.ClearPayload(var which) -> change(model, which, k -> k.payload().clear());
      case Operation.UpdateVectors(var points, var precondition) ->
          points.forEach(p ->
              model.computeIfPresent(
                  p.id(),
                  (id, k) -> {
                    Known n = k.copy();
                    p.vectors()
                        .forEach(
                            (name, v) -> n.vectors().put(name, ((VectorValue.Dense) v).values()));
                    return n;
                  }));
      case Operation.DeleteVectors(var which, var names) ->
          change(model, which, k -> k.vectors().keySet().removeAll(names));
      case Operation.Versioned ignored -> throw new IllegalStateException("see VersionModelTest");
    }
  }

  private static void change(
      Map<PointId, Known> model, Selection which, java.util.function.Consumer<Known> change) {
    for (PointId id : ids(model, which)) {
      Known old = model.get(id);
      if (old != null) {
        Known copy = old.copy();
        change.accept(copy);
        model.put(id, copy);
      }
    }
  }

  private static List<PointId> ids(Map<PointId, Known> model, Selection which) {
    return switch (which) {
      case Selection.Ids(var ids) -> ids;
      case Selection.Matching(var filter) ->
          model.entrySet().stream()
              .filter(e -> matches(e.getValue(), filter))
              .map(Map.Entry::getKey)
              .toList();
    };
  }

  private static boolean matches(Known known, Filter filter) {
    Condition.MatchValue m = (Condition.MatchValue) filter.must().getFirst();
    return matches(known, m.key().toString(), (int) ((Scalar.Whole) m.value()).value());
  }

  /// Flat objects of small integers only, as this test writes them.
  private static TreeMap<String, Integer> parse(PayloadBytes payload) {
    TreeMap<String, Integer> map = new TreeMap<>();
    String text = payload.toString();
    for (String part : text.substring(1, text.length() - 1).split(",")) {
      if (!part.isEmpty()) {
        String[] pair = part.split(":");
        map.put(pair[0].replace("\"", ""), Integer.parseInt(pair[1]));
      }
    }
    return map;
  }

  private static List<Step> steps(SplittableRandom random, int size) {
    List<Step> steps = new ArrayList<>();
    for (int i = 0; i <= size; i++) {
      steps.add(new Step(operation(random), random.nextInt(60) == 0));
    }
    return steps;
  }

  private static Operation operation(SplittableRandom random) {
    return switch (random.nextInt(12)) {
      case 0 -> new Operation.Delete(selection(random));
      case 1 -> new Operation.SetPayload(selection(random), payload(random), Optional.empty());
      case 2 -> new Operation.OverwritePayload(selection(random), payload(random));
      case 3 ->
          new Operation.DeletePayload(selection(random), List.of(PayloadPath.parse(key(random))));
      case 4 -> new Operation.ClearPayload(selection(random));
      case 5 ->
          new Operation.UpdateVectors(
              List.of(new Operation.PointVectors(id(random), vectors(random, true))),
              Precondition.NONE);
      case 6 ->
          new Operation.DeleteVectors(selection(random), List.of(random.nextBoolean() ? "" : "e"));
      case 7 ->
          new Operation.Upsert(
              points(random),
              new Precondition(
                  Precondition.Mode.values()[random.nextInt(3)],
                  random.nextBoolean()
                      ? Optional.empty()
                      : Optional.of(equal(key(random), random.nextInt(3)))));
      default -> new Operation.Upsert(points(random));
    };
  }

  private static List<Point> points(SplittableRandom random) {
    List<Point> points = new ArrayList<>();
    for (int i = random.nextInt(4); i >= 0; i--) {
      points.add(new Point(id(random), vectors(random, false), payload(random)));
    }
    return points;
  }

  private static Selection selection(SplittableRandom random) {
    return random.nextInt(3) == 0
        ? new Selection.Matching(equal(key(random), random.nextInt(3)))
        : new Selection.Ids(List.of(id(random), id(random)));
  }

  private static PointId id(SplittableRandom random) {
    int n = random.nextInt(IDS);
    return n < 30 ? PointId.of(n == 29 ? -1L : n) : new PointId.Uuid(n * 0x1234_5678_9ABCL, n);
  }

  private static String key(SplittableRandom random) {
    return KEYS.get(random.nextInt(KEYS.size()));
  }

  private static PayloadBytes payload(SplittableRandom random) {
    StringBuilder b = new StringBuilder("{");
    for (String key : KEYS) {
      if (random.nextBoolean()) {
        b.append(b.length() > 1 ? "," : "").append('"').append(key).append("\":");
        b.append(random.nextInt(3));
      }
    }
    return PayloadBytes.of(b.append('}').toString());
  }

  private static Map<String, VectorValue> vectors(SplittableRandom random, boolean some) {
    Map<String, VectorValue> vectors = new HashMap<>();
    for (String name : List.of("", "e")) {
      if (random.nextInt(4) > 0 || (some && vectors.isEmpty() && name.equals("e"))) {
        float[] v = new float[DIM];
        for (int i = 0; i < DIM; i++) {
          v[i] = random.nextInt(-4, 5) / 2f;
        }
        vectors.put(name, new VectorValue.Dense(v));
      }
    }
    return vectors;
  }

  private static void delete(Path data) {
    try (Stream<Path> files = Files.walk(data)) {
      for (Path p : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(p);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
