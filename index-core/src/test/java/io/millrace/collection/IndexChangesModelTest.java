package io.millrace.collection;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.Props;
import io.millrace.model.CollectionConfig;
import io.millrace.model.Condition;
import io.millrace.model.Deadline;
import io.millrace.model.Distance;
import io.millrace.model.Fetch;
import io.millrace.model.Filter;
import io.millrace.model.Operation;
import io.millrace.model.Operation.Precondition;
import io.millrace.model.PayloadBytes;
import io.millrace.model.PayloadIndex;
import io.millrace.model.PayloadPath;
import io.millrace.model.PayloadSchema;
import io.millrace.model.Point;
import io.millrace.model.PointId;
import io.millrace.model.Selection;
import io.millrace.model.StoredPoint;
import io.millrace.model.TextOptions;
import io.millrace.model.VectorValue;
import io.millrace.payload.FilterEvaluator;
import io.millrace.payload.FilterEvaluator.Subject;
import io.millrace.payload.IndexMeanings;
import io.millrace.payload.JsonValue;
import io.millrace.payload.PayloadEdits;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Operations whose filters mean something else once an index is declared, changes of indexes
/// between them, and crashes anywhere: a replay of the log gives the points that were there.
@Tag("R-12")
class IndexChangesModelTest {
  private static final PayloadPath T = PayloadPath.parse("t");
  private static final List<String> TEXTS =
      List.of("\"Fox\"", "\"fox hen\"", "[\"foxes\",\"Hen\"]", "\"the hen\"", "7", "null", "[]");
  private static final List<String> WORDS = List.of("fox", "Fox", "hen", "the fox", "foxes", "");

  @TempDir Path folder;

  private sealed interface Step {
    record Write(Operation operation) implements Step {}

    record Declare(PayloadSchema schema) implements Step {}

    record Crash() implements Step {}
  }

  private static List<Step> steps(SplittableRandom r, int size) {
    List<Step> steps = new ArrayList<>();
    for (int i = 0; i < size; i++) {
      steps.add(
          switch (r.nextInt(12)) {
            case 0, 1 -> new Step.Declare(schema(r));
            case 2 -> new Step.Crash();
            default -> new Step.Write(operation(r));
          });
    }
    return steps;
  }

  private static PayloadSchema schema(SplittableRandom r) {
    return switch (r.nextInt(4)) {
      case 0 -> PayloadSchema.NONE;
      case 1 -> new PayloadSchema(Map.of(T, new PayloadIndex.Keyword(false, false)));
      case 2 -> new PayloadSchema(Map.of(T, new PayloadIndex.Text(TextOptions.DEFAULT)));
      default ->
          new PayloadSchema(
              Map.of(
                  T,
                  new PayloadIndex.Text(
                      new TextOptions(
                          TextOptions.Tokenizer.WORD,
                          true,
                          false,
                          List.of("english"),
                          List.of(),
                          Optional.of("english"),
                          java.util.OptionalInt.empty(),
                          java.util.OptionalInt.empty(),
                          true))));
    };
  }

  private static <X> X pick(SplittableRandom r, List<X> list) {
    return list.get(r.nextInt(list.size()));
  }

  private static Filter filter(SplittableRandom r) {
    String word = pick(r, WORDS);
    return Filter.must(
        switch (r.nextInt(4)) {
          case 0 -> new Condition.MatchTextAny(T, word);
          case 1 -> new Condition.MatchPhrase(T, word);
          case 2 -> new Condition.IsNull(T);
          default -> new Condition.MatchText(T, word);
        });
  }

  private static Operation operation(SplittableRandom r) {
    Selection which = new Selection.Matching(filter(r));
    return switch (r.nextInt(8)) {
      case 0 -> new Operation.Delete(which);
      case 1 ->
          new Operation.SetPayload(
              which, PayloadBytes.of("{\"n\":" + r.nextInt(9) + "}"), Optional.empty());
      case 2 ->
          new Operation.Upsert(
              List.of(point(r)),
              new Precondition(Precondition.Mode.UPSERT, Optional.of(filter(r))));
      default -> new Operation.Upsert(List.of(point(r), point(r)));
    };
  }

  private static Point point(SplittableRandom r) {
    return new Point(
        PointId.of(r.nextInt(12)),
        Map.of("", new VectorValue.Dense(1, r.nextInt(5))),
        PayloadBytes.of("{\"t\":" + pick(r, TEXTS) + "}"));
  }

  @Test
  void points_are_the_same_after_a_replay_whatever_was_declared_meanwhile() {
    int[] run = {0};
    Props.forAll(25, 60, IndexChangesModelTest::steps, steps -> check(steps, "run" + run[0]++));
  }

  private void check(List<Step> steps, String name) {
    Path data = folder.resolve(name + "-" + System.nanoTime());
    Map<PointId, PayloadBytes> model = new TreeMap<>();
    PayloadSchema schema = PayloadSchema.NONE;
    CollectionConfig config = CollectionConfig.unnamed(2, Distance.DOT);
    Collections store = Collections.open(data, StoreSettings.defaults());
    try {
      store.create("c", config);
      for (int i = 0; i < steps.size(); i++) {
        switch (steps.get(i)) {
          case Step.Write(Operation operation) -> {
            store.require("c").submit(WriteBatch.interactive(operation)).applied().join();
            apply(model, operation, new IndexMeanings(schema));
          }
          case Step.Declare(PayloadSchema declared) -> {
            schema = declared;
            store.update("c", config.withPayloadSchema(declared));
          }
          case Step.Crash() -> {
            Path copy = copied(data, name + "-" + i + "-" + System.nanoTime());
            store.close();
            data = copy;
            store = Collections.open(data, StoreSettings.defaults());
          }
        }
        compare(store.require("c"), model, schema, i);
      }
    } finally {
      store.close();
    }
  }

  private static boolean matches(
      PointId id, PayloadBytes payload, Filter filter, IndexMeanings meanings) {
    return FilterEvaluator.matches(
        filter, new Subject(JsonValue.parse(payload), id, Set.of(""), meanings));
  }

  private static void apply(
      Map<PointId, PayloadBytes> model, Operation operation, IndexMeanings meanings) {
    switch (operation) {
      case Operation.Delete(Selection.Matching(Filter filter)) ->
          model.entrySet().removeIf(e -> matches(e.getKey(), e.getValue(), filter, meanings));
      case Operation.SetPayload(Selection.Matching(Filter filter), var patch, var key) ->
          model.replaceAll((id, old) ->
              matches(id, old, filter, meanings) ? PayloadEdits.set(old, patch, key) : old);
      case Operation.Upsert(var points, var precondition) -> {
        for (Point point : points) {
          PayloadBytes old = model.get(point.id());
          if (old == null
              || precondition.filter().isEmpty()
              || matches(point.id(), old, precondition.filter().get(), meanings)) {
            model.put(point.id(), point.payload());
          }
        }
      }
      default -> throw new AssertionError(operation);
    }
  }

  private static void compare(
      Collection c, Map<PointId, PayloadBytes> model, PayloadSchema schema, int step) {
    IndexMeanings meanings = new IndexMeanings(schema);
    try (Searcher searcher = c.searcher(Deadline.in(Duration.ofSeconds(20)))) {
      Map<PointId, PayloadBytes> there = new TreeMap<>();
      searcher.scroll(
          Optional.empty(),
          Filter.ALL,
          1_000,
          Fetch.ALL,
          Deadline.NONE,
          (StoredPoint p) -> there.put(p.id(), p.payload().orElseThrow()));
      assertThat(there).as("after step %d", step).isEqualTo(model);
      for (String word : WORDS) {
        for (Condition condition :
            List.of(
                new Condition.MatchText(T, word),
                new Condition.MatchTextAny(T, word),
                new Condition.MatchPhrase(T, word))) {
          Filter filter = Filter.must(condition);
          assertThat(searcher.count(filter, Deadline.NONE))
              .as("%s after step %d", condition, step)
              .isEqualTo(
                  model.entrySet().stream()
                      .filter(e -> matches(e.getKey(), e.getValue(), filter, meanings))
                      .count());
        }
      }
    }
  }

  /// As a crash leaves it. Commits and merges move files while they are copied: then it is tried
  /// again.
  private Path copied(Path data, String name) {
    for (int attempt = 0; ; attempt++) {
      Path copy = folder.resolve(name + "-" + attempt);
      try (Stream<Path> files = Files.walk(data)) {
        for (Path file : files.sorted().toList()) {
          Path target = copy.resolve(data.relativize(file).toString());
          if (Files.isDirectory(file)) {
            Files.createDirectories(target);
          } else if (!file.toString().endsWith(".tmp")) {
            Files.copy(file, target);
          }
        }
        return copy;
      } catch (IOException | UncheckedIOException moving) {
        assertThat(attempt).as("copies of a folder that moves").isLessThan(50);
      }
    }
  }
}
