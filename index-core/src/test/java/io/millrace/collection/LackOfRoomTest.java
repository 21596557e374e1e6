package io.millrace.collection;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.frame.FaultDisk;
import io.millrace.index.MergeRoom;
import io.millrace.index.PointIndex;
import io.millrace.index.Segments;
import io.millrace.meter.Jobs;
import io.millrace.model.CollectionConfig;
import io.millrace.model.Deadline;
import io.millrace.model.Distance;
import io.millrace.model.Failure;
import io.millrace.model.Operation;
import io.millrace.model.PayloadBytes;
import io.millrace.model.Point;
import io.millrace.model.PointId;
import io.millrace.model.QuotaConfig;
import io.millrace.model.VectorConfig;
import io.millrace.model.VectorValue;
import io.millrace.search.SharedSearch;
import io.millrace.search.filter.MatchingDocs;
import io.millrace.search.nearest.NearestSearch;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Merges that found no room on the volume, of collections that nothing is written to any more.
class LackOfRoomTest {
  private static final StoreSettings SETTINGS =
      new StoreSettings(
          StoreSettings.Durability.FSYNC,
          Duration.ofMillis(20),
          Duration.ofMillis(20),
          64L << 20,
          Duration.ofMillis(20),
          1,
          0,
          Duration.ZERO,
          Duration.ZERO,
          QuotaConfig.OFF);

  /// More than writes, commits and a rest have merges looked for.
  private static final int OFTEN = 30;

  /// What merges leave on the volume.
  private static final long SPARE_BYTES = 16L << 20;

  private static CollectionConfig withThreshold(int kilobytes) {
    VectorConfig vector =
        new VectorConfig(16, Distance.DOT, 8, 40, 10, new VectorConfig.Quantization.None());
    return new CollectionConfig(new TreeMap<>(Map.of("", vector)), kilobytes, PayloadBytes.EMPTY);
  }

  @TempDir Path folder;

  private final Semaphore asked = new Semaphore(0);
  private final MergeRoom room = new MergeRoom(this::free);
  private final CountDownLatch goOn = new CountDownLatch(1);
  private final List<Held> open = new ArrayList<>();
  private volatile CollectionConfig config = withThreshold(1);
  private volatile long free;
  private volatile boolean merging = true;

  /// A collection as far as it writes.
  private record Held(Path folder, Applier applier, Views views) {
    /// Whether a graph is due.
    boolean isDue(CollectionConfig config) {
      Views.View view = views.acquire();
      try {
        try {
          return Segments.of(view.reader(), config).areDue();
        } finally {
          view.reader().decRef();
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    boolean isMerged(CollectionConfig config) {
      return !applier.isMerging() && !isDue(config);
    }

    /// Whether the apply thread waits without an end.
    boolean sleeps() {
      return Thread.getAllStackTraces().keySet().stream()
          .anyMatch(t ->
              t.getName().equals("apply-" + folder.getFileName())
                  && t.getState() == Thread.State.WAITING);
    }
  }

  private Held open(String name) throws IOException {
    HeldLog log = new HeldLog();
    log.held = CompletableFuture.completedFuture(null);
    Views views = new Views();
    Path own = folder.resolve(name);
    Applier applier =
        new Applier(
            name,
            this::config,
            SETTINGS,
            log,
            PointIndex.open(
                Files.createDirectories(own).resolve("index"),
                this::config,
                (reader, filter) -> List.of(),
                1,
                room),
            views,
            new WriterFacts(),
            new Jobs(Clock.systemUTC()),
            Clock.systemUTC(),
            thrown -> new Breakdown(new Failure.Unavailable("the disk is gone", thrown), true),
            why -> {});
    Held held = new Held(own, applier, views);
    open.add(held);
    return held;
  }

  private long free() {
    asked.release();
    return free;
  }

  /// A merge asks for it before it writes; there it waits where the test wants it to.
  private CollectionConfig config() {
    if (!merging && Thread.currentThread().getName().startsWith("Lucene Merge Thread")) {
      try {
        goOn.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
    return config;
  }

  @AfterEach
  void close() throws IOException {
    goOn.countDown();
    for (Held held : open) {
      held.applier().close();
    }
    open.clear();
  }

  @Test
  void they_begin_without_a_write_once_there_is_room() throws Exception {
    Held held = open("short");
    write(held);
    assertRefused(held);

    free = Long.MAX_VALUE;

    assertMerged(held);
  }

  @Test
  void they_do_after_a_start_without_room_too() throws Exception {
    write(open("short"));
    close();
    Held held = open("short");
    assertRefused(held);

    free = Long.MAX_VALUE;

    assertMerged(held);
  }

  @Test
  void and_after_a_change_of_settings() throws Exception {
    config = withThreshold(0); // no graphs
    Held held = open("short");
    write(held);
    assertThat(isSoon(held::sleeps)).as("rests").isTrue();
    config = withThreshold(1);
    held.applier().settingsChanged();
    assertRefused(held);

    free = Long.MAX_VALUE;

    assertMerged(held);
  }

  @Test
  void of_two_collections_one_merges_where_there_is_room_for_one_and_then_the_other()
      throws Exception {
    Held one = open("one");
    Held two = open("two");
    write(one);
    write(two);
    assertRefused(one);
    assertRefused(two);
    merging = false;

    free = SPARE_BYTES + 2 * Math.max(bytes(one), bytes(two)); // a merge wants 1.5 times as much

    assertThat(isSoon(() -> one.applier().isMerging() || two.applier().isMerging())).isTrue();
    asked.drainPermits();
    assertThat(asked.tryAcquire(OFTEN, 20, SECONDS)).as("the other one looks again").isTrue();
    assertThat(Stream.of(one, two).filter(held -> held.applier().isMerging())).hasSize(1);

    goOn.countDown();

    assertMerged(one);
    assertMerged(two);
  }

  /// As on a disk that others filled for a moment.
  @Test
  void one_that_fails_is_made_again_by_a_collection_that_is_red_until_then() throws Exception {
    FaultDisk disk = new FaultDisk();
    disk.createFolder(folder);
    Collection collection =
        Collection.open(
            new Collection.Place(disk, 1, "c", config, folder, room),
            new SharedSearch(new MatchingDocs(1 << 20), new NearestSearch()),
            Quotas.over(() -> QuotaConfig.OFF, disk, folder),
            new Jobs(Clock.systemUTC()),
            SETTINGS);
    try {
      Submission last = collection.submit(WriteBatch.interactive(points()));
      collection.awaitSearchable(last.lastSequence(), Deadline.in(Duration.ofSeconds(30)));
      Files.createFile(folder.resolve("index/_1.fdt")); // which the merge wants to make
      assertThat(collection.info().status()).isEqualTo(CollectionInfo.Status.YELLOW);

      free = Long.MAX_VALUE;

      assertThat(isSoon(() -> collection.info().status() == CollectionInfo.Status.RED)).isTrue();
      assertThat(isSoon(() -> collection.info().status() == CollectionInfo.Status.GREEN)).isTrue();
      assertThat(collection.info().indexedVectors()).isEqualTo(300);
    } finally {
      collection.close();
    }
  }

  private void assertRefused(Held held) throws InterruptedException {
    asked.drainPermits();
    assertThat(asked.tryAcquire(OFTEN, 20, SECONDS)).as("looks again").isTrue();
    assertThat(held.isDue(config)).isTrue();
    assertThat(held.applier().isMerging()).isFalse();
  }

  private void assertMerged(Held held) {
    assertThat(isSoon(() -> held.isMerged(config))).as("merged").isTrue();
    assertThat(isSoon(held::sleeps)).as("looks no more").isTrue();
  }

  private static long bytes(Held held) throws IOException {
    try (Stream<Path> files = Files.list(held.folder().resolve("index"))) {
      return files.mapToLong(file -> file.toFile().length()).sum();
    }
  }

  private static void write(Held held) {
    Submission last = held.applier().submit(WriteBatch.interactive(points()), bytes -> {});
    assertThat(isSoon(() -> held.views().searchable() >= last.lastSequence()))
        .as("searchable")
        .isTrue();
  }

  private static Operation points() {
    SplittableRandom random = new SplittableRandom(8);
    return new Operation.Upsert(
        IntStream.range(0, 300)
            .mapToObj(id ->
                new Point(
                    PointId.of(id),
                    Map.of("", new VectorValue.Dense(vector(random))),
                    PayloadBytes.EMPTY))
            .toList());
  }

  private static float[] vector(SplittableRandom random) {
    float[] vector = new float[16];
    for (int i = 0; i < vector.length; i++) {
      vector[i] = (float) random.nextDouble(-1, 1);
    }
    return vector;
  }

  private static boolean isSoon(BooleanSupplier condition) {
    long end = System.nanoTime() + Duration.ofSeconds(30).toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - end > 0) {
        return false;
      }
      LockSupport.parkNanos(1_000_000);
    }
    return true;
  }
}
