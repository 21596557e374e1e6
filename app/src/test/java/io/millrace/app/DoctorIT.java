package io.millrace.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.millrace.app.Processes.Ended;
import io.millrace.app.Processes.Running;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `millrace doctor` on folders of a real server: whole after a stop and after kill -9, and every
/// kind of damage named by its file. Nothing is changed by looking.
class DoctorIT {
  @TempDir private Path folder;
  private Processes processes;

  @BeforeEach
  void open() {
    processes = new Processes();
  }

  @AfterEach
  void close() {
    if (processes != null) {
      processes.close();
    }
  }

  @Test
  void a_folder_is_whole_after_a_stop_and_after_kill_9_and_is_refused_while_a_server_has_it() {
    Running server = filled();
    Ended busy = doctor();
    server.kill();
    Ended killed = doctor();
    Running again = processes.server("serve", "-d", data().toString(), "-p", "0");
    again.signal("TERM");
    again.exitCode(Duration.ofSeconds(10));
    Ended stopped = doctor();
    Ended readable = processes.run("doctor", "-d", data().toString(), "--can-open");

    assertThat(busy.exitCode()).isEqualTo(1);
    assertThat(busy.err()).contains("is in use by").contains("pid=" + server.pid());
    assertThat(killed.exitCode()).as(killed.out()).isZero();
    assertThat(stopped.exitCode()).as(stopped.out()).isZero();
    assertThat(stopped.out()).endsWith("the data is whole\n");
    assertThat(readable.exitCode()).isZero();
  }

  @Test
  void a_limit_of_the_kernel_is_read_whole() throws IOException {
    Path file = Path.of("/proc/sys/vm/max_map_count");
    assumeTrue(Files.isReadable(file), "skipped: no such file on this system");
    long limit = Long.parseLong(Files.readAllLines(file).getFirst());
    Running server = filled();
    server.kill();

    String told = doctor().out();

    if (limit < 262_144) {
      assertThat(told).contains("vm.max_map_count: is " + limit + "; ");
    } else {
      assertThat(told).doesNotContain("max_map_count");
    }
  }

  @Test
  void damage_anywhere_is_found_and_named_and_nothing_is_changed() throws IOException {
    Running server = filled();
    server.signal("TERM");
    server.exitCode(Duration.ofSeconds(10));
    var tried = new ArrayList<String>();
    var kinds = new HashSet<String>();
    for (Path file : files()) {
      String name = data().relativize(file).toString();
      if (name.equals("LOCK") || name.endsWith(".lock") || name.startsWith("ingest")) {
        continue;
      }
      byte[] whole = Files.readAllBytes(file);
      String kind = file.getParent() + name.substring(name.lastIndexOf('.') + 1);
      if (whole.length == 0 || !kinds.add(kind)) {
        continue; // one of each kind
      }
      byte[] flipped = whole.clone();
      flipped[whole.length / 2] ^= 0x10;
      Files.write(file, flipped);
      Ended ended = doctor();
      assertThat(ended.exitCode()).as(name + "\n" + ended.out()).isEqualTo(1);
      assertThat(ended.out()).as(name).contains("DAMAGE").doesNotContain("\tat ");
      assertThat(Files.readAllBytes(file)).as(name).isEqualTo(flipped);
      Files.write(file, whole);
      tried.add(name);
    }
    assertThat(tried)
        .as("kinds of files")
        .anyMatch(n -> n.contains("catalog"))
        .anyMatch(n -> n.contains("index"))
        .contains("FORMAT");
    assertThat(doctor().exitCode()).isZero();
  }

  @Test
  void a_newer_format_and_a_folder_that_is_none_are_told() throws IOException {
    Files.createDirectories(data());
    Ended none = doctor();
    Files.writeString(data().resolve("FORMAT"), "999\n");
    Ended newer = processes.run("doctor", "-d", data().toString(), "--can-open");

    assertThat(none.exitCode()).isEqualTo(1);
    assertThat(none.err()).contains("is no data folder");
    assertThat(newer.exitCode()).isEqualTo(1);
    assertThat(newer.err()).contains("999");
  }

  private Running filled() {
    Running server = processes.server("serve", "-d", data().toString(), "-p", "0");
    server.call("PUT", "/collections/words", "{\"vectors\":{\"size\":4,\"distance\":\"Dot\"}}");
    var points = new StringBuilder();
    for (int id = 1; id <= 300; id++) {
      points.append(points.isEmpty() ? "" : ",").append("{\"id\":").append(id);
      points
          .append(",\"vector\":[1,2,3,")
          .append(id)
          .append("],\"payload\":{\"n\":")
          .append(id)
          .append("}}");
    }
    server
        .call("PUT", "/collections/words/points?wait=true", "{\"points\":[" + points + "]}")
        .result();
    return server;
  }

  private Ended doctor() {
    return processes.run("doctor", "-d", data().toString(), "-o", "table");
  }

  private Path data() {
    return folder.resolve("data");
  }

  private List<Path> files() {
    try (Stream<Path> files = Files.walk(data())) {
      return files.filter(Files::isRegularFile).sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
