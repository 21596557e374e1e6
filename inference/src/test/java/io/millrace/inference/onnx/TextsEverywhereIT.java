package io.millrace.inference.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.millrace.ingest.kafka.KafkaBroker;
import java.io.File;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// A server in a process of its own with the real model, a real broker and an inbox: sentences that
/// came by Kafka, by a file and by REST are found by questions that share no word with them.
@Timeout(300)
class TextsEverywhereIT {
  private static final JsonMapper JSON = new JsonMapper();
  private static final String MODEL = "sentence-transformers/all-MiniLM-L6-v2";

  @TempDir Path folder;
  private final HttpClient client = HttpClient.newHttpClient();
  private int port;

  private Process server(KafkaBroker broker) throws IOException {
    try (ServerSocket any = new ServerSocket(0)) {
      port = any.getLocalPort();
    }
    Files.createDirectories(folder.resolve("in"));
    Path config =
        Files.writeString(
            folder.resolve("millrace.yaml"),
            """
            service: { http_port: %d }
            storage: { storage_path: %s, refresh_interval_ms: 100 }
            inference: { enabled: true, threads: 1 }
            kafka: { bootstrap: "%s" }
            sources:
              topic:
                type: kafka
                topics: [texts, rows]
                bindings:
                  - { topics: [texts], collection: c }
                  - topics: [rows]
                    collection: c
                    mapping: { id: /sku, vectors: { "": { at: /title, model: %s } } }
              inbox:
                type: files
                path: %s
                bindings: [ { files: ["*.ndjson"], collection: c } ]
            """
                .formatted(
                    port, folder.resolve("data"), broker.bootstrap(), MODEL, folder.resolve("in")));
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx512m",
            "--add-modules",
            "jdk.incubator.vector",
            "--enable-native-access=ALL-UNNAMED",
            "-cp",
            System.getProperty("java.class.path"),
            "io.millrace.app.Main",
            "serve",
            "--config",
            config.toString())
        .redirectErrorStream(true)
        .redirectOutput(folder.resolve("server.log").toFile())
        .start();
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

  private void awaitReady(Process server) throws Exception {
    while (true) {
      try {
        send("GET", "/collections", "");
        return;
      } catch (IOException notYet) {
        assertThat(server.isAlive()).as(log()).isTrue();
      }
    }
  }

  private String log() throws IOException {
    return Files.readString(folder.resolve("server.log"));
  }

  private static String text(String text) {
    return "{'text':'" + text + "','model':'" + MODEL + "'}";
  }

  private long nearest(String question) throws Exception {
    JsonNode found =
        send("POST", "/collections/c/points/query", "{'query':" + text(question) + ",'limit':1}");
    assertThat(found.at("/usage/inference/models").toString()).contains("\"tokens\":");
    return found.at("/result/points/0/id").longValue();
  }

  @Test
  void sentences_of_kafka_files_and_rest_find_each_other() throws Exception {
    assumeTrue(KafkaBroker.reasonToSkip().isEmpty(), () -> KafkaBroker.reasonToSkip().get());
    assertThat(System.getProperty("java.class.path")).contains("onnxruntime" + File.separator);
    try (KafkaBroker broker = new KafkaBroker(folder.resolve("broker")).start()) {
      broker.createTopic("texts", 1);
      broker.createTopic("rows", 1);
      Process server = server(broker);
      try {
        awaitReady(server);
        send("PUT", "/collections/c", "{'vectors':{'size':384,'distance':'Cosine'}}");
        broker.send(
            "texts", 0, null, json("{'id':1,'vector':" + text("A kitten naps on the sofa") + "}"));
        broker.send(
            "texts",
            0,
            null,
            json("{'id':2,'vector':" + text("The stock market fell sharply") + "}"));
        broker.send("rows", 0, null, json("{'sku':3,'title':'Bread is baked from flour'}"));
        Path hidden =
            Files.writeString(
                folder.resolve("a.ndjson"),
                json("{'id':4,'vector':" + text("The rocket reached orbit") + "}\n"));
        Files.move(hidden, folder.resolve("in").resolve("a.ndjson"));
        send(
            "PUT",
            "/collections/c/points?wait=true",
            "{'points':[{'id':5,'vector':" + text("Doctors treat the patient") + "}]}");
        for (String position : List.of("topic/texts/0@1", "topic/rows/0@0", "inbox/file/1@1")) {
          assertThat(
                  send("GET", "/ingest/wait?position=" + position + "&timeout=60", "")
                      .at("/result/status")
                      .asString())
              .as(position)
              .isEqualTo("completed");
        }

        assertThat(nearest("sleeping cat")).isEqualTo(1);
        assertThat(nearest("share prices dropped")).isEqualTo(2);
        assertThat(nearest("how to make a loaf")).isEqualTo(3);
        assertThat(nearest("spacecraft launch")).isEqualTo(4);
        assertThat(nearest("medical care in a hospital")).isEqualTo(5);
        assertThat(send("GET", "/collections/c/points/3", "").at("/result/payload/title"))
            .hasToString("\"Bread is baked from flour\"");
      } finally {
        server.destroy();
        assertThat(server.waitFor(20, TimeUnit.SECONDS)).as(log()).isTrue();
        assertThat(server.exitValue()).as(log()).isZero();
      }
    }
  }

  private static String json(String singleQuoted) {
    return singleQuoted.replace('\'', '"');
  }
}
