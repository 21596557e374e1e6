package io.millrace.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.millrace.app.Processes.Running;
import io.millrace.ingest.kafka.KafkaBroker;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// The rows of [GoVectorGuideTest] and traps of [GoVectorTrapsTest] that take processes, a broker
/// or long.
class GoVectorGuideIT {
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

  /// T-01 too.
  @Test
  void row02_a_deleted_collection_stays_deleted_after_kill_9() throws Exception {
    Running server = serve();
    ServeIT.createWords(server);
    server.call("PUT", "/collections/words/points?wait=true", ServeIT.point(1)).result();
    assertThat(folders()).hasSize(1);

    assertThat(server.call("DELETE", "/collections/words", "").result().booleanValue()).isTrue();
    server.kill();
    Running again = serve();

    assertThat(again.call("GET", "/collections", "").result().toString())
        .isEqualTo("{\"collections\":[]}");
    assertThat(again.call("GET", "/collections/words", "").status()).isEqualTo(404);
    assertThat(folders()).isEmpty();
    assertThat(again.call("DELETE", "/collections/words", "").result().booleanValue()).isFalse();
  }

  /// R-10 in `docs/reliability.md` does it again and again.
  @Test
  void row41_a_stop_under_load_answers_every_request_and_leaves_nothing_to_replay() {
    Running server = serve();
    ServeIT.createWords(server);
    Set<Integer> acknowledged = new ConcurrentSkipListSet<>();
    var odd = new ConcurrentSkipListSet<Integer>();
    CompletableFuture<Void> writer = write(server, acknowledged, odd);
    Processes.await("writes go on", () -> acknowledged.size() > 100);

    server.signal("TERM");

    assertThat(server.exitCode(STOP)).isZero();
    writer.join();
    assertThat(odd).as("refused with a sentence while it stops").isSubsetOf(503);
    Running again = serve();
    String metrics = again.text("/metrics");
    assertThat(sequence(metrics, "committed")).isEqualTo(sequence(metrics, "logged"));
    assertThat(ids(again)).containsAll(acknowledged);
  }

  @Test
  void row41_a_second_signal_is_safe() {
    Running server = serve();
    ServeIT.createWords(server);
    Set<Integer> acknowledged = new ConcurrentSkipListSet<>();
    CompletableFuture<Void> writer = write(server, acknowledged, new ConcurrentSkipListSet<>());
    Processes.await("writes go on", () -> acknowledged.size() > 100);

    server.signal("TERM");
    server.signal("INT");

    assertThat(server.exitCode(STOP)).as("halted, or stopped before it came").isIn(0, 1);
    writer.join();
    assertThat(ids(serve())).containsAll(acknowledged);
  }

  /// See `MonitoringIT`.
  @Test
  void row71_metrics_of_kafka() throws Exception {
    assumeTrue(KafkaBroker.reasonToSkip().isEmpty(), () -> KafkaBroker.reasonToSkip().orElse(""));
    try (var broker = new KafkaBroker(folder.resolve("broker")).start()) {
      broker.createTopic("words", 1);
      for (int id = 1; id <= 3; id++) {
        broker.send("words", 0, "k" + id, "{\"id\":" + id + ",\"vector\":[1]}");
      }
      broker.send("words", 0, "bad", "{\"id\":");
      try (var server =
          new LocalServer(
              folder.resolve("server"),
              """
              kafka: { bootstrap: "%s" }
              sources:
                orders: { type: kafka, topics: [words], bindings: [ { collection: words } ] }
              """
                  .formatted(broker.bootstrap()))) {
        server.create("words", "{'vectors':{'size':1,'distance':'Dot'}}");
        List<String> expected =
            List.of(
                "(?m)^millrace_source_lag_records\\{source=\"orders\",.*partition=\"\\S+\"\\} 0$",
                "(?m)^millrace_source_lag_seconds\\{source=\"orders\",.*partition=\"\\S+\"\\} 0",
                "(?m)^millrace_source_position\\{source=\"orders\",.*partition=\"\\S+\"\\} 4$",
                "(?m)^millrace_source_records_total\\{source=\"orders\",outcome=\"applied\"\\} 3$",
                "(?m)^millrace_source_records_total\\{source=\"orders\",outcome=\"dead\"\\} 1$",
                "(?m)^millrace_source_rebalances_total\\{source=\"orders\".*\\} \\d",
                "(?m)^millrace_freshness_seconds_count\\{source=\"orders\"\\} [1-9]");
        Processes.await(
            "the topic is read",
            () -> server.send("GET", "/metrics", "").body().contains("outcome=\"dead\"} 1\n"));
        Processes.await(
            "what was applied is searchable",
            () -> {
              String metrics = server.send("GET", "/metrics", "").body();
              return expected.stream()
                  .allMatch(line -> Pattern.compile(line).matcher(metrics).find());
            });
      }
    }
  }

  @Test
  void t_11_lists_and_infos_are_whole_for_ten_seconds_of_changes() {
    Running server = serve();
    server.call("PUT", "/collections/stays", "{\"vectors\":{\"size\":1,\"distance\":\"Dot\"}}");
    var done = new AtomicBoolean();
    CompletableFuture<Integer> changes =
        CompletableFuture.supplyAsync(() -> {
          int made = 0;
          while (!done.get()) {
            String one = "/collections/c" + made++ % 5;
            server.call("PUT", one, "{\"vectors\":{\"size\":1,\"distance\":\"Dot\"}}").result();
            server.call("DELETE", one, "").result();
          }
          return made;
        });
    long end = System.nanoTime() + Duration.ofSeconds(10).toNanos();
    while (System.nanoTime() < end) {
      JsonNode list = server.call("GET", "/collections", "").result().path("collections");
      assertThat(list.toString()).contains("\"stays\"");
      for (JsonNode each : list) {
        Processes.Answer info =
            server.call("GET", "/collections/" + each.path("name").asString(), "");
        assertThat(info.status()).isIn(200, 404);
        if (info.status() == 200) {
          assertThat(info.result().at("/config/params/vectors/size").intValue()).isEqualTo(1);
          assertThat(info.result().path("points_count").isIntegralNumber()).isTrue();
        }
      }
    }
    done.set(true);
    assertThat(changes.join()).isGreaterThan(5);
  }

  /// Writes one point after another until the server is gone.
  private static CompletableFuture<Void> write(
      Running server, Set<Integer> acknowledged, Set<Integer> odd) {
    return CompletableFuture.runAsync(() -> {
      for (int id = 1; true; id++) {
        try {
          Processes.Answer answer =
              server.call(
                  "PUT", "/collections/words/points?wait=" + (id % 5 == 0), ServeIT.point(id));
          if (answer.status() == 200) {
            acknowledged.add(id);
          } else {
            odd.add(answer.status());
          }
        } catch (UncheckedIOException gone) {
          return;
        }
      }
    });
  }

  private static Set<Integer> ids(Running server) {
    var ids = new ConcurrentSkipListSet<Integer>();
    server
        .call("POST", "/collections/words/points/scroll", "{\"limit\":1000000}")
        .result()
        .path("points")
        .forEach(point -> ids.add(point.path("id").intValue()));
    return ids;
  }

  private static String sequence(String metrics, String stage) {
    String name = "millrace_sequence{collection=\"words\",stage=\"" + stage + "\"} ";
    return metrics
        .lines()
        .filter(line -> line.startsWith(name))
        .map(line -> line.substring(name.length()))
        .findFirst()
        .orElseThrow();
  }

  private List<Path> folders() throws IOException {
    try (var folders = Files.list(folder.resolve("data").resolve("collections"))) {
      return folders.toList();
    }
  }

  private Running serve() {
    return processes.server("serve", "-d", folder.resolve("data").toString(), "-p", "0");
  }
}
