package io.millrace.collection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.frame.Disk;
import io.millrace.frame.RealDisk;
import io.millrace.model.BadInput;
import io.millrace.model.CollectionConfig;
import io.millrace.model.Deadline;
import io.millrace.model.Distance;
import io.millrace.model.Filter;
import io.millrace.model.Operation;
import io.millrace.model.PayloadBytes;
import io.millrace.model.Point;
import io.millrace.model.PointId;
import io.millrace.model.VectorValue;
import io.millrace.snapshot.SnapshotFolder.Description;
import io.millrace.snapshot.SnapshotFolder.Scope;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A restore over a collection of 3 points with a snapshot of 5, stopped at every step.
@Tag("R-11")
class RestoreCrashTest {
  private static final Scope C = new Scope.OfCollection("c");

  @TempDir Path folder;
  private Path data;
  private Path archive;

  @BeforeEach
  void a_snapshot_of_five_points_and_a_collection_of_three() {
    data = folder.resolve("data");
    try (Collections store = Collections.open(data, StoreSettings.defaults())) {
      store.create("c", CollectionConfig.unnamed(2, Distance.DOT));
      write(store, 5);
      Snapshots snapshots = snapshots(store);
      Description made = snapshots.create(C);
      archive = snapshots.folder().find(C, made.name());
      assertThat(Files.exists(archive)).isTrue();
      store.drop("c");
      store.create("c", CollectionConfig.unnamed(2, Distance.DOT));
      write(store, 3);
    }
  }

  private Snapshots snapshots(Collections store) {
    return new Snapshots(store, folder.resolve("snapshots"), Clock.systemUTC());
  }

  private static void write(Collections store, int points) {
    List<Point> all =
        IntStream.range(0, points)
            .mapToObj(i ->
                new Point(
                    PointId.of(i),
                    Map.of("", new VectorValue.Dense(new float[] {i, 1})),
                    PayloadBytes.EMPTY))
            .toList();
    store
        .require("c")
        .submit(WriteBatch.interactive(new Operation.Upsert(all, Operation.Precondition.NONE)))
        .applied()
        .join();
  }

  private static long count(Collections store) {
    try (Searcher searcher = store.require("c").searcher(Deadline.NONE)) {
      return searcher.count(Filter.ALL, Deadline.NONE);
    }
  }

  /// Before every call that changes a file the data folder is copied, which is what a killed
  /// process leaves. Each copy opens with the old or the new collection, never anything else, and
  /// without a folder too many.
  @Test
  void a_crash_at_any_step_leaves_the_old_or_the_new_collection() throws IOException {
    List<Path> copies = new ArrayList<>();
    CopyingDisk disk = new CopyingDisk(data, folder.resolve("copies"), copies);
    try (Collections store = Collections.open(data, StoreSettings.defaults(), false, disk)) {
      Snapshots snapshots = snapshots(store);
      disk.copying = true;
      snapshots.restore("c", archive);
      disk.copying = false;
      assertThat(count(store)).isEqualTo(5);
    }
    assertThat(copies).hasSizeGreaterThan(20);
    Set<Long> seen = new HashSet<>();
    long before = 3;
    for (Path copy : copies) {
      try (Collections store = Collections.open(copy, StoreSettings.defaults())) {
        long points = count(store);
        assertThat(points).as("at %s", copy).isIn(3L, 5L).isGreaterThanOrEqualTo(before);
        before = points;
        seen.add(points);
        assertThat(store.names()).containsExactly("c");
        assertThat(store.catalog().image().dropped()).isEmpty();
        try (Stream<Path> folders = Files.list(copy.resolve("collections"))) {
          assertThat(folders).as("at %s", copy).hasSize(1);
        }
      }
    }
    assertThat(seen).containsExactlyInAnyOrder(3L, 5L);
  }

  @Test
  void a_damaged_archive_leaves_everything_as_it_was() throws IOException {
    byte[] good = Files.readAllBytes(archive);
    try (Collections store = Collections.open(data, StoreSettings.defaults())) {
      Snapshots snapshots = snapshots(store);
      // the middle of each block of 512 bytes: headers, contents, the manifest
      int refused = 0;
      for (int at = 256; at < good.length - 1024; at += 1536) {
        byte[] bad = good.clone();
        bad[at] ^= 0x10;
        Path file = Files.write(folder.resolve("bad.snapshot"), bad);
        try {
          snapshots.restore("d", file);
          store.drop("d"); // padding, or the time in the manifest
        } catch (BadInput expected) {
          refused++;
        }
        assertThat(store.names()).containsExactly("c");
      }
      assertThat(refused).isGreaterThan(good.length / 1536 / 2);
      for (int length : new int[] {0, 100, 600, good.length / 2, good.length - 1100}) {
        Path file =
            Files.write(folder.resolve("cut.snapshot"), java.util.Arrays.copyOf(good, length));
        assertThatThrownBy(() -> snapshots.restore("c", file)).isInstanceOf(BadInput.class);
      }
      assertThat(count(store)).isEqualTo(3);
      assertThat(store.catalog().image().dropped()).isEmpty();
      try (Stream<Path> folders = Files.list(data.resolve("collections"))) {
        assertThat(folders).hasSize(1);
      }
    }
  }

  @Test
  void other_vectors_are_refused_and_nothing_changes() {
    try (Collections store = Collections.open(data, StoreSettings.defaults())) {
      store.create("e", CollectionConfig.unnamed(3, Distance.DOT));
      assertThatThrownBy(() -> snapshots(store).restore("e", archive))
          .isInstanceOf(BadInput.class)
          .hasMessageStartingWith("Snapshot is not compatible with existing collection");
      assertThat(store.require("e").config()).isEqualTo(CollectionConfig.unnamed(3, Distance.DOT));
    }
  }

  @Test
  void a_restored_collection_takes_writes_and_survives_a_restart() {
    try (Collections store = Collections.open(data, StoreSettings.defaults())) {
      snapshots(store).restore("c", archive);
      write(store, 9);
      assertThat(count(store)).isEqualTo(9);
    }
    try (Collections store = Collections.open(data, StoreSettings.defaults())) {
      assertThat(count(store)).isEqualTo(9);
    }
  }

  /// The marker of a deleted point comes along: a late older write finds it.
  @Test
  void versions_of_points_are_part_of_a_snapshot() {
    Point late =
        new Point(
            PointId.of(77),
            Map.of("", new VectorValue.Dense(new float[] {1, 1})),
            PayloadBytes.EMPTY);
    Operation write = new Operation.Upsert(List.of(late), Operation.Precondition.NONE);
    Operation delete =
        new Operation.Delete(new io.millrace.model.Selection.Ids(List.of(PointId.of(77))));
    try (Collections store = Collections.open(data, StoreSettings.defaults())) {
      submit(store, new Operation.Versioned(write, 5));
      submit(store, new Operation.Versioned(delete, 9));
      Snapshots snapshots = snapshots(store);
      Path taken = snapshots.folder().find(C, snapshots.create(C).name());
      snapshots.restore("c", taken);
      submit(store, new Operation.Versioned(write, 7));
      assertThat(count(store)).isEqualTo(3);
      submit(store, new Operation.Versioned(write, 10));
      assertThat(count(store)).isEqualTo(4);
    }
  }

  private static void submit(Collections store, Operation operation) {
    store.require("c").submit(WriteBatch.interactive(operation)).applied().join();
  }

  /// Lives of sources come along where they are unknown, and only there.
  @Test
  void positions_mean_something_only_in_the_folder_they_are_from() throws IOException {
    Path elsewhere = folder.resolve("elsewhere");
    Path taken;
    try (Collections store = Collections.open(elsewhere, StoreSettings.defaults())) {
      store.create("f", CollectionConfig.unnamed(2, Distance.DOT));
      for (String source : List.of("orders", "returns")) {
        store
            .require("f")
            .submit(
                new WriteBatch(
                    WriteBatch.Lane.INTERACTIVE,
                    List.of(
                        new Operation.Delete(
                            new io.millrace.model.Selection.Ids(List.of(PointId.of(1))))),
                    List.of(new io.millrace.model.StreamSpan(source, 4, "t/0", 10, 19, 0))))
            .applied()
            .join();
      }
      Snapshots snapshots =
          new Snapshots(store, folder.resolve("other-snapshots"), Clock.systemUTC());
      taken =
          snapshots
              .folder()
              .find(
                  new Scope.OfCollection("f"),
                  snapshots.create(new Scope.OfCollection("f")).name());
    }
    try (Collections store = Collections.open(data, StoreSettings.defaults())) {
      store.catalog().putSource("returns", io.millrace.catalog.ConfigBytes.of(""));
      snapshots(store).restore("f", taken);
      assertThat(store.catalog().image().sources().get("orders").epoch()).isEqualTo(4);
      assertThat(store.require("f").position("orders", 4, "t/0")).isEqualTo(OptionalLong.of(19));
      assertThat(store.require("f").position("returns", 4, "t/0")).isEmpty();
      assertThat(store.catalog().putSource("new", io.millrace.catalog.ConfigBytes.of("")).epoch())
          .isEqualTo(5);
      snapshots(store).restore("g", taken);
      assertThat(store.require("g").position("orders", 4, "t/0")).isEqualTo(OptionalLong.of(19));
    }
  }

  /// The real disk, with a copy of a folder made before every change.
  private static final class CopyingDisk implements Disk {
    private final Disk real = new RealDisk();
    private final Path data;
    private final Path copies;
    private final List<Path> made;
    private volatile boolean copying;

    CopyingDisk(Path data, Path copies, List<Path> made) {
      this.data = data;
      this.copies = copies;
      this.made = made;
    }

    private synchronized void step() throws IOException {
      if (!copying) {
        return;
      }
      Path copy = copies.resolve("%04d".formatted(made.size()));
      try (Stream<Path> all = Files.walk(data)) {
        for (Path path : (Iterable<Path>) all::iterator) {
          Path to = copy.resolve(data.relativize(path).toString());
          if (Files.isDirectory(path)) {
            Files.createDirectories(to);
          } else if (Files.exists(path)) {
            Files.copy(path, to);
          }
        }
      }
      made.add(copy);
    }

    @Override
    public AppendFile create(Path file) throws IOException {
      step();
      return stepping(real.create(file));
    }

    @Override
    public AppendFile append(Path file) throws IOException {
      return stepping(real.append(file));
    }

    private AppendFile stepping(AppendFile file) {
      return new AppendFile() {
        @Override
        public Path path() {
          return file.path();
        }

        @Override
        public long size() {
          return file.size();
        }

        @Override
        public void append(byte[] bytes, int offset, int length) throws IOException {
          step();
          file.append(bytes, offset, length);
        }

        @Override
        public void force() throws IOException {
          file.force();
        }

        @Override
        public void cut(long size) throws IOException {
          step();
          file.cut(size);
        }

        @Override
        public void close() throws IOException {
          file.close();
        }
      };
    }

    @Override
    public ReadFile read(Path file) throws IOException {
      return real.read(file);
    }

    @Override
    public boolean exists(Path path) throws IOException {
      return real.exists(path);
    }

    @Override
    public boolean isFolder(Path path) throws IOException {
      return real.isFolder(path);
    }

    @Override
    public List<String> list(Path in) throws IOException {
      return real.list(in);
    }

    @Override
    public void makeFolder(Path in) throws IOException {
      step();
      real.makeFolder(in);
    }

    @Override
    public void rename(Path from, Path to) throws IOException {
      step();
      real.rename(from, to);
    }

    @Override
    public void delete(Path path) throws IOException {
      step();
      real.delete(path);
    }

    @Override
    public void forceFolder(Path in) throws IOException {
      real.forceFolder(in);
    }

    @Override
    public long freeSpace(Path path) throws IOException {
      return real.freeSpace(path);
    }

    @Override
    public long totalSpace(Path path) throws IOException {
      return real.totalSpace(path);
    }
  }
}
