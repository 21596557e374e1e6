package io.millrace.collection;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.model.CollectionConfig;
import io.millrace.model.Condition;
import io.millrace.model.Deadline;
import io.millrace.model.Distance;
import io.millrace.model.Fetch;
import io.millrace.model.Filter;
import io.millrace.model.Operation;
import io.millrace.model.PayloadBytes;
import io.millrace.model.PayloadPath;
import io.millrace.model.Point;
import io.millrace.model.PointId;
import io.millrace.model.Scalar;
import io.millrace.model.Selection;
import io.millrace.model.StoredPoint;
import io.millrace.model.StreamSpan;
import io.millrace.model.VectorValue;
import io.millrace.snapshot.ArchiveFile;
import io.millrace.snapshot.Manifest;
import io.millrace.snapshot.SnapshotFolder.Description;
import io.millrace.snapshot.SnapshotFolder.Scope;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;

/// Batches of random operations are written without a pause while snapshots are taken. Each is
/// restored under a name of its own and must be exactly what a plain map is after the batches up to
/// its sequence, with the position of the last of them.
@Tag("R-80")
class SnapshotsPropertyTest {
  private static final int IDS = 60;
  private static final int SNAPSHOTS = 5;

  @TempDir Path folder;

  /// A point of the model: its payload number and its vector.
  private record Known(int number, float x) {}

  private record Batch(long lastSequence, List<Operation> operations) {}

  @RepeatedTest(4)
  void every_snapshot_is_the_state_at_its_sequence(RepetitionInfo run) throws Exception {
    long seed = Long.getLong("props.seed", 5_000L + run.getCurrentRepetition());
    try (Collections store = Collections.open(folder.resolve("data"), StoreSettings.defaults())) {
      Snapshots snapshots = new Snapshots(store, folder.resolve("snapshots"), Clock.systemUTC());
      Collection c = store.create("c", CollectionConfig.unnamed(2, Distance.DOT));
      AtomicBoolean stop = new AtomicBoolean();
      List<Batch> written = new ArrayList<>();
      Thread writer =
          Thread.ofPlatform()
              .name("writer")
              .start(() -> write(c, new SplittableRandom(seed), stop, written));
      List<Description> taken = new ArrayList<>();
      List<Long> loggedBefore = new ArrayList<>();
      for (int i = 0; i < SNAPSHOTS; i++) {
        long begin = c.progress().logged();
        while (c.progress().logged() < begin + 40) {
          Thread.onSpinWait();
        }
        loggedBefore.add(c.progress().logged());
        taken.add(snapshots.create(new Scope.OfCollection("c")));
      }
      stop.set(true);
      writer.join();

      assertThat(snapshots.folder().list(new Scope.OfCollection("c"))).hasSize(SNAPSHOTS);
      for (int i = 0; i < SNAPSHOTS; i++) {
        Path file = snapshots.folder().find(new Scope.OfCollection("c"), taken.get(i).name());
        Manifest manifest = manifest(store, file);
        assertThat(manifest.sequence())
            .as("seed %d", seed)
            .isGreaterThanOrEqualTo(loggedBefore.get(i));
        String name = "restored-" + i;
        snapshots.restore(name, file);
        check(store.require(name), manifest, written, seed);
      }
      assertThat(store.require("c").info().failure()).isEmpty();
    }
  }

  private static Manifest manifest(Collections store, Path file) throws IOException {
    try (ArchiveFile archive = ArchiveFile.open(store.disk(), file, "s")) {
      archive.verify();
      return archive.manifest();
    }
  }

  private static void write(
      Collection c, SplittableRandom random, AtomicBoolean stop, List<Batch> written) {
    for (int n = 0; !stop.get(); n++) {
      List<Operation> operations = new ArrayList<>();
      for (int i = random.nextInt(1, 6); i > 0; i--) {
        operations.add(operation(random));
      }
      Submission s =
          c.submit(
              new WriteBatch(
                  WriteBatch.Lane.INTERACTIVE,
                  operations,
                  List.of(new StreamSpan("orders", 7, "t/0", n, n, 0))));
      written.add(new Batch(s.lastSequence(), operations));
      if (n % 10 == 9) {
        s.applied().join(); // no backlog that the snapshots would wait for
      }
    }
  }

  private static Operation operation(SplittableRandom random) {
    PointId id = PointId.of(random.nextInt(IDS));
    return switch (random.nextInt(6)) {
      case 0 -> new Operation.Delete(new Selection.Ids(List.of(id)));
      case 1 ->
          new Operation.Delete(
              new Selection.Matching(
                  Filter.must(
                      new Condition.MatchValue(
                          PayloadPath.parse("n"), new Scalar.Whole(random.nextInt(20))))));
      default ->
          new Operation.Upsert(
              List.of(
                  new Point(
                      id,
                      Map.of("", new VectorValue.Dense(new float[] {random.nextInt(1000), 1})),
                      PayloadBytes.of("{\"n\":" + random.nextInt(20) + "}"))),
              Operation.Precondition.NONE);
    };
  }

  private static void check(
      Collection restored, Manifest manifest, List<Batch> written, long seed) {
    TreeMap<PointId, Known> model = new TreeMap<>();
    int last = -1;
    for (Batch batch : written) {
      if (batch.lastSequence() > manifest.sequence()) {
        break;
      }
      last++;
      batch.operations().forEach(operation -> apply(model, operation));
    }
    assertThat(written.get(last).lastSequence())
        .as("a snapshot ends between two batches, seed %d", seed)
        .isEqualTo(manifest.sequence());
    assertThat(restored.progress().committed()).isEqualTo(manifest.sequence());
    assertThat(restored.position("orders", 7, "t/0")).hasValue(last);
    assertThat(manifest.points()).isEqualTo(model.size());

    List<StoredPoint> all = new ArrayList<>();
    try (Searcher searcher = restored.searcher(Deadline.in(Duration.ofSeconds(20)))) {
      searcher.scroll(Optional.empty(), Filter.ALL, 1_000, Fetch.ALL, Deadline.NONE, all::add);
    }
    TreeMap<PointId, Known> got = new TreeMap<>();
    for (StoredPoint p : all) {
      String payload = p.payload().orElseThrow().toString();
      float x = ((VectorValue.Dense) p.vectors().orElseThrow().get("")).values()[0];
      got.put(p.id(), new Known(Integer.parseInt(payload.substring(5, payload.length() - 1)), x));
    }
    assertThat(got).as("seed %d", seed).isEqualTo(model);
  }

  private static void apply(TreeMap<PointId, Known> model, Operation operation) {
    switch (operation) {
      case Operation.Delete(Selection.Ids(List<PointId> ids)) -> ids.forEach(model::remove);
      case Operation.Delete(Selection.Matching(Filter filter)) -> {
        Condition.MatchValue match = (Condition.MatchValue) filter.must().getFirst();
        long n = ((Scalar.Whole) match.value()).value();
        model.values().removeIf(known -> known.number() == n);
      }
      case Operation.Upsert(List<Point> points, var condition) -> {
        for (Point p : points) {
          String payload = p.payload().toString();
          model.put(
              p.id(),
              new Known(
                  Integer.parseInt(payload.substring(5, payload.length() - 1)),
                  ((VectorValue.Dense) p.vectors().get("")).values()[0]));
        }
      }
      default -> throw new IllegalStateException("not drawn: " + operation);
    }
  }
}
