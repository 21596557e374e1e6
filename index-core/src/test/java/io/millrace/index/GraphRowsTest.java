package io.millrace.index;

import static org.assertj.core.api.Assertions.assertThat;

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
import java.util.TreeMap;
import org.apache.lucene.index.LeafReaderContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Two vectors, of which a point has one or the other.
class GraphRowsTest {
  private static final VectorConfig VECTOR =
      new VectorConfig(16, Distance.DOT, 8, 40, 10, new VectorConfig.Quantization.None());

  /// 80 rows.
  private static final CollectionConfig CONFIG =
      new CollectionConfig(new TreeMap<>(Map.of("a", VECTOR, "b", VECTOR)), 5, PayloadBytes.EMPTY);

  @TempDir Path folder;

  @Test
  void points_without_the_vector_make_no_graph_of_it_due() throws Exception {
    try (PointIndex index = open()) {
      put(index, 0, 60, "a");
      put(index, 60, 60, "b");
      index.mergeWhereDue();
      Merges.await(index); // merged again and again if points were counted
      index.refresh();
      assertThat(graphs(index)).isZero();

      put(index, 120, 30, "b");
      Merges.await(index);
      index.refresh();

      assertThat(graphs(index)).isEqualTo(1);
      assertThat(index.reader().leaves()).hasSize(1);
    }
  }

  @Test
  void what_is_due_by_the_segments_is_due_by_the_policy_too() throws Exception {
    try (PointIndex index = open()) {
      put(index, 0, 60, "a");
      put(index, 60, 70, "b");
      index.mergeWhereDue();
      Merges.await(index);
      put(index, 60, 40, "b"); // again: the first segment has deleted points, none of them with a
      put(index, 200, 22, "a");
      index.mergeWhereDue();
      Merges.await(index);
      index.refresh();

      assertThat(Segments.of(index.reader(), CONFIG).areDue()).isFalse();
    }
  }

  private PointIndex open() throws IOException {
    return PointIndex.open(
        folder, () -> CONFIG, (r, f) -> List.of(), 1, new MergeRoom(() -> Long.MAX_VALUE));
  }

  private static void put(PointIndex index, int from, int count, String name) throws IOException {
    List<Point> points = new ArrayList<>();
    for (int id = from; id < from + count; id++) {
      float[] vector = new float[16];
      vector[id % 16] = 1 + id;
      points.add(
          new Point(
              PointId.of(id), Map.of(name, new VectorValue.Dense(vector)), PayloadBytes.EMPTY));
    }
    index.apply(from, new Operation.Upsert(points, Operation.Precondition.NONE));
    index.refresh();
  }

  private static int graphs(PointIndex index) throws IOException {
    int graphs = 0;
    for (LeafReaderContext leaf : index.reader().leaves()) {
      graphs += Segments.of(index.reader(), CONFIG).areDue() ? 100 : 0;
      for (String name : List.of("a", "b")) {
        graphs +=
            Segments.Held.of(leaf.reader(), Fields.vector(name, 0), VECTOR)
                .filter(Segments.Held::hasGraph)
                .stream()
                .count();
      }
    }
    return graphs;
  }
}
