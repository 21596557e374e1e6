package io.millrace.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.app.command.Server;
import io.millrace.app.command.Shape;
import io.millrace.app.config.Configuration;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// What can be asked of sources over HTTP, in one process and in two.
@Timeout(120)
class IngestApiTest {
  private static final JsonMapper JSON = new JsonMapper();

  @TempDir Path folder;
  private final List<Server> servers = new ArrayList<>();
  private final HttpClient client = HttpClient.newHttpClient();
  private int port;

  private record Got(int status, JsonNode json, HttpResponse<String> raw) {
    JsonNode result() {
      assertThat(status).as(raw.body()).isEqualTo(200);
      return json.path("result");
    }
  }

  private void start(boolean two) throws Exception {
    Files.createDirectories(folder.resolve("in"));
    try (ServerSocket any = new ServerSocket(0)) {
      port = any.getLocalPort();
    }
    Path file =
        Files.writeString(
            folder.resolve("millrace.yaml"),
            """
            service: { http_port: %d }
            storage: { storage_path: %s, refresh_interval_ms: 100, commit_interval_sec: 1 }
            sources:
              inbox:
                type: files
                path: %s
                bindings: [ { files: ["*.ndjson"], collection: c } ]
            """
                .formatted(port, folder.resolve("data"), folder.resolve("in")));
    var settings = Configuration.read(Optional.of(file), Map.of(), List.of()).settings();
    if (two) {
      servers.add(Wiring.start(Shape.INGEST, settings));
      servers.add(Wiring.start(Shape.QUERY, settings));
    } else {
      servers.add(Wiring.start(Shape.SERVE, settings));
    }
    send("PUT", "/collections/c", "{'vectors':{'size':2,'distance':'Dot'}}").result();
  }

  @AfterEach
  void stop() {
    servers.reversed().forEach(Server::close);
    client.close();
  }

  private Got send(String method, String path, String body, String... headers) throws Exception {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
            .header("Content-Type", "application/json")
            .method(
                method,
                body.isEmpty()
                    ? BodyPublishers.noBody()
                    : BodyPublishers.ofString(body.replace('\'', '"')));
    for (int i = 0; i < headers.length; i += 2) {
      request.header(headers[i], headers[i + 1]);
    }
    HttpResponse<String> answer = client.send(request.build(), BodyHandlers.ofString());
    boolean json =
        answer.headers().firstValue("Content-Type").orElse("").equals("application/json");
    return new Got(
        answer.statusCode(), json ? JSON.readTree(answer.body()) : JSON.missingNode(), answer);
  }

  private interface Condition {
    boolean holds() throws Exception;
  }

  private static void await(Condition condition) throws Exception {
    long end = System.nanoTime() + 30_000_000_000L;
    while (!condition.holds()) {
      assertThat(System.nanoTime()).as("in time").isLessThan(end);
    }
  }

  private void drop(String name, String... lines) throws Exception {
    Path hidden = Files.writeString(folder.resolve(name), String.join("\n", lines) + "\n");
    Files.move(hidden, folder.resolve("in").resolve(name));
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void a_source_waits_while_a_quota_is_reached_and_loses_nothing(boolean two) throws Exception {
    start(two);
    send("PUT", "/quotas", "{'enabled':true,'max_disk_usage_percent':1}").result();
    drop("a.ndjson", "{\"id\":1,\"vector\":[1,2]}", "{\"id\":2,\"vector\":[2,1]}");

    await(() ->
        send("GET", "/ingest/sources/inbox", "").result().toString().contains("Disk usage is at "));
    JsonNode source = send("GET", "/ingest/sources/inbox", "").result();
    assertThat(source.path("state").asString()).isEqualTo("waiting");
    assertThat(source.path("dead").intValue(-1)).isZero();
    send("PUT", "/quotas", "{'enabled':false}").result();

    send("GET", "/ingest/wait?position=inbox/file/1@2&timeout=30", "").result();
    Got counted =
        send("POST", "/collections/c/points/count?min_position=inbox/file/1@2&timeout=30", "{}");
    assertThat(counted.result().path("count").intValue()).isEqualTo(2);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void a_read_sees_the_record_it_waits_for(boolean two) throws Exception {
    start(two);
    drop("a.ndjson", "{\"id\":1,\"vector\":[1,2]}", "{\"id\":2,\"vector\":[1]}");

    JsonNode waited = send("GET", "/ingest/wait?position=inbox/file/1@2&timeout=30", "").result();
    assertThat(waited.path("status").asString()).as(waited.toString()).isEqualTo("completed");
    assertThat(waited.path("dead_letters").size()).isEqualTo(1);
    Got counted =
        send(
            "POST",
            "/collections/c/points/count?timeout=30",
            "{}",
            "millrace-min-position",
            "inbox/file/1@2");
    assertThat(counted.result().path("count").intValue()).isEqualTo(1);
    assertThat(counted.raw().headers().firstValue("millrace-position")).contains("inbox/file/1@2");
    Got late =
        send("POST", "/collections/c/points/count?min_position=inbox/file/2@1&timeout=1", "{}");
    assertThat(late.status()).isEqualTo(408);
    assertThat(late.raw().body()).contains("not searchable yet: lag ");

    JsonNode fresh = send("GET", "/ingest/wait?position=inbox/file/1@2&timeout=30", "").result();
    assertThat(fresh.path("status").asString()).isEqualTo("completed");
    await(() ->
        send("GET", "/metrics", "")
            .raw()
            .body()
            .contains("freshness_seconds_count{source=\"inbox\"} 1\n"));
    assertThat(send("GET", "/ingest/sources", "").result().get(0).path("freshness_p99").isNumber())
        .isTrue();

    // The file has two lines and is finished: there is nothing to wait for.
    JsonNode beyond = send("GET", "/ingest/wait?position=inbox/file/1@99&timeout=30", "").result();
    assertThat(beyond.path("status").asString()).isEqualTo("completed");

    JsonNode letters = send("GET", "/ingest/dead-letters?source=inbox", "").result();
    assertThat(letters.get(0).path("code").asString()).isEqualTo("VECTOR_DIMENSION");
    String id = letters.get(0).path("id").asString();
    JsonNode letter =
        send("GET", "/ingest/dead-letters/" + id.replace("/", "%2F").replace(":", "%3A"), "")
            .result();
    assertThat(letter.path("value_b64").asString()).isNotEmpty();
    assertThat(send("GET", "/ingest/dead-letters?code=ENCODING", "").result().isEmpty()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void metrics_count_letters_files_and_remembered_deletes(boolean two) throws Exception {
    start(two);
    String remembered = "{\"id\":7,\"op\":\"delete\",\"version\":3}";
    drop("a.ndjson", remembered, "{\"id\":2,\"vector\":[1]}", "{\"id\":3,\"vector\":[1]}");
    awaitMetrics(
        "millrace_files_total{source=\"inbox\",outcome=\"done\"} 1",
        "millrace_files{source=\"inbox\",state=\"waiting\"} 0",
        "millrace_file_bytes_total{source=\"inbox\"} " + (remembered.length() + 1 + 2 * 22),
        "millrace_dead_letters_total{source=\"inbox\",code=\"VECTOR_DIMENSION\"} 2",
        "millrace_dead_letters{source=\"inbox\"} 2",
        "millrace_dead_letters_expired_total{source=\"inbox\"} 0",
        "millrace_version_markers{collection=\"c\"} 1"); // with the next commit

    send("POST", "/ingest/dead-letters/purge", "{'source':'inbox','limit':1,'confirm':true}")
        .result();
    awaitMetrics(
        "millrace_dead_letters_total{source=\"inbox\",code=\"VECTOR_DIMENSION\"} 2",
        "millrace_dead_letters{source=\"inbox\"} 1");
  }

  private void awaitMetrics(String... lines) throws Exception {
    List<String> missing = new ArrayList<>();
    long end = System.nanoTime() + 30_000_000_000L;
    do {
      missing.clear();
      missing.addAll(List.of(lines));
      missing.removeAll(send("GET", "/metrics", "").raw().body().lines().toList());
    } while (!missing.isEmpty() && System.nanoTime() < end);
    assertThat(missing).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void sources_are_listed_stopped_and_made(boolean two) throws Exception {
    start(two);
    JsonNode list = send("GET", "/ingest/sources", "").result();
    assertThat(list.get(0).path("name").asString()).isEqualTo("inbox");
    JsonNode paused = send("POST", "/ingest/sources/inbox/pause", "").result();
    assertThat(paused.path("paused").booleanValue()).isTrue();
    assertThat(paused.path("owner").asString()).isEqualTo("file");
    assertThat(
            send("POST", "/ingest/sources/inbox/resume", "").result().path("paused").booleanValue())
        .isFalse();
    assertThat(send("POST", "/ingest/sources/none/pause", "").status()).isEqualTo(404);
    assertThat(send("DELETE", "/ingest/sources/inbox", "").status()).isEqualTo(409);

    Files.createDirectories(folder.resolve("data/inbox/more"));
    String config =
        "{'type':'files','path':'%s','bindings':[{'files':['*'],'collection':'%s'}]}"
            .formatted(folder.resolve("data/inbox/more"), "c");
    Got made = send("PUT", "/ingest/sources/more", config);
    assertThat(made.result().path("owner").asString()).isEqualTo("api");
    Got refused = send("PUT", "/ingest/sources/more", config.replace("'c'", "'unknown'"));
    assertThat(refused.status()).isEqualTo(400);
    assertThat(refused.raw().body()).contains("There is no collection 'unknown'");
    assertThat(send("DELETE", "/ingest/sources/more", "").result().booleanValue()).isTrue();

    String record = "{'source':'inbox','file':'a.ndjson','value':{'id':1,'vector':%s}}";
    JsonNode good = send("POST", "/ingest/validate", record.formatted("[1,2]")).result();
    assertThat(good.path("operations").toString()).isEqualTo("[\"upsert\"]");
    JsonNode bad = send("POST", "/ingest/validate", record.formatted("'x'")).result();
    assertThat(bad.path("outcome").asString()).isEqualTo("dead");
    assertThat(bad.path("pointer").asString()).isEqualTo("/vector");
  }
}
