package io.millrace.codec.multi;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.Props;
import io.millrace.codec.RawRows;
import io.millrace.codec.RowCounts;
import io.millrace.codec.VectorFieldOptions;
import io.millrace.model.Distance;
import io.millrace.model.Placement;
import io.millrace.model.VectorDatatype;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.SegmentReader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MultiFormatTest {
  private static final int DIM = 33;
  private static final int THRESHOLD = 40;

  @TempDir Path folder;
  private int folders;

  private record Step(int kind, int id, float[] rows) {}

  private record Case(VectorFieldOptions options, List<Step> steps) {}

  private static VectorFieldOptions options(int m, Distance distance, VectorDatatype datatype) {
    return new VectorFieldOptions(
        distance, m, 20, true, 1f, THRESHOLD, datatype, Placement.CACHED, false);
  }

  private static Case random(SplittableRandom random, int size) {
    VectorDatatype datatype =
        List.of(VectorDatatype.FLOAT32, VectorDatatype.FLOAT16, VectorDatatype.UINT8)
            .get(random.nextInt(3));
    Distance distance = Distance.values()[random.nextInt(4)];
    List<Step> steps = new ArrayList<>();
    for (int i = 0; i < size; i++) {
      float[] rows = new float[random.nextInt(4) * DIM];
      for (int j = 0; j < rows.length; j++) {
        rows[j] = datatype.stored((float) (random.nextGaussian() * 20));
      }
      steps.add(new Step(random.nextInt(18), random.nextInt(60), rows));
    }
    return new Case(options(8, distance, datatype), steps);
  }

  /// Writes, deletes, flushes, merges and changes of settings, against a map.
  @Test
  void values_come_back_through_flushes_and_merges() {
    Props.forAll(
        40,
        300,
        MultiFormatTest::random,
        example -> {
          try {
            check(example);
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        });
  }

  private void check(Case example) throws IOException {
    Map<Integer, float[]> model = new TreeMap<>();
    VectorFieldOptions options = example.options();
    try (MultiIndex index = MultiIndex.open(folder.resolve("case" + folders++), options, DIM)) {
      for (Step step : example.steps()) {
        switch (step.kind()) {
          case 0, 1 -> {
            index.delete(step.id());
            model.remove(step.id());
          }
          case 2, 3 -> index.flush();
          case 4 -> {
            index.options(options(8 * (step.id() % 2), options.distance(), options.datatype()));
            index.forceMerge();
          }
          default -> {
            index.put(step.id(), step.rows());
            model.remove(step.id());
            if (step.rows().length > 0) {
              model.put(step.id(), step.rows());
            }
          }
        }
      }
      index.options(options);
      compare(index, model);
      index.put(1_000, new float[DIM]);
      model.put(1_000, new float[DIM]);
      index.forceMerge();
      compare(index, model);
      index.check();
      try (DirectoryReader reader = index.open()) {
        MultiSegment segment =
            MultiSegment.of(reader.leaves().getFirst().reader(), MultiIndex.FIELD).orElseThrow();
        long rows = model.values().stream().mapToLong(r -> r.length / DIM).sum();
        assertThat(segment.documents()).isEqualTo(model.size());
        assertThat(segment.rows()).isEqualTo(rows);
        assertThat(segment.rowSegment().isPresent()).isEqualTo(rows >= THRESHOLD);
      }
    }
  }

  private static void compare(MultiIndex index, Map<Integer, float[]> model) throws IOException {
    try (DirectoryReader reader = index.open()) {
      Map<Integer, float[]> stored = MultiIndex.rowsById(reader);
      assertThat(stored.keySet()).isEqualTo(model.keySet());
      stored.forEach((id, rows) -> assertThat(rows).as("rows of %d", id).isEqualTo(model.get(id)));
      for (LeafReaderContext leaf : reader.leaves()) {
        MultiSegment.of(leaf.reader(), MultiIndex.FIELD)
            .flatMap(MultiSegment::rowSegment)
            .ifPresent(MultiFormatTest::checkNumbers);
      }
    }
  }

  /// Row → ordinal → document and back, and the vectors that are walked.
  private static void checkNumbers(RowSegment segment) {
    assertThat(segment.vectors().graph()).isPresent();
    assertThat(segment.firstRow(0)).isZero();
    assertThat(segment.firstRow(segment.documents())).isEqualTo(segment.vectors().size());
    RawRows vectors = segment.vectors().rows();
    RowSegment.Values values = segment.values();
    float[] row = new float[DIM];
    for (int ordinal = 0; ordinal < segment.documents(); ordinal++) {
      assertThat(segment.ordinalFrom(0, segment.doc(ordinal))).isEqualTo(ordinal);
      for (int r = segment.firstRow(ordinal); r < segment.firstRow(ordinal + 1); r++) {
        assertThat(segment.ordinalOfRow(r)).isEqualTo(ordinal);
      }
      vectors.copyTo(segment.firstRow(ordinal), row);
      try {
        byte[] bytes = values.of(ordinal).bytes;
        float first =
            Float.intBitsToFloat(
                (bytes[0] & 0xFF)
                    | (bytes[1] & 0xFF) << 8
                    | (bytes[2] & 0xFF) << 16
                    | bytes[3] << 24);
        assertThat(row[0]).isEqualTo(first);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  @Test
  void segments_of_before_are_read_and_get_a_graph_by_a_merge() throws IOException {
    VectorFieldOptions options = options(8, Distance.DOT, VectorDatatype.FLOAT32);
    Map<Integer, float[]> model = new TreeMap<>();
    try (MultiIndex index = MultiIndex.before(folder.resolve("old"), options, DIM)) {
      for (int id = 0; id < 50; id++) {
        float[] rows = new float[2 * DIM];
        Arrays.fill(rows, id);
        index.put(id, rows);
        model.put(id, rows);
      }
      index.delete(7);
      model.remove(7);
      index.commit();
    }
    try (MultiIndex index = MultiIndex.open(folder.resolve("old"), options, DIM)) {
      try (DirectoryReader reader = index.open()) {
        assertThat(MultiSegment.of(reader.leaves().getFirst().reader(), MultiIndex.FIELD))
            .isEmpty();
      }
      compare(index, model);
      index.put(100, new float[DIM]);
      model.put(100, new float[DIM]);
      index.forceMerge();
      compare(index, model);
      index.check();
      try (DirectoryReader reader = index.open()) {
        SegmentReader segment = (SegmentReader) reader.leaves().getFirst().reader();
        assertThat(MultiSegment.of(segment, MultiIndex.FIELD).orElseThrow().rowSegment())
            .isPresent();
        assertThat(RowCounts.of(segment.getSegmentInfo().info, MultiIndex.FIELD)).hasValue(99);
      }
    }
  }

  /// What is written twice would be paid for twice.
  @Test
  void rows_lie_in_one_file_only() throws IOException {
    Path one = folder.resolve("once");
    VectorFieldOptions options = options(8, Distance.DOT, VectorDatatype.FLOAT16);
    try (MultiIndex index = MultiIndex.open(one, options, DIM)) {
      for (int id = 0; id < 1_000; id++) {
        float[] rows = new float[3 * DIM];
        Arrays.fill(rows, id % 7);
        index.put(id, rows);
        if (id == 500) {
          index.flush();
        }
      }
      index.forceMerge();
      index.commit();
    }
    assertThat(bytes(one, "mvr")).isBetween(2L * 3 * DIM * 1_000, 2L * 3 * DIM * 1_000 + 1_000);
    assertThat(bytes(one, "dvd")).isLessThan(10_000);
  }

  private static long bytes(Path folder, String ending) throws IOException {
    try (var files = Files.list(folder)) {
      return files
          .filter(f -> f.toString().endsWith("." + ending))
          .mapToLong(f -> f.toFile().length())
          .sum();
    }
  }
}
