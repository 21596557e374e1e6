package io.millrace.collection;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.model.CollectionConfig;
import io.millrace.model.Deadline;
import io.millrace.model.Distance;
import io.millrace.model.Operation;
import io.millrace.model.PayloadBytes;
import io.millrace.model.Point;
import io.millrace.model.PointId;
import io.millrace.model.VectorConfig;
import io.millrace.model.VectorValue;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What a collection does once nothing was written for a while.
class RestTest {
  private static final CollectionConfig CONFIG = withThreshold(1);

  private static CollectionConfig withThreshold(int kilobytes) {
    VectorConfig vector =
        new VectorConfig(16, Distance.DOT, 8, 40, 10, new VectorConfig.Quantization.None());
    return new CollectionConfig(new TreeMap<>(Map.of("", vector)), kilobytes, PayloadBytes.EMPTY);
  }

  @TempDir Path folder;

  @Test
  void its_graph_segments_become_one() {
    SplittableRandom random = new SplittableRandom(3);
    StoreSettings never = StoreSettings.defaults().withRestAfter(Duration.ofHours(1));
    try (Collections store = Collections.open(folder, never)) {
      Collection collection = store.create("c", CONFIG);
      put(collection, 0, 1_400, random);
      put(collection, 1_400, 500, random); // too few to take the first along
      assertThat(collection.info().segments()).isEqualTo(2);
    }

    // Stopped before it came to rest: it does after the next start, without a write.
    try (Collections store = Collections.open(folder, never)) {
      CollectionInfo rested = await(store.require("c"), info -> info.segments() == 1);
      assertThat(rested.indexedVectors()).isEqualTo(1_900);
    }

    StoreSettings soon = StoreSettings.defaults().withRestAfter(Duration.ofMillis(50));
    try (Collections store = Collections.open(folder, soon)) {
      Collection collection = store.require("c");
      write(collection, 1_900, 200, random);

      CollectionInfo rested = await(collection, info -> info.segments() == 1);

      assertThat(rested.points()).isEqualTo(2_100);
      assertThat(rested.indexedVectors()).isEqualTo(2_100);
    }
  }

  /// Points that come one by one, never a time apart in which nothing is written.
  @Test
  void points_that_trickle_in_get_into_the_graph_too() {
    SplittableRandom random = new SplittableRandom(4);
    StoreSettings soon = StoreSettings.defaults().withRestAfter(Duration.ofMillis(500));
    try (Collections store = Collections.open(folder, soon)) {
      Collection collection = store.create("c", withThreshold(50));
      put(collection, 0, 1_400, random);
      int id = 1_400;
      long deadline = System.nanoTime() + Duration.ofSeconds(30).toNanos();
      while (inGraphs(collection) == 1_400) {
        write(collection, id++, 1, random);
        LockSupport.parkNanos(5_000_000);
        assertThat(System.nanoTime() - deadline).as("time over at %d", id).isNegative();
      }
      assertThat(id).as("soon, not only once they are enough for a graph").isBetween(1_429, 2_100);
    }
  }

  private static int inGraphs(Collection collection) {
    return collection.segments().stream()
        .filter(SegmentFacts::hasGraph)
        .mapToInt(SegmentFacts::points)
        .sum();
  }

  private static void put(Collection collection, int from, int count, SplittableRandom random) {
    write(collection, from, count, random);
    CollectionInfo green = await(collection, info -> info.status() == CollectionInfo.Status.GREEN);
    assertThat(green.indexedVectors()).as("once it is green").isEqualTo(from + count);
  }

  private static void write(Collection collection, int from, int count, SplittableRandom random) {
    Submission last =
        collection.submit(
            WriteBatch.interactive(
                new Operation.Upsert(
                    IntStream.range(from, from + count).mapToObj(id -> point(id, random)).toList(),
                    Operation.Precondition.NONE)));
    collection.awaitSearchable(last.lastSequence(), Deadline.in(Duration.ofSeconds(30)));
  }

  private static CollectionInfo await(Collection collection, Predicate<CollectionInfo> expected) {
    long deadline = System.nanoTime() + Duration.ofSeconds(30).toNanos();
    CollectionInfo info = collection.info();
    while (!expected.test(info)) {
      assertThat(System.nanoTime() - deadline).as("time over at %s", info).isNegative();
      LockSupport.parkNanos(10_000_000);
      info = collection.info();
    }
    return info;
  }

  private static Point point(int id, SplittableRandom random) {
    float[] vector = new float[16];
    for (int i = 0; i < vector.length; i++) {
      vector[i] = (float) random.nextDouble(-1, 1);
    }
    return new Point(PointId.of(id), Map.of("", new VectorValue.Dense(vector)), PayloadBytes.EMPTY);
  }
}
