package io.millrace.collection;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.index.PointIndex;
import io.millrace.index.Segments;
import io.millrace.meter.Jobs;
import io.millrace.model.CollectionConfig;
import io.millrace.model.Distance;
import io.millrace.model.Failure;
import io.millrace.model.Operation;
import io.millrace.model.PayloadBytes;
import io.millrace.model.Point;
import io.millrace.model.PointId;
import io.millrace.model.QuotaConfig;
import io.millrace.model.VectorConfig;
import io.millrace.model.VectorValue;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Merges that found no room on the volume, of a collection that nothing is written to any more.
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

  private static CollectionConfig withThreshold(int kilobytes) {
    VectorConfig vector =
        new VectorConfig(16, Distance.DOT, 8, 40, 10, new VectorConfig.Quantization.None());
    return new CollectionConfig(new TreeMap<>(Map.of("", vector)), kilobytes, PayloadBytes.EMPTY);
  }

  @TempDir Path folder;

  private final HeldLog log = new HeldLog();
  private final Semaphore asked = new Semaphore(0);
  private volatile CollectionConfig config = withThreshold(1);
  private volatile long free;
  private Views views;
  private Applier applier;

  @BeforeEach
  void open() throws IOException {
    log.held = CompletableFuture.completedFuture(null);
    views = new Views();
    applier =
        new Applier(
            "short",
            () -> config,
            SETTINGS,
            log,
            PointIndex.open(folder, () -> config, (reader, filter) -> List.of(), 1, this::free),
            views,
            new WriterFacts(),
            new Jobs(Clock.systemUTC()),
            Clock.systemUTC(),
            thrown -> new Breakdown(new Failure.Unavailable("the disk is gone", thrown), true),
            why -> {});
  }

  private long free() {
    asked.release();
    return free;
  }

  @AfterEach
  void close() throws IOException {
    applier.close();
  }

  @Test
  void they_begin_without_a_write_once_there_is_room() throws Exception {
    write(300);
    assertRefused();

    free = Long.MAX_VALUE;

    assertMerged();
  }

  @Test
  void they_do_after_a_start_without_room_too() throws Exception {
    write(300);
    close();
    open();
    assertRefused();

    free = Long.MAX_VALUE;

    assertMerged();
  }

  @Test
  void and_after_a_change_of_settings() throws Exception {
    config = withThreshold(0); // no graphs
    write(300);
    assertThat(isSoon(this::sleeps)).as("rests").isTrue();
    config = withThreshold(1);
    applier.settingsChanged();
    assertRefused();

    free = Long.MAX_VALUE;

    assertMerged();
  }

  private void assertRefused() throws InterruptedException {
    assertThat(asked.tryAcquire(OFTEN, 20, SECONDS)).as("looks again").isTrue();
    assertThat(isDue()).isTrue();
    assertThat(applier.isMerging()).isFalse();
  }

  private void assertMerged() {
    assertThat(isSoon(() -> !applier.isMerging() && !isDue())).as("merged").isTrue();
    assertThat(isSoon(this::sleeps)).as("looks no more").isTrue();
  }

  /// Whether the apply thread waits without an end.
  private boolean sleeps() {
    return Thread.getAllStackTraces().keySet().stream()
        .anyMatch(
            t -> t.getName().equals("apply-short") && t.getState() == Thread.State.WAITING);
  }

  private boolean isDue() {
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

  private void write(int count) {
    SplittableRandom random = new SplittableRandom(8);
    List<Point> points =
        IntStream.range(0, count)
            .mapToObj(
                id ->
                    new Point(
                        PointId.of(id),
                        Map.of("", new VectorValue.Dense(vector(random))),
                        PayloadBytes.EMPTY))
            .toList();
    Submission last =
        applier.submit(WriteBatch.interactive(new Operation.Upsert(points)), bytes -> {});
    assertThat(isSoon(() -> views.searchable() >= last.lastSequence())).as("searchable").isTrue();
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
