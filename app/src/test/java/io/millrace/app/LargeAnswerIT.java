package io.millrace.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Answers of 200 MB from a server with less heap than one of them.
class LargeAnswerIT {
  private static final String POINTS = "/collections/c/points";
  private static final int COUNT = 800;
  private static final int PAYLOAD = 256 << 10;

  @TempDir Path folder;

  @Test
  void answers_larger_than_the_heap_are_read_while_they_are_sent() {
    try (var processes = new Processes()) {
      Processes.Running server =
          processes.server(
              Map.of("MILLRACE_JAVA_OPTS", "-Xmx192m"),
              "serve",
              "--port",
              "0",
              "--data-dir",
              folder.toString());
      server
          .call("PUT", "/collections/c", "{\"vectors\":{\"size\":2,\"distance\":\"Dot\"}}")
          .result();
      for (int first = 0; first < COUNT; first += 10) {
        server.call("PUT", POINTS + "?wait=true", upsert(first)).result();
      }

      String ids = String.join(",", IntStream.range(0, COUNT).mapToObj(Integer::toString).toList());
      String query = "{\"query\":[1,1],\"limit\":800,\"with_payload\":true}";
      String batch =
          "{\"searches\":["
              + query.replace("800", "300")
              + ","
              + query.replace("800", "500")
              + "]}";
      List<CompletableFuture<Long>> answers =
          List.of(
              asked(server, POINTS + "/query", query),
              asked(server, POINTS + "/query/batch", batch),
              asked(server, POINTS, "{\"ids\":[" + ids + "],\"with_payload\":true}"),
              asked(server, POINTS + "/scroll", "{\"limit\":800,\"with_payload\":true}"));
      assertWhole(answers);
      String groups = "{\"query\":[1,1],\"group_by\":\"%s\",\"limit\":800,\"group_size\":%d,%s}";
      assertWhole(
          List.of(
              asked(
                  server,
                  POINTS + "/query/groups",
                  groups.formatted("ninth", 100, "\"with_payload\":true")),
              asked(
                  server,
                  POINTS + "/query/groups",
                  groups.formatted("id", 1, "\"with_lookup\":\"c\""))));
      assertThat(server.text("/readyz")).isEqualTo("all shards are ready");
    }
  }

  private static void assertWhole(List<CompletableFuture<Long>> answers) {
    for (CompletableFuture<Long> answer : answers) {
      assertThat(answer.join()).isGreaterThan((long) COUNT * PAYLOAD);
    }
  }

  private static CompletableFuture<Long> asked(Processes.Running server, String path, String body) {
    return CompletableFuture.supplyAsync(() -> server.bytesOf(path, body));
  }

  private static String upsert(int first) {
    return "{\"points\":["
        + String.join(
            ",",
            IntStream.range(first, first + 10)
                .mapToObj(id ->
                    ("{\"id\":%1$d,\"vector\":[%2$d,1],"
                            + "\"payload\":{\"id\":%1$d,\"ninth\":%2$d,\"text\":\"%3$s\"}}")
                        .formatted(id, id % 9, "x".repeat(PAYLOAD)))
                .toList())
        + "]}";
  }
}
