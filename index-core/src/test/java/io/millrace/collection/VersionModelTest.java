package io.millrace.collection;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.Props;
import io.millrace.model.CollectionConfig;
import io.millrace.model.Deadline;
import io.millrace.model.Distance;
import io.millrace.model.Fetch;
import io.millrace.model.Filter;
import io.millrace.model.Operation;
import io.millrace.model.PayloadBytes;
import io.millrace.model.Point;
import io.millrace.model.PointId;
import io.millrace.model.Selection;
import io.millrace.model.StoredPoint;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The user's versions against a model of maps: greater applies, equal is a duplicate, lower is
/// stale, deletes leave their version behind; over restarts and over crashes, which are copies of
/// the folder taken while the collection is open.
class VersionModelTest {
  @TempDir Path folder;

  private record Step(Operation operation, End end) {}

  private enum End {
    NONE,
    RESTART,
    CRASH
  }

  private static final class Model {
    final Map<PointId, String> points = new TreeMap<>();
    final Map<PointId, Long> versions = new HashMap<>();
  }

  @Test
  void random_versions_restarts_and_crashes_leave_the_state_of_the_model() {
    int[] run = {0};
    Props.forAll(12, 80, VersionModelTest::steps, steps -> check(steps, "run" + run[0]++));
  }

  @Test
  void a_process_that_follows_knows_how_many_deleted_points_are_remembered() {
    Selection both = new Selection.Ids(List.of(PointId.of(1), PointId.of(2)));
    Point second = new Point(PointId.of(2), Map.of(), PayloadBytes.EMPTY);
    try (Collections store = Collections.open(folder, StoreSettings.defaults())) {
      store.create("c", CollectionConfig.unnamed(1, Distance.DOT));
      Collection c = store.require("c");
      c.submit(WriteBatch.interactive(new Operation.Versioned(new Operation.Delete(both), 7)));
      c.submit(WriteBatch.interactive(new Operation.Upsert(List.of(second)))).applied().join();
    }

    try (Collections follower = Collections.openReadOnly(folder, StoreSettings.defaults())) {
      Collection c = follower.require("c");
      c.awaitSearchable(1, Deadline.in(Duration.ofSeconds(20)));
      assertThat(c.versionMarkers()).isEqualTo(1);
    }
  }

  private void check(List<Step> steps, String name) {
    Path data = folder.resolve(name);
    Model model = new Model();
    Collections store = Collections.open(data, StoreSettings.defaults());
    try {
      store.create("c", CollectionConfig.unnamed(1, Distance.DOT));
      for (int i = 0; i < steps.size(); i++) {
        Step step = steps.get(i);
        Collection c = store.require("c");
        Submission s = c.submit(WriteBatch.interactive(step.operation()));
        Outcome outcome = s.applied().join().getFirst();
        assertThat(outcome.stale() + ":" + outcome.duplicate())
            .as("step %d %s", i, step)
            .isEqualTo(applyTo(model, step.operation()));
        if (step.end() == End.RESTART) {
          store.close();
          store = Collections.open(data, StoreSettings.defaults());
          assertThat(store.require("c").versionMarkers())
              .as("step %d", i)
              .isEqualTo(markers(model));
        } else if (step.end() == End.CRASH) {
          Path copy = copied(data, name + "-" + i);
          store.close();
          data = copy;
          store = Collections.open(data, StoreSettings.defaults());
        }
        if (i % 7 == 0 || step.end() != End.NONE || i == steps.size() - 1) {
          assertThat(points(store.require("c"))).as("step %d", i).isEqualTo(model.points);
        }
      }
    } finally {
      store.close();
    }
  }

  private static long markers(Model model) {
    return model.versions.keySet().stream().filter(id -> !model.points.containsKey(id)).count();
  }

  private static Map<PointId, String> points(Collection c) {
    Map<PointId, String> found = new TreeMap<>();
    c.awaitSearchable(c.progress().logged(), Deadline.in(Duration.ofSeconds(20)));
    try (Searcher searcher = c.searcher(Deadline.in(Duration.ofSeconds(20)))) {
      Optional<PointId> next =
          searcher.scroll(
              Optional.empty(),
              Filter.ALL,
              1_000,
              Fetch.ALL,
              Deadline.NONE,
              (StoredPoint p) ->
                  found.put(
                      p.id(),
                      new String(p.payload().orElseThrow().utf8(), StandardCharsets.UTF_8)));
      assertThat(next).isEmpty();
    }
    return found;
  }

  /// `stale:duplicate` of the operation.
  private static String applyTo(Model model, Operation operation) {
    return switch (operation) {
      case Operation.Versioned(Operation inner, long version) -> {
        List<PointId> ids =
            switch (inner) {
              case Operation.Upsert(var points, var ignored) ->
                  points.stream().map(Point::id).toList();
              case Operation.Delete(Selection.Ids(var named)) -> named;
              case Operation.SetPayload(Selection.Ids(var named), var patch, var key) -> named;
              default -> throw new IllegalStateException();
            };
        int stale = 0;
        int duplicate = 0;
        for (PointId id : ids) {
          Long known = model.versions.get(id);
          if (known != null && known >= version) {
            stale += known > version ? 1 : 0;
            duplicate += known == version ? 1 : 0;
          } else {
            boolean there = model.points.containsKey(id);
            plain(model, inner, id);
            if (there || !(inner instanceof Operation.SetPayload)) {
              model.versions.put(id, version);
            }
          }
        }
        yield stale + ":" + duplicate;
      }
      case Operation.Upsert(var points, var ignored) -> {
        points.forEach(p -> plain(model, operation, p.id()));
        yield "0:0";
      }
      case Operation.Delete(Selection.Ids(var ids)) -> {
        ids.forEach(id -> plain(model, operation, id));
        yield "0:0";
      }
      default -> throw new IllegalStateException();
    };
  }

  private static void plain(Model model, Operation operation, PointId id) {
    switch (operation) {
      case Operation.Upsert(var points, var ignored) -> {
        for (Point point : points) {
          if (point.id().equals(id)) {
            model.points.put(id, new String(point.payload().utf8(), StandardCharsets.UTF_8));
          }
        }
      }
      case Operation.Delete ignored -> model.points.remove(id);
      case Operation.SetPayload(var which, var patch, var key) ->
          model.points.computeIfPresent(
              id, (same, old) -> new String(patch.utf8(), StandardCharsets.UTF_8));
      default -> throw new IllegalStateException();
    }
  }

  private static List<Step> steps(SplittableRandom random, int size) {
    return Stream.generate(() ->
            new Step(
                operation(random),
                switch (random.nextInt(15)) {
                  case 0 -> End.RESTART;
                  case 1 -> End.CRASH;
                  default -> End.NONE;
                }))
        .limit(size)
        .toList();
  }

  private static Operation operation(SplittableRandom random) {
    PointId id = PointId.of(random.nextInt(4));
    PayloadBytes payload = PayloadBytes.of("{\"a\":" + random.nextInt(1000) + "}");
    Selection which = new Selection.Ids(List.of(id));
    Operation plain =
        switch (random.nextInt(4)) {
          case 0 -> new Operation.Delete(which);
          default -> new Operation.Upsert(List.of(new Point(id, Map.of(), payload)));
        };
    Operation versioned =
        random.nextInt(5) == 0 ? new Operation.SetPayload(which, payload, Optional.empty()) : plain;
    return random.nextInt(4) == 0
        ? plain
        : new Operation.Versioned(versioned, random.nextInt(10) - 5);
  }

  /// Merges remove files while they are copied: then it is tried again.
  private Path copied(Path data, String name) {
    for (int attempt = 0; ; attempt++) {
      Path copy = folder.resolve(name + "-" + attempt);
      try {
        copy(data, copy);
        return copy;
      } catch (UncheckedIOException moving) {
        assertThat(attempt).as("copies of a folder that moves").isLessThan(50);
      }
    }
  }

  private static void copy(Path from, Path to) {
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : files.sorted().toList()) {
        Path target = to.resolve(from.relativize(file).toString());
        if (Files.isDirectory(file)) {
          Files.createDirectories(target);
        } else if (!file.toString().endsWith(".tmp")) {
          Files.copy(file, target);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
