package io.millrace.index;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.codec.graph.GrowingGraph;
import io.millrace.model.CollectionConfig;
import io.millrace.model.Distance;
import io.millrace.model.Operation;
import io.millrace.model.PayloadBytes;
import io.millrace.model.Point;
import io.millrace.model.PointId;
import io.millrace.model.VectorConfig;
import io.millrace.model.VectorValue;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Two collections on a volume that has room for the merge of one of them.
@Timeout(60)
class MergeRoomTest {
  private static final int POINTS = 500;
  private static final long SPARE = 16L << 20;

  private static final CollectionConfig CONFIG =
      new CollectionConfig(
          new TreeMap<>(
              Map.of(
                  "",
                  new VectorConfig(
                      16, Distance.DOT, 8, 40, 10, new VectorConfig.Quantization.None()))),
          1,
          PayloadBytes.EMPTY);

  @TempDir Path folder;

  private final GraphHeap heap = new GraphHeap(2L * POINTS * GrowingGraph.rowBytes(8));
  private final MergeRoom room = new MergeRoom();
  private volatile long free; // merges read it

  @Test
  void a_merge_waits_for_the_room_that_another_collections_merge_counts_on() throws Exception {
    try (PointIndex first = open("first");
        PointIndex second = open("second")) {
      fill(first);
      fill(second);
      // More than the merge of one of them may write, and less than both.
      free = SPARE + 2 * bytes(folder.resolve("first"));
      int all = heap.acquire(2 * POINTS, 8, () -> false);

      first.mergeWhereDue();
      assertThat(first.isMerging()).as("it waits for the heap").isTrue();
      while (room.left(free) == free) {
        Thread.onSpinWait();
      }
      second.mergeWhereDue();
      assertThat(second.isMerging()).as("no room is left for it").isFalse();

      heap.release(all);
      Merges.await(first);
      second.mergeWhereDue();
      Merges.await(second);
      for (PointIndex index : List.of(first, second)) {
        index.refresh();
        assertThat(Segments.of(index.reader(), CONFIG).indexedVectors()).isEqualTo(POINTS);
      }
    }
  }

  @Test
  void bytes_are_taken_once_and_given_back() {
    assertThat(room.take(60, 100)).isTrue();
    assertThat(room.left(100)).isEqualTo(40);
    assertThat(room.take(41, 100)).isFalse();
    assertThat(room.take(40, 100)).isTrue();
    room.giveBack(60);
    assertThat(room.take(60, 100)).isTrue();
  }

  private PointIndex open(String name) throws Exception {
    return PointIndex.open(
        folder.resolve(name), () -> CONFIG, (r, f) -> List.of(), 1, () -> free, heap, room);
  }

  /// Of the segments; a merge writes at most half as much again.
  private static long bytes(Path folder) throws IOException {
    long bytes = 0;
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.toList()) {
        bytes += Files.size(file);
      }
    }
    return bytes;
  }

  private static void fill(PointIndex index) throws Exception {
    SplittableRandom random = new SplittableRandom(3);
    index.apply(
        0,
        new Operation.Upsert(
            IntStream.range(0, POINTS).mapToObj(id -> point(id, random)).toList(),
            Operation.Precondition.NONE));
    index.refresh();
  }

  private static Point point(int id, SplittableRandom random) {
    float[] vector = new float[16];
    for (int i = 0; i < vector.length; i++) {
      vector[i] = (float) random.nextGaussian();
    }
    return new Point(PointId.of(id), Map.of("", new VectorValue.Dense(vector)), PayloadBytes.EMPTY);
  }
}
