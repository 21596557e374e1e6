package io.millrace.index;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.meter.SearchPaths;
import io.millrace.meter.SearchWork;
import io.millrace.model.CollectionConfig;
import io.millrace.model.Deadline;
import io.millrace.model.Distance;
import io.millrace.model.NearestQuery.SearchParams;
import io.millrace.model.Operation;
import io.millrace.model.PayloadBytes;
import io.millrace.model.Point;
import io.millrace.model.PointId;
import io.millrace.model.VectorConfig;
import io.millrace.model.VectorDatatype;
import io.millrace.model.VectorValue;
import io.millrace.search.filter.Filters;
import io.millrace.search.nearest.Candidate;
import io.millrace.search.nearest.NearestSearch;
import io.millrace.search.nearest.SegmentFilter;
import io.millrace.search.vector.VectorFields;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Semaphore;
import java.util.stream.IntStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import java.util.zip.ZipOutputStream;
import org.apache.lucene.index.CheckIndex;
import org.apache.lucene.store.FSDirectory;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/// Vector files as each version of their format wrote them, with graph, int8 rows, codes and every
/// datatype, kept in `src/test/resources/data-format`: later versions read them, and merge them
/// with rows of their own.
///
/// `-Dmillrace.write-vector-format=<module>/src/test/resources/data-format` writes those of this
/// version.
class VectorFormatTest {
  private static final String VERSION = "3";
  private static final int POINTS = 40;
  private static final int WIDE = 192;

  private static final CollectionConfig CONFIG =
      new CollectionConfig(
          new TreeMap<>(
              Map.of(
                  "f",
                  new VectorConfig(
                      WIDE, Distance.DOT, 4, 20, 10, new VectorConfig.Quantization.Scalar(1)),
                  "h",
                  VectorConfig.of(4, Distance.COSINE).with(VectorDatatype.FLOAT16),
                  "b",
                  VectorConfig.of(4, Distance.COSINE).with(VectorDatatype.UINT8),
                  "e",
                  VectorConfig.of(4, Distance.EUCLID).with(VectorDatatype.UINT8))),
          1,
          PayloadBytes.EMPTY);

  private static final Filters NO_FILTERS =
      (filter, deadline) -> {
        throw new UnsupportedOperationException();
      };

  @TempDir Path folder;

  @Test
  void files_of_each_version_are_read_and_merged_with_rows_of_this_one() throws Exception {
    for (String version : List.of("1", "2", "3")) {
      Path data = unpacked(version);
      Semaphore merged = new Semaphore(0);
      try (PointIndex index = open(data)) {
        index.onMerged(merged::release);
        check(index, POINTS);
        assertThat(index.reader().leaves()).hasSize(2);
        index.apply(3, upsert(POINTS, 3 * POINTS));
        index.refresh();
        check(index, 3 * POINTS);
        index.mergeWhereDue();
        merged.acquire();
        index.refresh();
        assertThat(index.reader().leaves()).as("merged").hasSize(1);
        check(index, 3 * POINTS);
        index.commit(new CommitData(3, true, new StreamPositions()));
      }
      try (FSDirectory directory = FSDirectory.open(data);
          CheckIndex check = new CheckIndex(directory)) {
        assertThat(check.checkIndex().clean).isTrue();
      }
    }
  }

  /// Every point comes back as it was written, and finds itself by each of its vectors.
  private static void check(PointIndex index, int points) throws IOException {
    PointLookup lookup = new PointLookup(index.reader());
    VectorFields fields =
        new VectorFields(
            index.reader(),
            CONFIG,
            NO_FILTERS,
            new NearestSearch(),
            new SearchWork(new SearchPaths()));
    for (int id = 0; id < points; id++) {
      PointLookup.Place place = lookup.find(PointId.of(id)).orElseThrow();
      Map<String, VectorValue> found =
          PointReader.vectors(place.leaf().reader(), place.doc(), CONFIG);
      assertThat(found).isEqualTo(StoredForm.of(point(id).vectors(), 0, CONFIG));
      for (String name : CONFIG.vectors().keySet()) {
        List<Candidate> hits =
            fields
                .of(name)
                .nearest(
                    point(id).vectors().get(name),
                    SegmentFilter.ALL,
                    1,
                    SearchParams.DEFAULT,
                    Deadline.NONE);
        assertThat((double) hits.getFirst().score())
            .as("%s of %d", name, id)
            .isCloseTo(best(name, id, points), Percentage.withPercentage(0.01));
      }
    }
  }

  /// The best score any point has, by the formulas.
  private static double best(String name, int id, int points) {
    VectorConfig vector = CONFIG.vectors().get(name);
    double best = vector.distance() == Distance.EUCLID ? 1e9 : -1e9;
    float[] query = row(name, id);
    for (int other = 0; other < points; other++) {
      float[] row = row(name, other);
      double dot = 0;
      double squares = 0;
      double ownSquares = 0;
      double squaredDistance = 0;
      for (int i = 0; i < row.length; i++) {
        dot += (double) row[i] * query[i];
        squares += (double) row[i] * row[i];
        ownSquares += (double) query[i] * query[i];
        squaredDistance += ((double) row[i] - query[i]) * ((double) row[i] - query[i]);
      }
      best =
          switch (vector.distance()) {
            case DOT -> Math.max(best, dot);
            case COSINE -> // only bytes are not divided by their length when they are written
                Math.max(
                    best,
                    vector.datatype() == VectorDatatype.UINT8
                        ? dot / Math.sqrt(squares * ownSquares)
                        : dot);
            case EUCLID, MANHATTAN -> Math.min(best, Math.sqrt(squaredDistance));
          };
    }
    return best;
  }

  private static float[] row(String name, int id) {
    VectorValue stored = StoredForm.of(point(id).vectors(), 0, CONFIG).get(name);
    return ((VectorValue.Dense) stored).values();
  }

  private Path unpacked(String version) throws IOException {
    Path into = folder.resolve("version-" + version);
    Files.createDirectories(into);
    try (InputStream in =
            VectorFormatTest.class.getResourceAsStream("/data-format/vectors-" + version + ".zip");
        ZipInputStream zip = new ZipInputStream(in)) {
      for (ZipEntry e = zip.getNextEntry(); e != null; e = zip.getNextEntry()) {
        Files.write(into.resolve(e.getName()), zip.readAllBytes());
      }
    }
    return into;
  }

  @Test
  @EnabledIfSystemProperty(named = "millrace.write-vector-format", matches = ".+")
  void write() throws Exception {
    Path data = folder.resolve("index");
    Semaphore merged = new Semaphore(0);
    try (PointIndex index = open(data)) {
      index.onMerged(merged::release);
      index.apply(1, upsert(0, POINTS - 5));
      index.refresh();
      index.mergeWhereDue();
      merged.acquire();
      index.apply(2, upsert(POINTS - 5, POINTS)); // a flat segment beside it
      index.commit(new CommitData(2, true, new StreamPositions()));
      Path to =
          Path.of(System.getProperty("millrace.write-vector-format"))
              .resolve("vectors-" + VERSION + ".zip");
      try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(to));
          var files = Files.list(data)) {
        for (Path file : files.filter(f -> !f.endsWith("write.lock")).sorted().toList()) {
          zip.putNextEntry(new ZipEntry(file.getFileName().toString()));
          Files.copy(file, zip);
          zip.closeEntry();
        }
      }
    }
  }

  private static PointIndex open(Path folder) throws IOException {
    return PointIndex.open(
        folder, () -> CONFIG, (r, f) -> List.of(), 1, new MergeRoom(() -> Long.MAX_VALUE));
  }

  private static Operation upsert(int from, int to) {
    return new Operation.Upsert(
        IntStream.range(from, to).mapToObj(VectorFormatTest::point).toList(),
        Operation.Precondition.NONE);
  }

  private static Point point(int id) {
    float[] wide = new float[WIDE];
    for (int i = 0; i < WIDE; i++) {
      wide[i] = (id * 31 + i * i * (id % 7 + 1)) % 17 - 8;
    }
    return new Point(
        PointId.of(id),
        Map.of(
            "f",
            new VectorValue.Dense(wide),
            "h",
            new VectorValue.Dense(id + 1, 3, -id, 0.1f),
            "b",
            new VectorValue.Dense(id + 1, 3 * id, 200 - id, 7),
            "e",
            new VectorValue.Dense(id, 3 * id, 255 - id, 7)),
        PayloadBytes.EMPTY);
  }
}
