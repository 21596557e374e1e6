package io.millrace.index;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.codec.VectorSegment;
import io.millrace.codec.graph.GrowingGraph;
import io.millrace.model.CollectionConfig;
import io.millrace.model.Distance;
import io.millrace.model.Operation;
import io.millrace.model.PayloadBytes;
import io.millrace.model.Point;
import io.millrace.model.PointId;
import io.millrace.model.VectorConfig;
import io.millrace.model.VectorValue;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.Semaphore;
import java.util.stream.IntStream;
import org.apache.lucene.index.LeafReaderContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Graph segments that none of the next merges would take along, and a time without writes.
class MergesAtRestTest {
  private static CollectionConfig config(long threshold) {
    VectorConfig vector =
        new VectorConfig(16, Distance.DOT, 8, 40, 10, new VectorConfig.Quantization.None());
    return new CollectionConfig(new TreeMap<>(Map.of("", vector)), threshold, PayloadBytes.EMPTY);
  }

  @TempDir Path folder;

  private final SplittableRandom random = new SplittableRandom(5);
  private final Semaphore merged = new Semaphore(0);
  private volatile CollectionConfig config = config(1); // merges read it
  private volatile long free = Long.MAX_VALUE;
  private PointIndex index;
  private int points;

  private void open(int mostRows) throws Exception {
    index =
        PointIndex.open(
            folder,
            () -> config,
            (r, f) -> List.of(),
            1,
            new MergeRoom(() -> free),
            new GraphHeap(mostRows * GrowingGraph.rowBytes(8)));
    index.onMerged(merged::release);
  }

  @AfterEach
  void close() throws Exception {
    index.close();
  }

  @Test
  void graphs_are_joined_at_rest_and_not_before() throws Exception {
    open(10_000);
    put(700);
    put(300);
    put(140);
    assertThat(graphs()).containsExactly(140, 300, 700);

    rest();
    assertThat(graphs()).containsExactly(1_140);

    put(400); // writing: no rest any more
    assertThat(graphs()).containsExactly(400, 1_140);
    rest();
    assertThat(graphs()).containsExactly(1_540);
  }

  @Test
  void one_that_is_large_beside_the_others_stays_alone() throws Exception {
    open(10_000);
    put(2_000);
    put(20);
    apply(9);

    rest();

    assertThat(graphs()).containsExactly(29, 2_000);
  }

  @Test
  void rows_too_few_for_a_graph_of_their_own_get_into_one() throws Exception {
    open(10_000);
    put(200);
    apply(5);
    apply(4);
    assertThat(index.reader().leaves()).hasSize(3);

    rest();

    assertThat(graphs()).containsExactly(209);
  }

  @Test
  void no_graph_is_lost_while_graphs_are_not_wanted() throws Exception {
    open(10_000);
    put(200);
    put(90);
    apply(5);
    config = config(0); // switched off

    rest();

    assertThat(index.reader().leaves()).hasSize(3);
  }

  @Test
  void none_begins_where_writes_would_lack_the_room_then() throws Exception {
    open(10_000);
    put(200);
    put(90);
    free = 200L << 20;

    rest();

    assertThat(graphs()).containsExactly(90, 200);
    assertThat(index.lacksRoom()).isTrue();

    free = Long.MAX_VALUE;
    index.mergeWhereDue();
    Merges.await(index);
    index.refresh();

    assertThat(graphs()).containsExactly(290);
    assertThat(index.lacksRoom()).isFalse();
  }

  @Test
  void without_a_graph_they_stay_as_they_are() throws Exception {
    open(10_000);
    apply(3);
    apply(4);

    rest();

    assertThat(index.reader().leaves()).hasSize(2);
  }

  @Test
  void no_more_rows_are_joined_than_the_heap_has_room_for() throws Exception {
    open(1_100);
    put(1_000);
    put(400);
    put(190);

    rest();

    assertThat(graphs()).containsExactly(590, 1_000);
  }

  /// Merged to a graph of its own.
  private void put(int count) throws Exception {
    apply(count);
    assertThat(merged.tryAcquire(20, SECONDS)).as("%d points are merged", points).isTrue();
    index.refresh();
  }

  private void apply(int count) throws Exception {
    List<Point> batch =
        IntStream.range(points, points + count).mapToObj(id -> point(id, random)).toList();
    index.apply(points, new Operation.Upsert(batch, Operation.Precondition.NONE));
    points += count;
    index.refresh();
  }

  private void rest() throws Exception {
    index.rest();
    Merges.await(index);
    merged.drainPermits();
    index.refresh();
    assertThat(index.reader().numDocs()).isEqualTo(points);
  }

  /// Rows of the segments, ascending; all have a graph.
  private List<Integer> graphs() {
    List<Integer> rows = new ArrayList<>();
    for (LeafReaderContext leaf : index.reader().leaves()) {
      VectorSegment segment = VectorSegment.of(leaf.reader(), Fields.vector("", 0)).orElseThrow();
      assertThat(segment.graph()).isPresent();
      rows.add(segment.size());
    }
    rows.sort(null);
    return rows;
  }

  private static Point point(int id, SplittableRandom random) {
    float[] vector = new float[16];
    for (int i = 0; i < vector.length; i++) {
      vector[i] = (float) random.nextDouble(-1, 1);
    }
    return new Point(PointId.of(id), Map.of("", new VectorValue.Dense(vector)), PayloadBytes.EMPTY);
  }
}
