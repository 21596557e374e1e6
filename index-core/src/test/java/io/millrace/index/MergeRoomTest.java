package io.millrace.index;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.model.CollectionConfig;
import io.millrace.model.Distance;
import io.millrace.model.Operation;
import io.millrace.model.PayloadBytes;
import io.millrace.model.Point;
import io.millrace.model.PointId;
import io.millrace.model.VectorConfig;
import io.millrace.model.VectorValue;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MergeRoomTest {
  private static final CollectionConfig CONFIG =
      new CollectionConfig(
          new TreeMap<>(
              Map.of(
                  "",
                  new VectorConfig(
                      16, Distance.DOT, 8, 40, 10, new VectorConfig.Quantization.None()))),
          1,
          PayloadBytes.EMPTY);

  /// Room of all tests for one merge of a few points.
  private static final long ROOM = 100L << 20;

  @TempDir Path folder;

  /// A merge of the model.
  private static final class Running {
    final long bytes;
    long written;
    MergeRoom.Claim claim;

    Running(long bytes) {
      this.bytes = bytes;
    }

    long left() {
      return Math.max(0, bytes - written);
    }
  }

  @Test
  void what_merges_at_work_have_yet_to_write_is_not_free() {
    for (int seed = 0; seed < 50; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      long[] free = {1_000};
      MergeRoom room = new MergeRoom(() -> free[0]);
      List<Running> running = new ArrayList<>();
      for (int step = 0; step < 300; step++) {
        if (running.isEmpty() || random.nextInt(3) == 0) {
          Running next = new Running(random.nextLong(500));
          long spare = random.nextLong(200);
          boolean fits =
              next.bytes + spare + running.stream().mapToLong(Running::left).sum() <= free[0];
          Optional<MergeRoom.Claim> claim = room.claim(next.bytes, spare, () -> next.written);
          assertThat(claim.isPresent()).as("seed %d step %d", seed, step).isEqualTo(fits);
          if (fits) {
            next.claim = claim.get();
            running.add(next);
          }
          continue;
        }
        Running one = running.get(random.nextInt(running.size()));
        switch (random.nextInt(4)) {
          case 0 -> { // ends, and what it made or had to is deleted
            running.remove(one);
            one.claim.release();
            one.claim.release();
            free[0] += one.written;
          }
          case 1 -> free[0] = Math.max(0, free[0] + random.nextInt(-50, 80)); // others
          default -> {
            long bytes = Math.min(free[0], random.nextLong(100)); // maybe more than it said
            one.written += bytes;
            free[0] -= bytes;
          }
        }
      }
      running.forEach(one -> one.claim.release());
      assertThat(room.has(free[0], 0)).isTrue();
      assertThat(room.has(free[0] + 1, 0)).isFalse();
    }
  }

  @Test
  void of_many_that_claim_at_once_as_many_get_it_as_fit() throws Exception {
    MergeRoom room = new MergeRoom(() -> 100);
    try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
      List<Future<Boolean>> claims =
          IntStream.range(0, 64)
              .mapToObj(i -> threads.submit(() -> room.claim(12, 4, () -> 0).isPresent()))
              .toList();
      int got = 0;
      for (Future<Boolean> claim : claims) {
        got += claim.get() ? 1 : 0;
      }
      assertThat(got).isEqualTo(8);
    }
  }

  @Test
  void a_merge_that_is_done_gives_it_back() throws Exception {
    MergeRoom room = new MergeRoom(() -> ROOM);
    try (PointIndex index = open(room, new GraphHeap(1 << 20))) {
      put(index, 300);
      Merges.await(index);
      index.refresh();

      assertThat(Segments.of(index.reader(), CONFIG).areDue()).isFalse();
      assertThat(room.has(ROOM, 0)).isTrue();
    }
  }

  @Test
  void one_that_is_given_up_with_its_index_does_too() throws Exception {
    MergeRoom room = new MergeRoom(() -> ROOM);
    GraphHeap heap = new GraphHeap(1 << 20);
    int all = heap.acquire(1 << 20, 8, () -> false);
    try (PointIndex index = open(room, heap)) {
      put(index, 300); // waits for the heap
      assertThat(room.has(ROOM, 0)).as("claimed").isFalse();
    }
    heap.release(all);

    assertThat(room.has(ROOM, 0)).isTrue();
  }

  @Test
  void one_that_fails_does_too() throws Exception {
    MergeRoom room = new MergeRoom(() -> ROOM);
    GraphHeap heap = new GraphHeap(1 << 20);
    int all = heap.acquire(1 << 20, 8, () -> false);
    PointIndex index = open(room, heap);
    try {
      put(index, 300);
      Files.createFile(folder.resolve("index/_1.fdt")); // of the segment it would make
      heap.release(all);
      Merges.await(index);

      assertThatThrownBy(index::refresh).hasRootCauseInstanceOf(FileAlreadyExistsException.class);
      assertThat(room.has(ROOM, 0)).isTrue();
    } finally {
      index.close();
    }
  }

  private PointIndex open(MergeRoom room, GraphHeap heap) throws Exception {
    return PointIndex.open(
        folder.resolve("index"), () -> CONFIG, (r, f) -> List.of(), 1, room, heap);
  }

  private static void put(PointIndex index, int count) throws Exception {
    SplittableRandom random = new SplittableRandom(7);
    List<Point> points = IntStream.range(0, count).mapToObj(id -> point(id, random)).toList();
    index.apply(0, new Operation.Upsert(points, Operation.Precondition.NONE));
    index.refresh();
  }

  private static Point point(int id, SplittableRandom random) {
    float[] vector = new float[16];
    for (int i = 0; i < vector.length; i++) {
      vector[i] = (float) random.nextDouble(-1, 1);
    }
    return new Point(PointId.of(id), Map.of("", new VectorValue.Dense(vector)), PayloadBytes.EMPTY);
  }
}
