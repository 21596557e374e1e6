package io.millrace.collection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.model.AliasAction;
import io.millrace.model.CollectionConfig;
import io.millrace.model.Deadline;
import io.millrace.model.Distance;
import io.millrace.model.Failure;
import io.millrace.model.Fetch;
import io.millrace.model.Filter;
import io.millrace.model.NearestQuery;
import io.millrace.model.NearestQuery.SearchParams;
import io.millrace.model.Operation;
import io.millrace.model.PayloadBytes;
import io.millrace.model.Point;
import io.millrace.model.PointId;
import io.millrace.model.Selection;
import io.millrace.model.StoredPoint;
import io.millrace.model.StreamSpan;
import io.millrace.model.VectorValue;
import io.millrace.snapshot.SnapshotFolder.Scope;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/// A data folder and a snapshot as each released version wrote them, kept in
/// `src/test/resources/data-format`: every later version opens them. What is there is never written
/// anew once its version is released; a version that changes a format adds its own.
///
/// `-Dmillrace.write-data-format=<module>/src/test/resources/data-format` writes those of this one.
@Tag("R-82")
class DataFormatTest {
  private static final String VERSION = "1";

  @TempDir Path folder;

  @Test
  void a_data_folder_of_each_version_opens_with_all_that_is_in_it() throws IOException {
    Path data = unpacked("data-" + VERSION + ".zip");
    try (Collections store = Collections.open(data, StoreSettings.defaults())) {
      check(store.require("alias"), 21);
      assertThat(store.names()).containsExactly("c");
    }
    try (Collections store = Collections.open(data, StoreSettings.defaults())) {
      check(store.require("c"), 21);
    }
  }

  @Test
  void a_snapshot_of_each_version_is_restored() throws IOException {
    Path archive = unpacked("snapshot-" + VERSION + ".zip").resolve("c.snapshot");
    try (Collections store = Collections.open(folder.resolve("new"), StoreSettings.defaults())) {
      new Snapshots(store, folder.resolve("s"), Clock.systemUTC()).restore("c", archive);
      check(store.require("c"), 20);
    }
  }

  /// Each file that names a version gets a higher one; every file is afterwards what it was.
  @Test
  void a_newer_format_is_refused_and_no_file_is_touched() throws IOException {
    Path data = unpacked("data-" + VERSION + ".zip");
    Path format = data.resolve("FORMAT");
    String before = Files.readString(format);
    Files.writeString(format, "99\n");
    Map<String, String> files = contents(data);
    assertThatThrownBy(() -> Collections.open(data, StoreSettings.defaults()))
        .isInstanceOf(Failure.Damaged.class)
        .hasMessageContaining("99")
        .hasMessageContaining("Nothing was changed");
    assertThat(contents(data)).isEqualTo(files);
    Files.writeString(format, before);

    Path catalog = data.resolve("catalog").resolve("catalog.mcat");
    byte[] bytes = Files.readAllBytes(catalog);
    bytes[4] = 99;
    Files.write(catalog, bytes);
    files = contents(data);
    assertThatThrownBy(() -> Collections.open(data, StoreSettings.defaults()))
        .isInstanceOf(Failure.Damaged.class)
        .hasMessageContaining("format version 99");
    Map<String, String> after = contents(data);
    after.remove("LOCK");
    assertThat(after).isEqualTo(files);
  }

  private static Map<String, String> contents(Path root) throws IOException {
    Map<String, String> contents = new HashMap<>();
    try (Stream<Path> all = Files.walk(root)) {
      for (Path file : (Iterable<Path>) all.filter(Files::isRegularFile)::iterator) {
        contents.put(
            root.relativize(file).toString(),
            new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1));
      }
    }
    return contents;
  }

  private Path unpacked(String resource) throws IOException {
    Path into = folder.resolve(resource);
    try (InputStream in = DataFormatTest.class.getResourceAsStream("/data-format/" + resource);
        ZipInputStream zip = new ZipInputStream(in)) {
      for (ZipEntry e = zip.getNextEntry(); e != null; e = zip.getNextEntry()) {
        Path file = into.resolve(e.getName());
        Files.createDirectories(file.getParent());
        Files.write(file, zip.readAllBytes());
      }
    }
    return into;
  }

  private static void check(Collection c, int points) {
    assertThat(c.info().failure()).isEmpty();
    assertThat(c.position("orders", 1, "t/0")).isEqualTo(OptionalLong.of(4));
    List<StoredPoint> all = new ArrayList<>();
    try (Searcher searcher = c.searcher(Deadline.NONE)) {
      searcher.scroll(Optional.empty(), Filter.ALL, 100, Fetch.ALL, Deadline.NONE, all::add);
      assertThat(
              searcher
                  .nearest(
                      new NearestQuery(
                          "",
                          new VectorValue.Dense(new float[] {1, 0}),
                          Filter.ALL,
                          1,
                          0,
                          OptionalDouble.empty(),
                          SearchParams.DEFAULT,
                          Fetch.ID_ONLY),
                      Deadline.NONE)
                  .getFirst()
                  .point()
                  .id())
          .isEqualTo(PointId.of(points));
    }
    assertThat(all).hasSize(points);
    StoredPoint last = all.getLast();
    assertThat(last.payload()).contains(PayloadBytes.of("{\"n\":" + points + ",\"s\":\"ä\"}"));
    assertThat(last.vectors().orElseThrow())
        .isEqualTo(Map.of("", new VectorValue.Dense(new float[] {points, 1})));
  }

  @Test
  @EnabledIfSystemProperty(named = "millrace.write-data-format", matches = ".+")
  void write() throws IOException {
    Path into = Path.of(System.getProperty("millrace.write-data-format"));
    Files.createDirectories(into);
    Path data = folder.resolve("data");
    Path snapshots = folder.resolve("snapshots");
    StoreSettings defaults = StoreSettings.defaults();
    StoreSettings still = // no file changes behind our back
        new StoreSettings(
            defaults.durability(),
            Duration.ofHours(1),
            Duration.ofHours(1),
            defaults.commitLogBytes(),
            Duration.ofHours(1),
            1,
            0,
            Duration.ZERO,
            defaults.logGathering(),
            defaults.quotas());
    Collections store = Collections.open(data, still);
    try {
      Collection c = store.create("c", CollectionConfig.unnamed(2, Distance.DOT));
      store.changeAliases(List.of(new AliasAction.Create("alias", "c")));
      List<Point> points = IntStream.rangeClosed(0, 20).mapToObj(DataFormatTest::point).toList();
      c.submit(
              new WriteBatch(
                  WriteBatch.Lane.STREAM,
                  List.of(
                      new Operation.Upsert(points, Operation.Precondition.NONE),
                      new Operation.Delete(new Selection.Ids(List.of(PointId.of(0))))),
                  List.of(new StreamSpan("orders", 1, "t/0", 0, 4, 0))))
          .applied()
          .join();
      Snapshots made = new Snapshots(store, snapshots, Clock.systemUTC());
      Scope scope = new Scope.OfCollection("c");
      Path archive = made.folder().find(scope, made.create(scope).name());
      zip(into.resolve("snapshot-" + VERSION + ".zip"), Map.of("c.snapshot", archive));
      c.submit(
              WriteBatch.interactive(
                  new Operation.Upsert(List.of(point(21)), Operation.Precondition.NONE)))
          .durable()
          .join();
      // as after a kill: the last point is in the log only
      Map<String, Path> files = new java.util.TreeMap<>();
      try (Stream<Path> all = Files.walk(data)) {
        all.filter(Files::isRegularFile)
            .filter(file -> !file.endsWith("LOCK") && !file.endsWith("write.lock"))
            .forEach(file -> files.put(data.relativize(file).toString(), file));
      }
      zip(into.resolve("data-" + VERSION + ".zip"), files);
    } finally {
      store.close();
    }
  }

  private static Point point(int i) {
    return new Point(
        PointId.of(i),
        Map.of("", new VectorValue.Dense(new float[] {i, 1})),
        PayloadBytes.of("{\"n\":" + i + ",\"s\":\"ä\"}"));
  }

  private static void zip(Path to, Map<String, Path> files) throws IOException {
    try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(to))) {
      for (Map.Entry<String, Path> file : files.entrySet()) {
        zip.putNextEntry(new ZipEntry(file.getKey().replace('\\', '/')));
        Files.copy(file.getValue(), zip);
        zip.closeEntry();
      }
    }
  }
}
