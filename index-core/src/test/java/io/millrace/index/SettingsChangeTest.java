package io.millrace.index;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.codec.VectorSegment;
import io.millrace.model.CollectionConfig;
import io.millrace.model.Distance;
import io.millrace.model.Operation;
import io.millrace.model.PayloadBytes;
import io.millrace.model.Placement;
import io.millrace.model.Point;
import io.millrace.model.PointId;
import io.millrace.model.VectorConfig;
import io.millrace.model.VectorConfig.Quantization;
import io.millrace.model.VectorValue;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.apache.lucene.index.LeafReaderContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/// What a change of a collection's settings does to the vectors that are there: merges rewrite the
/// segments made by other settings, and until they have, the collection says that merges are due.
class SettingsChangeTest {
  private static final int POINTS = 300;
  private static final int DIMENSION = 192;
  private static final VectorConfig GRAPH =
      new VectorConfig(DIMENSION, Distance.DOT, 8, 40, 10, new Quantization.None());

  @TempDir Path folder;
  private final AtomicReference<CollectionConfig> config = new AtomicReference<>(config(GRAPH, 1));
  private final Semaphore merged = new Semaphore(0);

  private static CollectionConfig config(VectorConfig vector, long thresholdKb) {
    return new CollectionConfig(new TreeMap<>(Map.of("", vector)), thresholdKb, PayloadBytes.EMPTY);
  }

  @Test
  void links_codes_and_int8_rows_follow_the_settings() throws Exception {
    try (PointIndex index = filled()) {
      VectorSegment segment = afterChange(index, GRAPH);
      assertThat(segment.graph().orElseThrow().m()).isEqualTo(8);
      assertThat(segment.int8()).isEmpty();

      VectorConfig scalar = GRAPH.with(new Quantization.Scalar(0.99f));
      segment = afterChange(index, scalar);
      assertThat(segment.int8()).isPresent();
      assertThat(segment.graph()).isPresent();

      segment = afterChange(index, GRAPH);
      assertThat(segment.int8()).as("quantization taken away").isEmpty();

      segment = afterChange(index, links(5, 40, 5));
      assertThat(segment.graph().orElseThrow().m()).isEqualTo(5);

      segment = afterChange(index, links(5, 44, 5));
      assertThat(segment.efConstruct()).isEqualTo(44);

      segment = afterChange(index, links(0, 40, 0));
      assertThat(segment.graph()).as("m = 0").isEmpty();
      assertThat(segment.coarse()).as("m = 0").isEmpty();
      assertThat(segment.isIndexed()).isFalse();

      segment = afterChange(index, links(0, 40, 16));
      assertThat(segment.graph()).as("payload_m alone").isEmpty();
      assertThat(segment.coarse()).as("payload_m alone").isPresent();
      assertThat(segment.isIndexed()).isTrue();

      segment = afterChange(index, links(8, 40, 8));
      assertThat(segment.graph()).as("m again").isPresent();
    }
  }

  @Test
  void a_lower_threshold_gives_graphs_to_what_is_there() throws Exception {
    config.set(config(GRAPH, 10_000));
    try (PointIndex index = filled()) {
      assertThat(Segments.of(index.reader(), config.get()).areDue()).isFalse();
      assertThat(Segments.of(index.reader(), config.get()).indexedVectors()).isZero();

      config.set(config(GRAPH, 1));
      assertThat(Segments.of(index.reader(), config.get()).areDue()).isTrue();
      settle(index);

      assertThat(Segments.of(index.reader(), config.get()).indexedVectors()).isEqualTo(POINTS);
    }
  }

  @Test
  void nothing_is_rewritten_while_graphs_are_switched_off() throws Exception {
    try (PointIndex index = filled()) {
      settle(index);
      config.set(config(links(5, 40, 5), 0));
      index.mergeWhereDue();
      index.refresh();

      assertThat(Segments.of(index.reader(), config.get()).areDue()).isFalse();
      assertThat(only(index).graph().orElseThrow().m()).isEqualTo(8);
    }
  }

  /// The kernel's own account of the mappings: `rr` is the advice that nothing be read ahead.
  @Test
  @EnabledOnOs(OS.LINUX)
  void rows_and_graphs_on_disk_are_mapped_for_single_pages() throws Exception {
    try (PointIndex index = filled()) {
      afterChange(index, GRAPH);
      assertThat(isReadByPages(".mvr")).isFalse();
      assertThat(isReadByPages(".mvg")).isFalse();

      afterChange(index, GRAPH.with(new Placement(true, false, false)));
      assertThat(isReadByPages(".mvr")).as("rows").isTrue();
      assertThat(isReadByPages(".mvg")).isFalse();

      VectorConfig scalar = GRAPH.with(new Quantization.Scalar(1));
      afterChange(index, scalar.with(new Placement(false, true, true)));
      assertThat(isReadByPages(".mvr")).isFalse();
      assertThat(isReadByPages(".mvg")).as("links").isTrue();
      assertThat(isReadByPages(".mvc")).as("codes").isTrue();
      assertThat(isReadByPages(".mvq")).as("int8 rows").isTrue();
    }
  }

  private boolean isReadByPages(String ending) throws IOException {
    boolean ours = false;
    for (String line : Files.readAllLines(Path.of("/proc/self/smaps"))) {
      if (line.contains(folder.toString())) {
        ours = line.endsWith(ending);
      } else if (ours && line.startsWith("VmFlags:") && line.contains(" rr")) {
        return true;
      } else if (line.startsWith("VmFlags:")) {
        ours = false;
      }
    }
    return false;
  }

  private static VectorConfig links(int m, int efConstruct, int payloadM) {
    return new VectorConfig(DIMENSION, Distance.DOT, m, efConstruct, 10, new Quantization.None())
        .withPayloadM(payloadM);
  }

  private VectorSegment afterChange(PointIndex index, VectorConfig vector) throws Exception {
    config.set(config(vector, 1));
    settle(index);
    return only(index);
  }

  /// Merges until the settings ask for nothing more.
  private void settle(PointIndex index) throws Exception {
    while (Segments.of(index.reader(), config.get()).areDue()) {
      index.mergeWhereDue();
      assertThat(merged.tryAcquire(60, TimeUnit.SECONDS)).as("a merge that is due").isTrue();
      index.refresh();
    }
    assertThat(Segments.of(index.reader(), config.get()).points()).isEqualTo(POINTS);
  }

  private static VectorSegment only(PointIndex index) {
    List<LeafReaderContext> leaves = index.reader().leaves();
    assertThat(leaves).hasSize(1);
    return VectorSegment.of(leaves.getFirst().reader(), Fields.vector("", 0)).orElseThrow();
  }

  private PointIndex filled() throws IOException {
    PointIndex index =
        PointIndex.open(
            folder, config::get, (r, f) -> List.of(), 1, new MergeRoom(() -> Long.MAX_VALUE));
    index.onMerged(merged::release);
    SplittableRandom random = new SplittableRandom(5);
    index.apply(
        1,
        new Operation.Upsert(
            IntStream.range(0, POINTS).mapToObj(id -> point(id, random)).toList(),
            Operation.Precondition.NONE));
    index.refresh();
    return index;
  }

  private static Point point(int id, SplittableRandom random) {
    float[] row = new float[DIMENSION];
    for (int i = 0; i < row.length; i++) {
      row[i] = (float) random.nextGaussian();
    }
    return new Point(PointId.of(id), Map.of("", new VectorValue.Dense(row)), PayloadBytes.EMPTY);
  }
}
