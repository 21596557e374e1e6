package io.millrace.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.millrace.app.Processes.Ended;
import io.millrace.app.Processes.Running;
import io.millrace.app.host.DatagramInbox;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What service managers, containers and operators do with a server.
class OperateIT {
  private static final Duration STOP = Duration.ofSeconds(10);

  @TempDir private Path folder;
  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private Processes processes;

  @BeforeEach
  void open() {
    processes = new Processes();
  }

  @AfterEach
  void close() {
    http.close();
    if (processes != null) {
      processes.close();
    }
  }

  @Test
  void a_health_check_says_ready_by_its_exit_code() throws IOException {
    Running server = serve(Map.of());
    String port = server.url().substring(server.url().lastIndexOf(':') + 1);

    Ended up = processes.run("health", "--port", port);
    Ended byEnvironment =
        processes.run(Map.of("MILLRACE__SERVICE__HTTP_PORT", port), "health", "--path", "/livez");
    server.kill();
    Ended down = processes.run("health", "--port", port);
    Ended wrong = processes.run("health", "--prot", port);

    assertThat(up.exitCode()).as(up.out() + up.err()).isZero();
    assertThat(up.out()).isEqualTo("ready\n");
    assertThat(byEnvironment.exitCode()).isZero();
    assertThat(down.exitCode()).isEqualTo(1);
    assertThat(down.out()).contains("nothing answers at 127.0.0.1:" + port);
    assertThat(wrong.exitCode()).isEqualTo(2);
  }

  @Test
  void the_operators_port_shows_metrics_and_probes_without_the_key() {
    Running server =
        serve(
            Map.of("MILLRACE__SERVICE__API_KEY", "sesame", "MILLRACE__SERVICE__METRICS_PORT", "0"));
    String url = operatorsUrl(server);

    String metrics = get(url + "/metrics").body();

    assertThat(server.status("/metrics")).isEqualTo(401);
    assertThat(metrics)
        .contains("app_info{", "jvm_memory_used_bytes{area=\"heap\"}", "millrace_ready 1\n");
    assertThat(get(url + "/readyz").statusCode()).isEqualTo(200);
    assertThat(get(url + "/livez").statusCode()).isEqualTo(200);
    assertThat(get(url + "/collections").statusCode()).isEqualTo(404);
  }

  @Test
  void an_ingest_process_shows_its_sources_on_the_operators_port() throws IOException {
    Files.createDirectory(folder.resolve("inbox"));
    Running ingest =
        processes.server(
            Map.of("MILLRACE__SERVICE__METRICS_PORT", "0"),
            "ingest",
            "-d",
            data(),
            "--inbox",
            folder.resolve("inbox").toString());
    String url = operatorsUrl(ingest);

    assertThat(get(url + "/metrics").body())
        .contains("millrace_source_state{source=\"inbox\",state=\"running\"} 1");
    assertThat(get(url + "/readyz").statusCode()).isEqualTo(200);
  }

  @Test
  void the_access_log_has_ids_and_routes_and_nothing_secret() {
    Running server =
        serve(
            Map.of(
                "MILLRACE__SERVICE__API_KEY", "sesame",
                "MILLRACE__LOGGER__ACCESS", "all",
                "MILLRACE__LOGGER__FORMAT", "json"));
    String secretBody = "{\"points\":[{\"id\":1,\"vector\":[0.125],\"payload\":{\"a\":\"hush\"}}]}";

    HttpResponse<String> given =
        put(server, "/collections/words/points?x=whisper", secretBody, "order-7");
    String line = server.awaitLine("\"request_id\":\"order-7\"");
    HttpResponse<String> forged = put(server, "/collections/words", "{}", "a status=200");

    assertThat(given.headers().firstValue("x-request-id")).contains("order-7");
    assertThat(line)
        .startsWith("{")
        .contains(
            "\"logger\":\"access\"",
            "\"method\":\"PUT\"",
            "\"route\":\"/collections/{collection_name}/points\"",
            "\"status\":404")
        .doesNotContain("sesame", "hush", "0.125", "whisper");
    assertThat(forged.headers().firstValue("x-request-id").orElseThrow())
        .hasSize(36)
        .doesNotContain(" ");
  }

  @Test
  void the_slow_log_has_id_and_route_and_the_level_changes_by_api() {
    Running server =
        serve(
            Map.of(
                "MILLRACE__SERVICE__SLOW_QUERY_SECS", "0.001",
                "MILLRACE__LOGGER__FORMAT", "json"));
    put(
        server,
        "/collections/words",
        "{\"vectors\":{\"size\":1,\"distance\":\"Dot\"}}",
        "made-1"); // makes files, which takes longer than that
    String slow = server.awaitLine("\"request_id\":\"made-1\"");

    server.call("POST", "/logger", "{\"log_level\":\"error\"}");
    String changed = server.call("GET", "/logger", "").result().path("log_level").asString();

    assertThat(slow)
        .contains("\"logger\":\"slow\"", "\"level\":\"WARN\"", "\"collection\":\"words\"")
        .contains("\"route\":\"/collections/{collection_name}\"");
    assertThat(changed).isEqualTo("ERROR");
  }

  @Test
  void lines_go_into_a_file_too_which_is_put_aside_at_its_size() throws IOException {
    Path log = folder.resolve("logs").resolve("millrace.log");
    Running server =
        serve(
            Map.of(
                "MILLRACE__LOGGER__ACCESS", "all",
                "MILLRACE__LOGGER__ON_DISK__ENABLED", "true",
                "MILLRACE__LOGGER__ON_DISK__LOG_FILE", log.toString(),
                "MILLRACE__LOGGER__ON_DISK__MAX_SIZE_MB", "1",
                "MILLRACE__LOGGER__ON_DISK__MAX_FILES", "1"));

    assertThat(Files.readString(log)).contains(server.awaitLine("Ready shape="));
    Path aside = log.resolveSibling("millrace.log.1");
    Processes.await(
        "the file is put aside",
        () -> {
          for (int i = 0; i < 500; i++) {
            server.status("/collections");
          }
          return Files.exists(aside);
        });

    assertThat(Files.size(aside)).isBetween(1L << 20, 2L << 20);
    try (var files = Files.list(log.getParent())) {
      assertThat(files).containsExactlyInAnyOrder(log, aside);
    }
  }

  @Test
  void a_log_file_that_cannot_be_written_is_one_line_with_cause_and_cure() throws IOException {
    Path file = Files.writeString(folder.resolve("file"), "x");

    Ended ended =
        processes.run(
            Map.of(
                "MILLRACE__LOGGER__ON_DISK__ENABLED",
                "true",
                "MILLRACE__LOGGER__ON_DISK__LOG_FILE",
                file.resolve("l.log").toString()),
            "serve",
            "-d",
            folder.resolve("data").toString(),
            "-p",
            "0");

    assertThat(ended.exitCode()).isEqualTo(1);
    assertThat(ended.err())
        .startsWith("millrace serve: the log file " + file.resolve("l.log") + " cannot be written")
        .endsWith("; choose another by logger.on_disk.log_file\n");
    assertThat(ended.err().lines()).hasSize(1);
  }

  @Test
  void a_changed_key_and_log_level_hold_after_sighup_and_a_mistake_changes_nothing()
      throws IOException {
    Path key = Files.writeString(folder.resolve("key"), "old");
    Path config = Files.writeString(folder.resolve("c.yaml"), "log_level: info\n");
    Running server =
        processes.server(
            Map.of("MILLRACE__SERVICE__API_KEY_FILE", key.toString()),
            "serve",
            "-d",
            data(),
            "-p",
            "0",
            "--config",
            config.toString());

    Files.writeString(key, "new");
    server.signal("HUP");

    assertThat(server.awaitLine("Configuration read again")).endsWith("changed=service.api_key");
    assertThat(status(server, "old")).isEqualTo(401);
    assertThat(status(server, "new")).isEqualTo(200);

    Files.writeString(config, "log_level: warn\nservice: { api_key: x, htp_port: 1 }\n");
    server.signal("HUP");
    String fault = server.awaitLine("Configuration not taken over");

    assertThat(fault).contains("line 2", "htp_port", "did you mean service.http_port?");
    assertThat(status(server, "new")).isEqualTo(200);
  }

  @Test
  void sighup_names_what_was_taken_over_and_what_waits_for_a_restart() throws IOException {
    Path config = Files.writeString(folder.resolve("c.yaml"), "log_level: info\n");
    Running server =
        processes.server("serve", "-d", data(), "-p", "0", "--config", config.toString());

    Files.writeString(
        config,
        """
        log_level: debug
        service: { slow_query_secs: 2, enable_cors: false }
        sources:
          drop: { type: files, path: ./drop, bindings: [ { files: ["*"], allow: ["*"] } ] }
        """);
    server.signal("HUP");

    assertThat(server.awaitLine("Configuration read again"))
        .endsWith("changed=service.slow_query_secs,log_level,sources.drop");
    assertThat(server.awaitLine("hold after a restart")).endsWith("keys=service.enable_cors");
  }

  @Test
  void without_a_collector_no_class_of_the_tracing_sdk_is_loaded() throws IOException {
    Path loaded = folder.resolve("classes.txt");
    Running server =
        serve(Map.of("MILLRACE_JAVA_OPTS", "-Xmx512m -Xlog:class+load:file=" + loaded));
    server.call("PUT", "/collections/words", "{\"vectors\":{\"size\":1,\"distance\":\"Dot\"}}");

    assertThat(Files.readString(loaded))
        .contains("io.millrace.api.http.Exchange ")
        .doesNotContain("io.opentelemetry.sdk.", "io.opentelemetry.exporter.");
  }

  @Test
  void systemd_is_told_ready_alive_and_stopping() {
    assumeTrue(System.getProperty("os.name").contains("Linux"), "skipped: no Linux");
    String address = "@millrace-it-" + ProcessHandle.current().pid();
    try (var manager = new DatagramInbox(address)) {
      Running server = serve(Map.of("NOTIFY_SOCKET", address, "WATCHDOG_USEC", "200000"));

      assertThat(manager.await("EXTEND_TIMEOUT_USEC=")).contains("STATUS=starting");
      assertThat(manager.await("READY=1")).contains("STATUS=ready");
      assertThat(manager.await("WATCHDOG=1")).isEqualTo("WATCHDOG=1");
      server.signal("HUP");
      assertThat(manager.await("RELOADING=1")).contains("MONOTONIC_USEC=");
      assertThat(manager.await("READY=1")).contains("STATUS=ready");
      server.signal("TERM");
      assertThat(manager.await("STOPPING=1")).contains("STOPPING=1");
      assertThat(server.exitCode(STOP)).isZero();
    }
  }

  /// What a rolling update of one replica does: SIGTERM, then the next process on the same folder,
  /// while a writer goes on. Whatever was answered by 200 is there at the end.
  @Test
  void a_rolling_update_loses_no_acknowledged_write() throws InterruptedException {
    var server = new AtomicReference<>(serve(Map.of()));
    server
        .get()
        .call("PUT", "/collections/words", "{\"vectors\":{\"size\":1,\"distance\":\"Dot\"}}");
    Set<Integer> acknowledged = new ConcurrentSkipListSet<>();
    var done = new AtomicBoolean();
    Thread writer =
        Thread.ofVirtual()
            .name("writer")
            .start(() -> {
              for (int id = 1; !done.get(); id++) {
                while (!done.get() && !isWritten(server.get(), id)) {
                  LockSupport.parkNanos(2_000_000); // what Retry-After asks of clients, shorter
                }
                if (!done.get()) {
                  acknowledged.add(id);
                }
              }
            });

    for (int update = 1; update <= 3; update++) {
      int before = acknowledged.size();
      Processes.await("writes go on", () -> acknowledged.size() > before + 50);
      server.get().signal("TERM");
      assertThat(server.get().exitCode(STOP)).as("update " + update).isZero();
      server.set(serve(Map.of()));
    }
    int before = acknowledged.size();
    Processes.await("writes go on", () -> acknowledged.size() > before + 50);
    done.set(true);
    writer.join();

    var there = new ConcurrentSkipListSet<Integer>();
    for (var each :
        server
            .get()
            .call("POST", "/collections/words/points/scroll", "{\"limit\":1000000}")
            .result()
            .path("points")) {
      there.add(each.path("id").intValue());
    }
    assertThat(there).containsAll(acknowledged);
  }

  private boolean isWritten(Running server, int id) {
    try {
      String body = "{\"points\":[{\"id\":" + id + ",\"vector\":[1]}]}";
      return put(server, "/collections/words/points?wait=" + (id % 7 == 0), body, "w").statusCode()
          == 200;
    } catch (java.io.UncheckedIOException between) {
      return false;
    }
  }

  private Running serve(Map<String, String> environment) {
    var all = new HashMap<String, String>(environment);
    return processes.server(all, "serve", "-d", data(), "-p", "0");
  }

  private String data() {
    return folder.resolve("data").toString();
  }

  private static String operatorsUrl(Running running) {
    String line = running.awaitLine("Operator's port open");
    int at = line.indexOf("metrics=") + "metrics=".length();
    return line.substring(at, line.indexOf("/metrics", at));
  }

  private int status(Running server, String key) {
    return send(HttpRequest.newBuilder(URI.create(server.url() + "/collections"))
            .header("api-key", key)
            .build())
        .statusCode();
  }

  private HttpResponse<String> get(String url) {
    return send(HttpRequest.newBuilder(URI.create(url)).build());
  }

  private HttpResponse<String> put(Running server, String path, String body, String id) {
    return send(
        HttpRequest.newBuilder(URI.create(server.url() + path))
            .header("Content-Type", "application/json")
            .header("api-key", "sesame")
            .header("x-request-id", id)
            .PUT(BodyPublishers.ofString(body))
            .build());
  }

  private HttpResponse<String> send(HttpRequest request) {
    try {
      return http.send(request, BodyHandlers.ofString());
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
