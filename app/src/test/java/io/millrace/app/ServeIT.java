package io.millrace.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.app.Processes.Ended;
import io.millrace.app.Processes.Running;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `millrace serve` and the commands against it, as people start them.
class ServeIT {
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
  void a_signal_stops_it_in_time_with_exit_code_0() {
    for (String signal : new String[] {"TERM", "INT"}) {
      Running server = serve();
      assertThat(server.text("/readyz")).isEqualTo("all shards are ready");

      server.signal(signal);

      assertThat(server.exitCode(STOP)).as(signal).isZero();
    }
  }

  @Test
  void what_was_acknowledged_is_there_after_kill_9() {
    Running server = serve();
    createWords(server);
    for (int id = 1; id <= 50; id++) {
      server.call("PUT", "/collections/words/points?wait=false", point(id)).result();
    }

    server.kill();
    Running again = serve();

    assertThat(count(again)).isEqualTo(50);
  }

  @Test
  void a_taken_port_is_one_line_with_cause_and_cure() {
    Running server = serve();
    String port = server.url().substring(server.url().lastIndexOf(':') + 1);

    Ended second = processes.run("serve", "-d", folder.resolve("other").toString(), "-p", port);

    assertThat(second.exitCode()).isEqualTo(1);
    assertThat(second.err())
        .isEqualTo(
            "millrace serve: 127.0.0.1:"
                + port
                + " is in use by another process; stop that one or choose another port by"
                + " --port\n");
  }

  @Test
  void a_second_server_on_the_folder_is_told_who_has_it() {
    Running server = serve();

    Ended second = processes.run("serve", "-d", data(), "-p", "0");

    assertThat(second.exitCode()).isEqualTo(1);
    assertThat(second.err()).contains("is in use by").contains("pid=" + server.pid());
    assertThat(second.err().lines()).hasSize(1);
  }

  @Test
  void a_folder_of_a_newer_format_is_left_alone() throws IOException {
    Path data = Files.createDirectory(folder.resolve("data"));
    Files.writeString(data.resolve("FORMAT"), "999\n");

    Ended ended = processes.run("serve", "-d", data.toString(), "-p", "0");

    assertThat(ended.exitCode()).isEqualTo(1);
    assertThat(ended.err()).contains("999").doesNotContain("Exception");
    assertThat(ended.err().lines()).hasSize(1);
    try (var files = Files.list(data)) {
      assertThat(files).containsExactly(data.resolve("FORMAT"));
    }
  }

  @Test
  void a_folder_that_is_a_file_is_named() throws IOException {
    Path file = Files.writeString(folder.resolve("file"), "x");

    Ended ended = processes.run("serve", "-d", file.toString(), "-p", "0");

    assertThat(ended.exitCode()).isEqualTo(1);
    assertThat(ended.err())
        .isEqualTo(
            "millrace serve: the data folder "
                + file
                + " is a file; choose a folder by --data-dir\n");
  }

  @Test
  void qdrants_environment_variables_start_it_where_a_harness_expects_it() {
    Path data = folder.resolve("qdrant-data");

    Running server =
        processes.server(
            Map.of(
                "QDRANT__SERVICE__HTTP_PORT", "0",
                "QDRANT__SERVICE__GRPC_PORT", "0",
                "QDRANT__SERVICE__HOST", "127.0.0.1",
                "QDRANT__STORAGE__STORAGE_PATH", data.toString(),
                "QDRANT__STORAGE__SNAPSHOTS_PATH", folder.resolve("snapshots").toString()),
            "serve");

    assertThat(server.status("/readyz")).isEqualTo(200);
    assertThat(data.resolve("FORMAT")).exists();
  }

  @Test
  void an_api_key_from_the_environment_is_asked_for() {
    Running server =
        processes.server(
            Map.of("QDRANT__SERVICE__API_KEY", "sesame"), "serve", "-d", data(), "-p", "0");

    assertThat(server.status("/collections")).isEqualTo(401);
    assertThat(server.status("/readyz")).isEqualTo(200);
  }

  @Test
  void a_client_shows_the_key_of_a_file_else_that_of_its_variable() throws IOException {
    Path key = Files.writeString(folder.resolve("key"), "sesame\n");
    Running server =
        processes.server("serve", "-d", data(), "-p", "0", "--api-key-file", key.toString());

    Ended without = processes.run("collections", "--url", server.url());
    Ended with =
        processes.run("collections", "--url", server.url(), "--api-key-file", key.toString());
    Map<String, String> variable = Map.of("MILLRACE_API_KEY", "sesame");
    Ended by = processes.run(variable, "collections", "--url", server.url());

    assertThat(without.exitCode()).isEqualTo(1);
    assertThat(without.err()).contains("(status 401)");
    assertThat(with.exitCode()).as(with.err()).isZero();
    assertThat(by.exitCode()).as(by.err()).isZero();
  }

  @Test
  void mistakes_of_the_command_line_end_with_2_and_the_nearest_name() {
    assertUsage("unknown option --prot; did you mean --port?", "serve", "--prot", "1");
    assertUsage("unknown command serv; did you mean serve?", "serv");
    assertUsage("millrace: unknown command serv; did you mean serve?", "help", "serv");
    assertUsage(
        "millrace backup: unknown command lsit; did you mean list?", "help", "backup", "lsit");
    assertUsage(
        "flag --set service.htp_port: unknown key service.htp_port; did you mean"
            + " service.http_port?",
        "serve",
        "--set",
        "service.htp_port=1");
    assertUsage("expected a whole number from 0 to 65535, got many", "serve", "--port", "many");
  }

  @Test
  void help_and_checked_configuration_end_with_0() {
    assertThat(processes.run("--help").out()).contains("serve", "ingest", "query", "completion");
    assertThat(processes.run("--version").out()).matches("millrace \\d+\\.\\d+\\.\\d+.*\n");
    assertThat(processes.run("help").out()).isEqualTo(processes.run("--help").out());
    assertThat(processes.run("help", "collections", "rm").out())
        .isEqualTo(processes.run("collections", "rm", "--help").out());
    Ended checked = processes.run("serve", "--check-config", "--port", "7");
    assertThat(checked.exitCode()).isZero();
    assertThat(checked.out())
        .containsPattern("service.http_port += 7 +# flag --port\n")
        .containsPattern("log_level += info +# built in; SIGHUP reads it again\n");
  }

  @Test
  void a_temporary_folder_goes_with_the_server() {
    Running server = processes.start(Map.of(), "serve", "-d", ":temp", "-p", "0");
    String ready = server.awaitLine("Ready shape=");
    Path data =
        Path.of(ready.substring(ready.indexOf("data=") + 5, ready.indexOf(" collections=")));
    assertThat(data).isDirectory();

    server.signal("TERM");

    assertThat(server.exitCode(STOP)).isZero();
    assertThat(data).doesNotExist();
  }

  @Test
  void the_commands_write_search_count_and_delete() throws IOException {
    Running server = serve();
    String url = server.url();
    Path points = folder.resolve("points.ndjson");
    Files.writeString(
        points,
        "{\"id\":1,\"vector\":[1,0],\"payload\":{\"n\":12345678901234567890}}\n"
            + "{\"id\":2,\"vector\":[0,1]}\n");

    Ended upsert =
        processes.run("upsert", "--url", url, "-c", "words", points.toString(), "-o", "table");
    Ended one = processes.run("upsert", "--url", url, "-c", "words", "-i", "3", "-v", "0.9,0.1");
    Ended search =
        processes.run(
            "search", "--url", url, "-c", "words", "-v", "[1, 0]", "-l", "2", "-o", "json");
    Ended delete = processes.run("delete", "--url", url, "-c", "words", "-i", "2,3");
    Ended count = processes.run("count", "--url", url, "-c", "words", "-o", "table");
    Ended collections = processes.run("collections", "--url", url, "-o", "table");
    Ended missing = processes.run("count", "--url", url, "-c", "nowhere");
    Ended refused = processes.run("collections", "rm", "--url", url, "words");
    Ended removed = processes.run("collections", "rm", "--url", url, "words", "--yes");

    assertThat(upsert.out()).isEqualTo("wrote 2 points\n");
    assertThat(one.exitCode()).isZero();
    assertThat(search.out()).contains("12345678901234567890").contains("\"id\" : 3");
    assertThat(delete.exitCode()).as(delete.err()).isZero();
    assertThat(count.out()).isEqualTo("1\n");
    assertThat(collections.out()).contains("words").contains("green");
    assertThat(missing.exitCode()).isEqualTo(1);
    assertThat(missing.err())
        .isEqualTo("millrace count: Not found: Collection `nowhere` doesn't exist! (status 404)\n");
    assertThat(refused.exitCode()).isEqualTo(1);
    assertThat(removed.exitCode()).isZero();
  }

  @Test
  void a_watched_status_shows_a_change_and_ends_on_a_signal() {
    Running server = serve();
    for (String signal : new String[] {"INT", "TERM"}) {
      Running watch =
          processes.start(Map.of(), "status", "--watch", "--url", server.url(), "-o", "json");
      watch.awaitLine("\"ready\" : true");

      String name = "words-" + signal.toLowerCase(Locale.ROOT);
      server
          .call("PUT", "/collections/" + name, "{\"vectors\":{\"size\":2,\"distance\":\"Dot\"}}")
          .result();

      assertThat(watch.awaitLine(name)).contains("\"name\" : \"" + name + "\"");
      watch.signal(signal);
      assertThat(watch.exitCode(STOP)).as(signal).isEqualTo(signal.equals("INT") ? 130 : 143);
    }
  }

  @Test
  void a_collection_that_cannot_be_backed_up_stops_no_other() throws IOException {
    Running server = serve();
    createWords(server);
    server
        .call("PUT", "/collections/broken", "{\"vectors\":{\"size\":2,\"distance\":\"Dot\"}}")
        .result();
    Files.createDirectories(folder.resolve("data/snapshots"));
    Files.createFile(folder.resolve("data/snapshots/broken")); // where its folder would be
    String target = folder.resolve("backups").toString();

    Ended snapshots =
        processes.run("snapshot", "create", "--all", "--url", server.url(), "-o", "table");
    Ended backups = processes.run("backup", "create", target, "--url", server.url(), "-o", "table");
    Ended listed = processes.run("backup", "list", target, "-o", "table");

    assertThat(snapshots.exitCode()).isEqualTo(1);
    assertThat(snapshots.out()).contains("words-0-");
    assertThat(snapshots.err()).contains("/collections/broken/snapshots: ");
    assertThat(backups.exitCode()).isEqualTo(1);
    assertThat(backups.out()).contains("words");
    assertThat(backups.err()).contains("millrace backup create: no backup of broken: ");
    assertThat(listed.exitCode()).isZero();
    assertThat(listed.out()).contains("words").doesNotContain("broken");
  }

  @Test
  void a_client_without_a_server_says_what_to_do() {
    Ended ended = processes.run("status", "--url", "http://127.0.0.1:1");

    assertThat(ended.exitCode()).isEqualTo(1);
    assertThat(ended.err())
        .isEqualTo(
            "millrace status: no server answers at http://127.0.0.1:1; start one with `millrace"
                + " serve`, or name it by --url\n");
  }

  private void assertUsage(String sentence, String... arguments) {
    Ended ended = processes.run(arguments);
    assertThat(ended.exitCode()).as(ended.err()).isEqualTo(2);
    assertThat(ended.err()).contains(sentence);
  }

  private Running serve() {
    return processes.server("serve", "-d", data(), "-p", "0");
  }

  private String data() {
    return folder.resolve("data").toString();
  }

  static void createWords(Running server) {
    server
        .call("PUT", "/collections/words", "{\"vectors\":{\"size\":2,\"distance\":\"Dot\"}}")
        .result();
  }

  static String point(int id) {
    return "{\"points\":[{\"id\":" + id + ",\"vector\":[1," + id + "]}]}";
  }

  static long count(Running server) {
    return server
        .call("POST", "/collections/words/points/count", "{}")
        .result()
        .path("count")
        .longValue();
  }
}
