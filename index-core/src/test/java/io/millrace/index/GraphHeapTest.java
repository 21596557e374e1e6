package io.millrace.index;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.codec.VectorSegment;
import io.millrace.codec.graph.GrowingGraph;
import io.millrace.codec.multi.MultiSegment;
import io.millrace.model.CollectionConfig;
import io.millrace.model.Distance;
import io.millrace.model.Operation;
import io.millrace.model.PayloadBytes;
import io.millrace.model.Point;
import io.millrace.model.PointId;
import io.millrace.model.VectorConfig;
import io.millrace.model.VectorValue;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.apache.lucene.index.LeafReaderContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GraphHeapTest {
  private static final int DIMENSION = 32;
  private static final int BATCH = 700;

  @TempDir Path folder;

  @Test
  void no_graph_is_larger_than_the_heap_allows_and_no_point_stays_without_one() throws Exception {
    CollectionConfig config = config(10, new VectorConfig.Quantization.None());
    GraphHeap heap = new GraphHeap(1_500 * GrowingGraph.rowBytes(8));
    Semaphore merged = new Semaphore(0);
    try (PointIndex index =
        PointIndex.open(
            folder,
            () -> config,
            (r, f) -> List.of(),
            1,
            new MergeRoom(() -> Long.MAX_VALUE),
            heap)) {
      index.onMerged(merged::release);
      SplittableRandom random = new SplittableRandom(5);
      for (int batch = 0; batch < 6; batch++) {
        put(index, batch, random);
        assertThat(merged.tryAcquire(20, SECONDS)).as("batch %d is merged", batch).isTrue();
        index.refresh();
      }
      index.mergeWhereDue();
      Merges.await(index);
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
  void flat_segments_of_other_settings_are_rewritten_within_the_heap_too() throws Exception {
    AtomicReference<CollectionConfig> config =
        new AtomicReference<>(config(100_000, new VectorConfig.Quantization.None()));
    GraphHeap heap = new GraphHeap(1_500 * GrowingGraph.rowBytes(8));
    Semaphore merged = new Semaphore(0);
    try (PointIndex index =
        PointIndex.open(
            folder,
            config::get,
            (r, f) -> List.of(),
            2,
            new MergeRoom(() -> Long.MAX_VALUE),
            heap)) {
      index.onMerged(merged::release);
      SplittableRandom random = new SplittableRandom(5);
      for (int batch = 0; batch < 6; batch++) {
        put(index, batch, random);
      }
      config.set(config(10, new VectorConfig.Quantization.Scalar(1)));
      index.mergeWhereDue();
      index.mergeWhereDue(); // beside the graph that is built now
      Merges.await(index);
      index.refresh();

      for (LeafReaderContext leaf : index.reader().leaves()) {
        assertThat(leaf.reader().maxDoc()).isLessThanOrEqualTo(1_500);
      }
      assertThat(index.reader().numDocs()).isEqualTo(6 * BATCH);
    }
  }

  private static void put(PointIndex index, int batch, SplittableRandom random) throws IOException {
    int first = batch * BATCH;
    index.apply(
        batch,
        new Operation.Upsert(
            IntStream.range(first, first + BATCH).mapToObj(id -> point(id, random)).toList(),
            Operation.Precondition.NONE));
    index.refresh();
  }

  private static CollectionConfig config(int threshold, VectorConfig.Quantization quantization) {
    VectorConfig vector = new VectorConfig(DIMENSION, Distance.DOT, 8, 40, threshold, quantization);
    return new CollectionConfig(new TreeMap<>(Map.of("", vector)), 1, PayloadBytes.EMPTY);
  }

  @Test
  void rows_of_multivectors_count_and_not_their_points() throws Exception {
    VectorConfig vector =
        new VectorConfig(DIMENSION, Distance.DOT, 8, 40, 10, new VectorConfig.Quantization.None())
            .asMulti();
    CollectionConfig config =
        new CollectionConfig(new TreeMap<>(Map.of("", vector)), 1, PayloadBytes.EMPTY);
    GraphHeap heap = new GraphHeap(1_500 * GrowingGraph.rowBytes(8));
    Semaphore merged = new Semaphore(0);
    try (PointIndex index =
        PointIndex.open(
            folder,
            () -> config,
            (r, f) -> List.of(),
            1,
            new MergeRoom(() -> Long.MAX_VALUE),
            heap)) {
      index.onMerged(merged::release);
      SplittableRandom random = new SplittableRandom(6);
      int rows = 0;
      for (int batch = 0; batch < 5; batch++) {
        List<Point> points = new ArrayList<>();
        for (int id = batch * 200; id < (batch + 1) * 200; id++) {
          int count = 1 + random.nextInt(5);
          rows += count;
          points.add(multi(id, count, random));
        }
        index.apply(batch, new Operation.Upsert(points, Operation.Precondition.NONE));
        index.refresh();
        assertThat(merged.tryAcquire(20, SECONDS)).as("batch %d is merged", batch).isTrue();
        index.refresh();
      }
      index.mergeWhereDue();
      Merges.await(index);
      index.refresh();

      long found = 0;
      for (LeafReaderContext leaf : index.reader().leaves()) {
        MultiSegment segment = MultiSegment.of(leaf.reader(), Fields.rows("", 0)).orElseThrow();
        assertThat(segment.rowSegment()).as("of %d rows", segment.rows()).isPresent();
        assertThat(segment.rows()).isLessThanOrEqualTo(1_500);
        found += segment.rows();
      }
      assertThat(found).isEqualTo(rows);
      Segments segments = Segments.of(index.reader(), config);
      assertThat(segments.indexedVectors()).isEqualTo(1_000);
      assertThat(segments.areDue()).isFalse();
    }
  }

  @Test
  void heaps_and_graphs_may_have_more_bytes_than_an_int() throws InterruptedException {
    GraphHeap heap = new GraphHeap(16L << 30);
    int taken = heap.acquire(20_000_000, 16, () -> false);
    assertThat(taken).isEqualTo((int) (20_000_000 * GrowingGraph.rowBytes(16) >> 10));
    heap.release(taken);
    assertThat(heap.acquire(Integer.MAX_VALUE, 64, () -> false)).isEqualTo(16 << 20);
  }

  @Test
  void graphs_that_do_not_fit_beside_each_other_wait_until_there_is_room_or_nobody_wants_them()
      throws Exception {
    GraphHeap heap = new GraphHeap(1_000 * GrowingGraph.rowBytes(8));
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

  private static Point multi(int id, int count, SplittableRandom random) {
    float[] rows = new float[count * DIMENSION];
    for (int i = 0; i < rows.length; i++) {
      rows[i] = (float) random.nextGaussian();
    }
    return new Point(
        PointId.of(id), Map.of("", new VectorValue.Multi(DIMENSION, rows)), PayloadBytes.EMPTY);
  }

  private static Point point(int id, SplittableRandom random) {
    float[] row = new float[DIMENSION];
    for (int i = 0; i < row.length; i++) {
      row[i] = (float) random.nextGaussian();
    }
    return new Point(PointId.of(id), Map.of("", new VectorValue.Dense(row)), PayloadBytes.EMPTY);
  }
}
