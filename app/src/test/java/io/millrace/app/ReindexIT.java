package io.millrace.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.inference.WordEmbedder;
import io.millrace.ingest.Eventually;
import io.millrace.ingest.kafka.KafkaBroker;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// `millrace reindex` over a real broker: the topic is read again into another collection while its
/// source goes on, then the alias is turned over.
@Timeout(120)
class ReindexIT {
  private static final Duration SOON = Duration.ofSeconds(30);

  @TempDir static Path brokerFolder;
  private static KafkaBroker broker;

  @TempDir Path folder;
  private LocalServer server;
  private String topic;
  private final Map<String, String> model = new TreeMap<>();

  @BeforeAll
  static void startBroker() throws Exception {
    Assumptions.assumeTrue(
        KafkaBroker.reasonToSkip().isEmpty(), () -> KafkaBroker.reasonToSkip().orElse(""));
    broker = new KafkaBroker(brokerFolder).start();
  }

  @AfterAll
  static void stopBroker() throws Exception {
    if (broker != null) {
      broker.close();
    }
  }

  @BeforeEach
  void startServer(TestInfo test) throws Exception {
    topic = test.getTestMethod().orElseThrow().getName().replaceAll("[^a-z]", "-");
    topic = topic.substring(0, Math.min(60, topic.length()));
    broker.createTopic(topic, 2);
    server =
        new LocalServer(
            folder,
            """
            kafka: { bootstrap: "%s" }
            inference: { enabled: true }
            sources:
              orders:
                type: kafka
                topics: [%s]
                bindings: [ { collection: words } ]
            """
                .formatted(broker.bootstrap(), topic));
    server.create("words-1", "{'vectors':{'size':2,'distance':'Dot'}}");
    server.alias("words", "words-1");
  }

  @AfterEach
  void stopServer() {
    server.close();
  }

  private void put(int id, String word, int size) {
    StringBuilder vector = new StringBuilder();
    for (int i = 0; i < size; i++) {
      vector.append(i == 0 ? "" : ",").append((id * 31 + i * 7) % 17 + 1);
    }
    String payload = "{\"word\":\"" + word + "\"}";
    send(id, "{\"id\":" + id + ",\"vector\":[" + vector + "],\"payload\":" + payload + "}");
    model.put(String.valueOf(id), payload);
  }

  private void delete(int id) {
    send(id, "{\"delete\":{\"points\":[" + id + "]}}");
    model.remove(String.valueOf(id));
  }

  private void send(int id, String value) {
    try {
      broker.send(topic, id % 2, String.valueOf(id), value);
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void texts_are_embedded_anew_by_another_model() {
    server.create("texts-1", "{'vectors':{'size':8,'distance':'Dot'}}");
    server.alias("words", "texts-1");
    for (int id = 1; id <= 40; id++) {
      String payload = "{\"word\":\"w" + id + "\"}";
      send(
          id,
          "{\"id\":%d,\"vector\":{\"text\":\"one two w%d\",\"model\":\"%s\"},\"payload\":%s}"
              .formatted(id, id, WordEmbedder.NAME, payload));
      model.put(String.valueOf(id), payload);
    }
    awaitModel("words");

    JsonNode report =
        server
            .run(
                "reindex",
                "-c",
                "words",
                "--from",
                "earliest",
                "--model",
                WordEmbedder.DOUBLED,
                "--accept-difference",
                "--json")
            .json();

    String made = report.path("new").asString();
    assertThat(server.behind("words")).isEqualTo(made);
    assertThat(server.points(made)).isEqualTo(model);
    JsonNode before = server.ask("GET", "/collections/texts-1/points/7", "").path("vector");
    JsonNode after = server.ask("GET", "/collections/" + made + "/points/7", "").path("vector");
    assertThat(before).hasSize(8);
    for (int i = 0; i < 8; i++) {
      assertThat(after.get(i).asDouble()).isEqualTo(2 * before.get(i).asDouble());
    }
    LocalServer.Ran copied =
        server.run("reindex", "-c", "words", "--from", "collection", "--model", WordEmbedder.NAME);
    assertThat(copied.err()).contains("--model needs texts");
  }

  private void awaitModel(String collection) {
    Eventually.equal(model, SOON, () -> server.points(collection));
  }

  @Test
  void a_topic_read_again_takes_the_alias_and_the_way_back_loses_nothing() {
    for (int id = 1; id <= 300; id++) {
      put(id, "first", 2);
    }
    for (int id = 1; id <= 300; id += 3) {
      put(id, "second", 2);
    }
    for (int id = 2; id <= 300; id += 10) {
      delete(id);
    }
    awaitModel("words");
    server.ask(
        "PUT",
        "/collections/words-1/index?wait=true",
        "{'field_name':'word','field_schema':'keyword'}");

    JsonNode report =
        server
            .run(
                "reindex",
                "-c",
                "words",
                "--from",
                "earliest",
                "--set",
                "{\"hnsw_config\":{\"m\":8},\"quantization_config\":{\"scalar\":{\"type\":\"int8\"}}}",
                "--json")
            .json();

    assertThat(report.path("new").asString()).isEqualTo("words-2");
    assertThat(report.path("compared").path("samples").asInt()).isEqualTo(100);
    assertThat(report.path("compared").path("searches").asInt()).isEqualTo(20);
    assertThat(server.behind("words")).isEqualTo("words-2");
    JsonNode made = server.ask("GET", "/collections/words-2", "");
    assertThat(made.path("config").path("hnsw_config").path("m").asInt()).isEqualTo(8);
    assertThat(made.path("payload_schema").has("word")).isTrue();
    assertThat(server.points("words-2")).isEqualTo(model);
    assertThat(server.ask("GET", "/ingest/sources", "")).hasSize(1);

    Map<String, String> before = new TreeMap<>(model);
    put(1, "third", 2);
    delete(4);
    put(1001, "new", 2);
    awaitModel("words-2");
    assertThat(server.points("words-1")).isEqualTo(before);
    long dead = server.ask("GET", "/ingest/sources/orders", "").path("dead").asLong();
    assertThat(dead).isZero();

    server.alias("words", "words-1"); // back
    put(1002, "newest", 2);
    awaitModel("words-1");
  }

  @Test
  void writes_go_on_meanwhile_and_none_is_lost_or_applied_twice() throws Exception {
    for (int id = 1; id <= 200; id++) {
      put(id, "first", 2);
    }
    awaitModel("words");
    var writing = new AtomicBoolean(true);
    Thread writer =
        Thread.ofPlatform()
            .start(() -> {
              for (int n = 0; writing.get(); n++) {
                int id = n % 400 + 1;
                if (n % 7 == 3) {
                  delete(id);
                } else {
                  put(id, "round " + n, 2);
                }
              }
            });

    LocalServer.Ran ran = server.run("reindex", "-c", "words", "--from", "earliest", "--json");
    writing.set(false);
    writer.join();

    assertThat(ran.exitCode()).as(ran.err()).isZero();
    assertThat(server.behind("words")).isEqualTo("words-2");
    awaitModel("words-2");
  }

  @Test
  void a_later_time_and_another_vector_size() {
    for (int id = 1; id <= 20; id++) {
      put(id, "old model", 2);
    }
    awaitModel("words");
    Instant change = Instant.now();
    Eventually.equal(true, SOON, () -> Instant.now().isAfter(change.plusMillis(20)));
    model.clear();
    for (int id = 1; id <= 20; id++) {
      put(id, "new model", 3); // refused by the collection of now
    }
    Eventually.equal(
        20, SOON, () -> server.ask("GET", "/ingest/sources/orders", "").path("dead").asInt());

    LocalServer.Ran refused =
        server.run(
            "reindex",
            "-c",
            "words",
            "--from",
            change.toString(),
            "--set",
            "{\"vectors\":{\"size\":3,\"distance\":\"Dot\"}}");
    assertThat(refused.exitCode()).isEqualTo(1);
    assertThat(refused.err()).contains("words-2 is not what words-1 is", "20 of 20 sampled");
    assertThat(server.behind("words")).isEqualTo("words-1");
    JsonNode source = server.ask("GET", "/ingest/sources/orders", "");
    assertThat(source.path("paused").booleanValue()).isFalse();

    LocalServer.Ran accepted =
        server.run("reindex", "-c", "words", "--from", change.toString(), "--accept-difference");
    assertThat(accepted.exitCode()).as(accepted.err()).isZero();
    assertThat(server.behind("words")).isEqualTo("words-2");
    assertThat(server.points("words")).isEqualTo(model);
  }

  @Test
  void a_snapshot_and_what_came_behind_it_when_the_topic_reaches_back_no_further()
      throws Exception {
    for (int id = 1; id <= 100; id++) {
      put(id, "early", 2);
    }
    awaitModel("words");
    server.ask("POST", "/collections/words-1/snapshots?wait=true", "");
    broker.deleteRecordsBelow(topic, 0, 50);
    broker.deleteRecordsBelow(topic, 1, 50);
    for (int id = 51; id <= 150; id++) {
      put(id, "late", 2);
    }
    delete(3);
    awaitModel("words");

    JsonNode report =
        server
            .run(
                "reindex",
                "-c",
                "words",
                "--from",
                "snapshot",
                "--set",
                "{\"hnsw_config\":{\"m\":8}}",
                "--json")
            .json();

    assertThat(report.path("compared").path("points_new").asInt()).isEqualTo(149);
    assertThat(server.behind("words")).isEqualTo("words-2");
    assertThat(server.points("words-2")).isEqualTo(model);
    put(1, "after", 2);
    awaitModel("words-2");
  }

  @Test
  void a_broken_off_run_goes_on_behind_a_restart() {
    for (int id = 1; id <= 100; id++) {
      put(id, "first", 2);
    }
    awaitModel("words");
    LocalServer.Ran filled =
        server.run("reindex", "-c", "words", "--from", "earliest", "--no-flip");
    assertThat(filled.exitCode()).as(filled.err()).isZero();
    assertThat(server.ask("GET", "/ingest/sources", "")).hasSize(2);

    server.restart();
    for (int id = 1; id <= 100; id += 2) {
      put(id, "second", 2);
    }
    JsonNode report = server.run("reindex", "-c", "words", "--from", "earliest", "--json").json();

    assertThat(report.path("new").asString()).isEqualTo("words-2");
    assertThat(server.behind("words")).isEqualTo("words-2");
    awaitModel("words-2");
    assertThat(server.ask("GET", "/ingest/sources", "")).hasSize(1);
  }

  @Test
  void points_that_are_in_no_topic_keep_the_alias_where_it_is() {
    put(1, "by topic", 2);
    awaitModel("words");
    server.ask(
        "PUT",
        "/collections/words/points?wait=true",
        "{'points':[{'id':2,'vector':[1,1],'payload':{'word':'by REST'}}]}");

    LocalServer.Ran ran = server.run("reindex", "-c", "words", "--from", "earliest");

    assertThat(ran.exitCode()).isEqualTo(1);
    assertThat(ran.err()).contains("2 points there and 1 here", "--accept-difference");
    assertThat(server.behind("words")).isEqualTo("words-1");
    put(3, "still read", 2);
    model.put("2", "{\"word\":\"by REST\"}");
    awaitModel("words-1");
  }
}
