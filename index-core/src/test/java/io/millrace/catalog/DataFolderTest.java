package io.millrace.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.frame.RealDisk;
import io.millrace.model.CollectionConfig;
import io.millrace.model.Distance;
import io.millrace.model.Failure;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class DataFolderTest {
  private static final RealDisk DISK = new RealDisk();

  @TempDir Path temp;

  /// Another process that takes a data folder: prints a line, then waits to be ended.
  public static final class Holder {
    private Holder() {}

    public static void main(String[] args) throws IOException {
      try (DataFolder folder = DataFolder.open(Path.of(args[0]), DISK)) {
        System.out.println("holding");
        System.in.read(); // until the test ends this process or closes its input
      } catch (Failure.Unavailable e) {
        System.out.println("refused: " + e.getMessage());
      }
    }
  }

  private static Process start(Path folder) throws IOException {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:TieredStopAtLevel=1",
            "-cp",
            classPath(),
            Holder.class.getName(),
            folder.toString())
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start();
  }

  /// Where the classes the other process needs come from, whoever loads them here.
  private static String classPath() {
    return String.join(
        System.getProperty("path.separator"),
        List.of(
                Holder.class,
                DataFolder.class,
                com.google.protobuf.ByteString.class,
                org.slf4j.Logger.class,
                ch.qos.logback.classic.Logger.class,
                ch.qos.logback.core.Context.class)
            .stream()
            .map(c -> Path.of(uri(c)).toString())
            .distinct()
            .toList());
  }

  private static java.net.URI uri(Class<?> of) {
    try {
      return of.getProtectionDomain().getCodeSource().getLocation().toURI();
    } catch (java.net.URISyntaxException e) {
      throw new AssertionError(e);
    }
  }

  private static String line(Process process) throws IOException {
    return new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))
        .readLine();
  }

  private static void end(Process process) throws InterruptedException {
    process.destroyForcibly();
    assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void a_new_folder_has_its_parts_for_its_owner_alone() throws Exception {
    Path path = temp.resolve("a/b/data");
    try (DataFolder folder = DataFolder.open(path, DISK)) {
      assertThat(Files.readString(path.resolve("FORMAT"))).isEqualTo("1\n");
      assertThat(Files.readString(path.resolve("LOCK")))
          .matches("pid=" + ProcessHandle.current().pid() + " host=\\S+ started=20\\S+Z\n");
      folder.createCollection(12);
      for (String made : List.of("", "catalog", "collections", "collections/12", "ingest")) {
        assertThat(mode(path.resolve(made))).as(made).isEqualTo("rwx------");
      }
      for (String made : List.of("FORMAT", "LOCK")) {
        assertThat(mode(path.resolve(made))).as(made).isEqualTo("rw-------");
      }
      assertThat(folder.strangers()).isEmpty();
      assertThat(folder.collection(12)).isEqualTo(path.resolve("collections/12"));
      Files.writeString(folder.collection(12).resolve("x"), "x");
      folder.removeCollection(12);
      folder.removeCollection(12);
      assertThat(path.resolve("collections")).isEmptyDirectory();
    }
    assertThat(path.resolve("LOCK")).isEmptyFile();
  }

  private static String mode(Path path) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
  }

  @Test
  void a_newer_format_is_refused_with_both_numbers_and_nothing_is_changed() throws Exception {
    Path path = Files.createDirectory(temp.resolve("data"));
    Files.writeString(path.resolve("FORMAT"), "2\n");

    for (int i = 0; i < 2; i++) {
      assertThatThrownBy(() -> DataFolder.open(path, DISK))
          .isInstanceOf(Failure.Damaged.class)
          .hasMessageContaining(path + " has format version 2")
          .hasMessageContaining("up to 1");
    }
    assertThatThrownBy(() -> DataFolder.openReadOnly(path, DISK))
        .isInstanceOf(Failure.Damaged.class);
    assertThat(DISK.list(path)).containsExactly("FORMAT");
    assertThat(path.resolve("FORMAT")).hasContent("2");
  }

  @Test
  void a_format_that_is_no_number_is_damage() throws Exception {
    for (String text : List.of("", "one", "1 2", "-1", "0", "99999999999999")) {
      Path path = Files.createDirectories(temp.resolve("data"));
      Files.writeString(path.resolve("FORMAT"), text);
      assertThatThrownBy(() -> DataFolder.open(path, DISK))
          .as(text)
          .isInstanceOf(Failure.Damaged.class);
    }
  }

  @Test
  void a_folder_that_lost_a_part_is_not_filled_up_in_silence() throws Exception {
    Path path = temp.resolve("data");
    try (DataFolder folder = DataFolder.open(path, DISK)) {
      Catalog.open(folder.catalog(), DISK).close();
      folder.createCollection(1);
    }

    Files.delete(path.resolve("FORMAT"));
    assertThatThrownBy(() -> DataFolder.open(path, DISK))
        .isInstanceOf(Failure.Damaged.class)
        .hasMessageContaining("FORMAT");
    Files.writeString(path.resolve("FORMAT"), "1\n");
    DataFolder.open(path, DISK).close();

    Files.delete(path.resolve("catalog/catalog.mcat"));
    assertThatThrownBy(() -> DataFolder.open(path, DISK))
        .isInstanceOf(Failure.Damaged.class)
        .hasMessageContaining("catalog.mcat is missing");
    assertThat(path.resolve("catalog")).isEmptyDirectory();
  }

  @Test
  @Tag("R-08")
  void strange_files_are_named_and_left_alone() throws Exception {
    Path path = temp.resolve("data");
    DataFolder.open(path, DISK).close();
    Files.writeString(path.resolve(".DS_Store"), "x");
    Files.writeString(path.resolve("FORMAT.tmp"), "half");
    Files.createDirectory(path.resolve("lost+found"));
    Files.writeString(path.resolve("catalog/catalog.mcat.tmp"), "half");
    Files.writeString(path.resolve("catalog/notes"), "x");

    try (DataFolder folder = DataFolder.open(path, DISK);
        Catalog catalog = Catalog.open(folder.catalog(), DISK)) {
      assertThat(folder.strangers()).containsExactly(".DS_Store", "lost+found");
      catalog.createCollection("a", CollectionConfig.unnamed(4, Distance.DOT), 1);
    }

    assertThat(path.resolve(".DS_Store")).hasContent("x");
    assertThat(path.resolve("catalog/notes")).hasContent("x");
    assertThat(path.resolve("lost+found")).isDirectory();
  }

  @Test
  void beside_a_writer_the_folder_can_be_looked_at() {
    Path path = temp.resolve("data");
    assertThatThrownBy(() -> DataFolder.openReadOnly(path, DISK))
        .isInstanceOf(Failure.Unavailable.class);
    assertThat(path).doesNotExist();

    try (DataFolder writing = DataFolder.open(path, DISK);
        Catalog catalog = Catalog.open(writing.catalog(), DISK);
        DataFolder looking = DataFolder.openReadOnly(path, DISK);
        Catalog seen = Catalog.openReadOnly(looking.catalog(), DISK)) {
      catalog.createCollection("a", CollectionConfig.unnamed(4, Distance.DOT), 1);
      assertThat(seen.reload()).isEqualTo(catalog.image());
    }
  }

  @Test
  @Tag("R-09")
  void a_second_process_is_refused_at_once_with_the_name_of_the_holder() throws Exception {
    Path path = temp.resolve("data");
    Process holder = start(path);
    try {
      assertThat(line(holder)).isEqualTo("holding");

      Instant before = Instant.now();
      assertThatThrownBy(() -> DataFolder.open(path, DISK))
          .isInstanceOf(Failure.Unavailable.class)
          .hasMessageContaining(path.toString())
          .hasMessageContaining("pid=" + holder.pid() + " host=")
          .hasMessageContaining("started=20");
      assertThat(Duration.between(before, Instant.now())).isLessThan(Duration.ofSeconds(20));

      Process third = start(path);
      try {
        assertThat(line(third)).startsWith("refused: ").contains("pid=" + holder.pid());
      } finally {
        end(third);
      }
    } finally {
      end(holder);
    }
  }

  @Test
  @Tag("R-09")
  void a_lock_left_by_a_killed_process_needs_no_hand() throws Exception {
    Path path = temp.resolve("data");
    Process holder = start(path);
    try {
      assertThat(line(holder)).isEqualTo("holding");
    } finally {
      end(holder); // SIGKILL
    }
    assertThat(Files.readString(path.resolve("LOCK"))).contains("pid=" + holder.pid());

    try (DataFolder folder = DataFolder.open(path, DISK)) {
      assertThat(Files.readString(folder.path().resolve("LOCK")))
          .contains("pid=" + ProcessHandle.current().pid() + " ");
    }
  }

  /// A second try in one process may not loosen the lock it holds: POSIX would.
  @Test
  @Tag("R-09")
  void a_second_try_of_the_same_process_is_refused_and_the_lock_holds() throws Exception {
    Path path = temp.resolve("data");
    try (DataFolder folder = DataFolder.open(path, DISK)) {
      assertThatThrownBy(() -> DataFolder.open(path, DISK))
          .isInstanceOf(Failure.Unavailable.class)
          .hasMessageContaining("by this process");
      assertThatThrownBy(() -> DataFolder.open(path.resolve("../data"), DISK))
          .isInstanceOf(Failure.Unavailable.class);

      Process other = start(path);
      try {
        assertThat(line(other)).startsWith("refused: ");
      } finally {
        end(other);
      }
      folder.close();
      folder.close();
    }
    DataFolder.open(path, DISK).close();
  }
}
