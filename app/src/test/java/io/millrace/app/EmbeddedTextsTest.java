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
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Texts from files and from REST under one roof, wired as a server is; the model is a stand-in
/// that the class path of the tests brings.
@Timeout(120)
class EmbeddedTextsTest {
  private static final JsonMapper JSON = new JsonMapper();

  @TempDir Path folder;
  private final List<Server> servers = new ArrayList<>();
  private final HttpClient client = HttpClient.newHttpClient();
  private int port;

  private void start(boolean enabled, Shape... shapes) throws Exception {
    Files.createDirectories(folder.resolve("in"));
    try (ServerSocket any = new ServerSocket(0)) {
      port = any.getLocalPort();
    }
    Path file =
        Files.writeString(
            folder.resolve("millrace.yaml"),
            """
            service: { http_port: %d }
            storage: { storage_path: %s, refresh_interval_ms: 100 }
            inference: { enabled: %s }
            sources:
              inbox:
                type: files
                path: %s
                bindings: [ { files: ["*.ndjson"], collection: c } ]
            """
                .formatted(port, folder.resolve("data"), enabled, folder.resolve("in")));
    var settings = Configuration.read(Optional.of(file), Map.of(), List.of()).settings();
    for (Shape shape : shapes) {
      servers.add(Wiring.start(shape, settings));
    }
  }

  @AfterEach
  void stop() {
    servers.reversed().forEach(Server::close);
    client.close();
  }

  private JsonNode send(String method, String path, String body) throws Exception {
    var request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
            .header("Content-Type", "application/json")
            .method(
                method,
                body.isEmpty()
                    ? BodyPublishers.noBody()
                    : BodyPublishers.ofString(body.replace('\'', '"')))
            .build();
    return JSON.readTree(client.send(request, BodyHandlers.ofString()).body());
  }

  private void drop(String name, String... lines) throws Exception {
    Path hidden =
        Files.writeString(folder.resolve(name), String.join("\n", lines).replace('\'', '"') + "\n");
    Files.move(hidden, folder.resolve("in").resolve(name));
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void texts_of_a_file_and_of_rest_find_each_other(boolean two) throws Exception {
    start(true, two ? new Shape[] {Shape.INGEST, Shape.QUERY} : new Shape[] {Shape.SERVE});
    send(
        "PUT",
        "/collections/c",
        "{'vectors':{'size':8,'distance':'Cosine'},'sparse_vectors':{'s':{}}}");
    drop(
        "a.ndjson",
        "{'id':1,'vector':{'':{'text':'red fox','model':'test/words'},"
            + "'s':{'options':{'k':0},'model':'bm25','text':'foxes'}}}",
        "{'id':2,'vector':{'text':'red fox','model':'acme/bert'}}",
        "{'id':3,'vector':{'text':'blue whale','model':'test/words'}}");
    JsonNode put =
        send(
            "PUT",
            "/collections/c/points?wait=true",
            "{'points':[{'id':4,'vector':{'text':'fox red','model':'test/words'}}]}");
    assertThat(put.at("/usage/inference/models/test~1words/tokens").intValue()).isEqualTo(2);
    JsonNode waited = send("GET", "/ingest/wait?position=inbox/file/1@3&timeout=30", "");
    assertThat(waited.at("/result/status").asString()).isEqualTo("completed");

    JsonNode found =
        send(
            "POST",
            "/collections/c/points/query",
            "{'query':{'text':'red fox','model':'test/words'}}");

    List<Integer> ids = new ArrayList<>();
    found.at("/result/points").forEach(hit -> ids.add(hit.path("id").intValue()));
    assertThat(ids).containsExactly(1, 4, 3);
    assertThat(found.at("/result/points/1/score").doubleValue()).isGreaterThan(0.999);
    JsonNode sparse =
        send(
            "POST",
            "/collections/c/points/query",
            "{'query':{'text':'fox','model':'qdrant/bm25'},'using':'s'}");
    assertThat(sparse.at("/result/points/0/id").intValue()).isEqualTo(1);
    JsonNode letters = send("GET", "/ingest/dead-letters?source=inbox", "").path("result");
    assertThat(letters.size()).isEqualTo(1);
    assertThat(letters.at("/0/code").asString()).isEqualTo("NEEDS_EMBEDDER");
    assertThat(letters.at("/0/message").asString()).contains("Available models: `qdrant/bm25`");
  }

  @Test
  void without_an_embedder_a_stream_stands_and_goes_on_once_there_is_one() throws Exception {
    start(false, Shape.SERVE);
    send("PUT", "/collections/c", "{'vectors':{'size':8,'distance':'Cosine'}}");
    drop("a.ndjson", "{'id':1,'vector':{'text':'red fox','model':'test/words'}}");
    String why = "";
    while (!why.contains("InferenceService is not initialized")) {
      JsonNode source = send("GET", "/ingest/sources/inbox", "").path("result");
      why = source.toString();
      Thread.onSpinWait();
    }
    assertThat(why).contains("parked").doesNotContain("dead_letters\":1");
    servers.removeFirst().close();

    start(true, Shape.SERVE);

    JsonNode waited = send("GET", "/ingest/wait?position=inbox/file/1@1&timeout=30", "");
    assertThat(waited.at("/result/status").asString()).isEqualTo("completed");
    assertThat(send("GET", "/collections/c/points/1", "").at("/result/id").intValue()).isEqualTo(1);
  }
}
