package io.millrace.index;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.codec.VectorSegment;
import io.millrace.model.CollectionConfig;
import io.millrace.model.Distance;
import io.millrace.model.Operation;
import io.millrace.model.PayloadBytes;
import io.millrace.model.Point;
import io.millrace.model.PointId;
import io.millrace.model.VectorConfig;
import io.millrace.model.VectorValue;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.stream.IntStream;
import org.apache.lucene.index.LeafReaderContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GraphHeapTest {
  private static final int DIMENSION = 16;
  private static final int BATCH = 700;

  @TempDir Path folder;

  @Test
  void no_graph_is_larger_than_the_heap_allows_and_no_point_stays_without_one() throws Exception {
    VectorConfig vector =
        new VectorConfig(DIMENSION, Distance.DOT, 8, 40, 10, new VectorConfig.Quantization.None());
    CollectionConfig config =
        new CollectionConfig(new TreeMap<>(Map.of("", vector)), 1, PayloadBytes.EMPTY);
    GraphHeap heap = new GraphHeap(1_500 * GraphHeap.rowBytes(8));
    Semaphore merged = new Semaphore(0);
    try (PointIndex index =
        PointIndex.open(folder, () -> config, (r, f) -> List.of(), 1, () -> Long.MAX_VALUE, heap)) {
      index.onMerged(merged::release);
      SplittableRandom random = new SplittableRandom(5);
      for (int batch = 0; batch < 6; batch++) {
        int first = batch * BATCH;
        index.apply(
            batch,
            new Operation.Upsert(
                IntStream.range(first, first + BATCH).mapToObj(id -> point(id, random)).toList(),
                Operation.Precondition.NONE));
        index.refresh();
        assertThat(merged.tryAcquire(20, SECONDS)).as("batch %d is merged", batch).isTrue();
        index.refresh();
      }
      index.mergeWhereDue();
      while (index.isMerging()) {
        assertThat(merged.tryAcquire(20, SECONDS)).isTrue();
      }
      index.refresh();

      int points = 0;
      for (LeafReaderContext leaf : index.reader().leaves()) {
        VectorSegment segment = VectorSegment.of(leaf.reader(), Fields.vector("", 0)).orElseThrow();
        assertThat(segment.graph()).as("of %d rows", segment.size()).isPresent();
        assertThat(segment.size()).isLessThanOrEqualTo(1_500);
        points += segment.size();
      }
      assertThat(points).isEqualTo(6 * BATCH);
      assertThat(index.reader().leaves().size()).isBetween(3, 6);
    }
  }

  @Test
  void heaps_and_graphs_may_have_more_bytes_than_an_int() throws InterruptedException {
    GraphHeap heap = new GraphHeap(16L << 30);
    int taken = heap.acquire(20_000_000, 16, () -> false);
    assertThat(taken).isEqualTo((int) (20_000_000 * GraphHeap.rowBytes(16) >> 10));
    heap.release(taken);
    assertThat(heap.acquire(Integer.MAX_VALUE, 64, () -> false)).isEqualTo(16 << 20);
  }

  @Test
  void graphs_that_do_not_fit_beside_each_other_wait_until_there_is_room_or_nobody_wants_them()
      throws Exception {
    GraphHeap heap = new GraphHeap(1_000 * GraphHeap.rowBytes(8));
    int first = heap.acquire(600, 8, () -> false);
    CountDownLatch waits = new CountDownLatch(1);
    CompletableFuture<Integer> second =
        CompletableFuture.supplyAsync(() ->
            acquired(
                heap,
                () -> {
                  waits.countDown();
                  return false;
                }));
    assertThat(waits.await(20, SECONDS)).isTrue();
    assertThat(second).isNotDone();

    assertThat(heap.acquire(600, 8, () -> true)).as("nobody wants it").isZero();

    heap.release(first);
    assertThat(second.get(20, SECONDS)).isEqualTo(first);
  }

  private static int acquired(GraphHeap heap, java.util.function.BooleanSupplier gone) {
    try {
      return heap.acquire(600, 8, gone);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private static Point point(int id, SplittableRandom random) {
    float[] row = new float[DIMENSION];
    for (int i = 0; i < row.length; i++) {
      row[i] = (float) random.nextGaussian();
    }
    return new Point(PointId.of(id), Map.of("", new VectorValue.Dense(row)), PayloadBytes.EMPTY);
  }
}
