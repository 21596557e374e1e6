package io.millrace.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.millrace.app.Processes.Ended;
import io.millrace.app.Processes.Running;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// Starts in surroundings that are not as they should be: each says what is wrong and what to do.
class StartIT {
  private static final Duration STOP = Duration.ofSeconds(10);

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
  void on_a_full_disk_it_says_so_in_one_line_and_starts_once_there_is_room() throws IOException {
    Path data = Files.createDirectory(folder.resolve("data"));
    try (var volume = new SmallVolume(data, 64)) {
      volume.fill();

      Ended full = serveOnce(data);

      assertThat(full.exitCode()).isEqualTo(1);
      assertThat(full.err())
          .isEqualTo(
              "millrace serve: the disk of "
                  + data
                  + " is full; free space on it and start again. Meanwhile `millrace query` with"
                  + " the same folder answers reads, as of the last commit\n");
      volume.relieve();
      assertThat(serve(data).text("/readyz")).isEqualTo("all shards are ready");
    }
  }

  @Test
  void what_was_written_is_there_after_a_start_that_found_the_disk_full() throws IOException {
    Path data = Files.createDirectory(folder.resolve("data"));
    try (var volume = new SmallVolume(data, 64)) {
      Running before = serve(data);
      ServeIT.createWords(before);
      before.call("PUT", "/collections/words/points?wait=false", ServeIT.point(1)).result();
      before.signal("TERM");
      assertThat(before.exitCode(STOP)).isZero();
      volume.fill();

      Ended full = serveOnce(data);

      assertThat(full.exitCode()).isEqualTo(1);
      assertThat(full.err()).contains("is full; free space on it and start again");
      assertThat(full.err().lines()).hasSize(1);
      Running reads = query(data);
      assertThat(ServeIT.count(reads)).as("reads go on").isEqualTo(1);
      assertThat(reads.call("PUT", "/collections/words/points", ServeIT.point(2)).status())
          .isEqualTo(503);
      reads.kill();
      volume.relieve();
      assertThat(ServeIT.count(serve(data))).isEqualTo(1);
    }
  }

  @Test
  void what_the_writer_never_published_is_told_and_read_once_it_is() throws IOException {
    Path data = folder.resolve("data");
    Running before = serve(data);
    ServeIT.createWords(before);
    before.call("PUT", "/collections/words/points?wait=false", ServeIT.point(1)).result();
    before.kill();
    Running query = query(data);

    Processes.Answer early = query.call("POST", "/collections/words/points/count", "{}");
    JsonNode info = query.call("GET", "/collections/words", "").result();

    assertThat(early.status()).isEqualTo(503);
    assertThat(early.error()).contains("the process that writes it has published nothing");
    assertThat(info.path("status").asString()).isEqualTo("yellow");
    assertThat(query.text("/metrics")).contains("collection_points{id=\"words\"} 0\n");
    processes.server("ingest", "-d", data.toString());
    Processes.await(
        "the log was replayed and published",
        () -> query.call("POST", "/collections/words/points/count", "{}").status() == 200);
    assertThat(ServeIT.count(query)).isEqualTo(1);
  }

  @Test
  void with_its_broker_away_it_serves_and_source_and_doctor_name_the_broker() throws IOException {
    Path config =
        Files.writeString(
            folder.resolve("c.yaml"),
            """
            kafka: { bootstrap: "127.0.0.1:1" }
            sources:
              orders: { type: kafka, topics: [words], bindings: [ { collection: words } ] }
            """);
    Path data = folder.resolve("data");
    Running server =
        processes.server("serve", "-d", data.toString(), "-p", "0", "--config", config.toString());

    ServeIT.createWords(server);
    server.call("PUT", "/collections/words/points?wait=true", ServeIT.point(1)).result();
    assertThat(server.status("/readyz")).isEqualTo(200);
    Processes.await(
        "the source names its broker",
        () -> source(server).path("why").asString().startsWith("Kafka at 127.0.0.1:1: "));
    assertThat(source(server).path("state").asString()).isEqualTo("waiting");

    server.signal("TERM");
    assertThat(server.exitCode(STOP)).isZero();
    Ended doctor =
        processes.run(
            "doctor", "-d", data.toString(), "--config", config.toString(), "-o", "table");
    assertThat(doctor.exitCode()).as(doctor.err()).isZero();
    assertThat(doctor.out())
        .contains("note    source orders: its broker 127.0.0.1:1 does not answer: ")
        .endsWith("the data is whole\n");
  }

  @Test
  void a_wrong_key_is_told_with_its_line_before_anything_is_made() throws IOException {
    Path config =
        Files.writeString(folder.resolve("c.yaml"), "service:\n  host: 127.0.0.1\n  htp_port: 1\n");
    Path data = folder.resolve("data");

    for (List<String> command :
        List.of(
            List.of("serve", "-d", data.toString(), "--config", config.toString()),
            List.of("serve", "--check-config", "--config", config.toString()))) {
      Ended ended = processes.run(command.toArray(String[]::new));

      assertThat(ended.exitCode()).isEqualTo(2);
      assertThat(ended.err())
          .isEqualTo(
              "millrace: "
                  + config
                  + " line 3: unknown key service.htp_port; did you mean service.http_port?\n");
    }
    assertThat(data).doesNotExist();
  }

  @Test
  void a_door_that_is_open_to_all_is_told_of() {
    Path data = folder.resolve("data");

    Running open = processes.server("serve", "-d", data.toString(), "-p", "0", "--host", "0.0.0.0");
    open.kill();
    Running local = serve(data);
    local.kill();
    Running locked =
        processes.server(
            Map.of("MILLRACE__SERVICE__API_KEY", "sesame"),
            "serve",
            "-d",
            data.toString(),
            "-p",
            "0",
            "--host",
            "0.0.0.0");

    String warning = "No key is set: everybody who reaches 0.0.0.0 may read";
    assertThat(open.output()).contains(warning);
    assertThat(local.output()).doesNotContain("No key is set");
    assertThat(locked.output()).doesNotContain("No key is set");
  }

  @Test
  void what_is_odd_about_the_machine_is_told_by_writer_and_reader() throws IOException {
    Path file = Path.of("/proc/sys/vm/max_map_count");
    assumeTrue(Files.isReadable(file), "skipped: no such file on this system");
    long limit = Long.parseLong(Files.readAllLines(file).getFirst());
    assumeTrue(limit < 262_144, "skipped: this system allows enough");

    Path data = folder.resolve("data");
    Running writing = serve(data);
    Running reading = processes.server("query", "-d", data.toString(), "-p", "0");

    String note = "Of this machine: vm.max_map_count is " + limit + "; many large collections";
    assertThat(writing.output()).contains(note);
    assertThat(reading.output()).contains(note);
  }

  private static JsonNode source(Running server) {
    return server.call("GET", "/ingest/sources", "").result().path(0);
  }

  private Running serve(Path data) {
    return processes.server("serve", "-d", data.toString(), "-p", "0");
  }

  private Running query(Path data) {
    return processes.server("query", "-d", data.toString(), "-p", "0");
  }

  private Ended serveOnce(Path data) {
    return processes.run("serve", "-d", data.toString(), "-p", "0");
  }

  /// A volume in memory that can be filled up; the test is skipped where mounting is not allowed.
  private static final class SmallVolume implements AutoCloseable {
    private final Path folder;

    SmallVolume(Path folder, int megabytes) {
      this.folder = folder;
      assumeTrue(
          command("mount", "-t", "tmpfs", "-o", "size=" + megabytes + "m", "tmpfs", folder),
          "skipped: no volume can be mounted here");
    }

    void fill() throws IOException {
      byte[] zeros = new byte[4 << 10];
      try (var out = Files.newOutputStream(ballast())) {
        while (Files.getFileStore(folder).getUsableSpace() > 0) {
          out.write(zeros);
        }
      }
    }

    void relieve() throws IOException {
      Files.delete(ballast());
    }

    private Path ballast() {
      return folder.resolve("ballast.bin");
    }

    @Override
    public void close() {
      command("umount", "-l", folder);
    }

    private static boolean command(Object... words) {
      try {
        String[] texts = List.of(words).stream().map(String::valueOf).toArray(String[]::new);
        return new ProcessBuilder(texts).redirectErrorStream(true).start().waitFor() == 0;
      } catch (IOException e) {
        return false;
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
    }
  }
}
