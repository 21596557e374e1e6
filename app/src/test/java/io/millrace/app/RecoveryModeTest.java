package io.millrace.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// A server in recovery mode answers reads, and does nothing of what a start may fail of.
@Timeout(120)
class RecoveryModeTest {
  private static final Map<String, String> RECOVERY =
      Map.of("QDRANT__STORAGE__RECOVERY_MODE", "out of memory");

  private static final String CREATE = "{'vectors':{'size':2,'distance':'Dot'}}";

  @TempDir Path folder;

  private static HttpResponse<String> upsert(LocalServer server, String collection, int id) {
    return server.send(
        "PUT",
        "/collections/" + collection + "/points?wait=true",
        "{'points':[{'id':%d,'vector':[1,2],'payload':{'n':1}}]}".formatted(id));
  }

  private static String status(LocalServer server, String collection) {
    return server.ask("GET", "/collections/" + collection, "").path("status").asString();
  }

  private Path index(int uid) {
    return folder.resolve("data/collections/" + uid + "/index");
  }

  private static void damage(Path index) throws IOException {
    try (Stream<Path> files = Files.list(index)) {
      for (Path file : files.filter(f -> f.getFileName().toString().startsWith("seg")).toList()) {
        Files.write(file, new byte[] {1, 2, 3});
      }
    }
  }

  private static List<Path> files(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.sorted().toList();
    }
  }

  @Test
  void reads_are_served_and_nothing_is_written_but_what_removes_a_collection() throws Exception {
    try (LocalServer server =
        new LocalServer(
            folder,
            """
            sources:
              inbox: { type: files, path: %s, bindings: [ { files: ["*"], collection: c } ] }
            """
                .formatted(folder.resolve("in")))) {
      for (String name : List.of("c", "damaged")) {
        server.create(name, CREATE);
        assertThat(upsert(server, name, 7).statusCode()).isEqualTo(200);
      }
      server.create("empty", CREATE);
      server.restart(); // commits
      List<Path> before = files(index(1));
      damage(index(2));
      server.restart(RECOVERY);

      assertThat(server.points("c")).containsOnlyKeys("7");
      assertThat(status(server, "c")).isEqualTo("green");
      assertThat(status(server, "damaged")).isEqualTo("red");
      assertThat(status(server, "empty")).as("never committed").isNotEqualTo("red");
      assertThat(server.send("GET", "/readyz", "").statusCode()).isEqualTo(200);
      assertThat(server.ask("GET", "/ingest/sources", "").isEmpty()).isTrue();

      HttpResponse<String> write = upsert(server, "c", 8);
      assertThat(write.statusCode()).isEqualTo(503);
      assertThat(write.body())
          .contains("Collection c takes no writes in recovery mode: out of memory");
      HttpResponse<String> made = server.send("PUT", "/collections/new", CREATE);
      assertThat(made.statusCode()).isEqualTo(503);
      assertThat(made.body()).contains("in recovery mode: out of memory");

      String metrics = server.send("GET", "/metrics", "").body();
      assertThat(metrics)
          .contains("app_status_recovery_mode 1\n")
          .contains("millrace_read_only{collection=\"c\",reason=\"recovery\"} 1\n");
      assertThat(
              server
                  .ask("GET", "/telemetry?details_level=1", "")
                  .at("/app/features/recovery_mode")
                  .booleanValue())
          .isTrue();
      assertThat(files(index(1))).isEqualTo(before);

      assertThat(server.ask("DELETE", "/collections/damaged", "").booleanValue()).isTrue();
      server.restart(Map.of());

      assertThat(upsert(server, "c", 8).statusCode()).isEqualTo(200);
      assertThat(server.points("c")).containsOnlyKeys("7", "8");
      assertThat(server.send("GET", "/metrics", "").body())
          .contains("app_status_recovery_mode 0\n");
    }
  }

  @Test
  void a_snapshot_replaces_what_cannot_be_opened() throws Exception {
    try (LocalServer server = new LocalServer(folder, "")) {
      server.create("c", CREATE);
      upsert(server, "c", 7);
      String snapshot = server.ask("POST", "/collections/c/snapshots", "").path("name").asString();
      server.restart(Map.of());
      damage(index(1));
      server.restart(RECOVERY);
      assertThat(status(server, "c")).isEqualTo("red");

      Path file = folder.resolve("data/snapshots/c").resolve(snapshot);
      server.ask("PUT", "/collections/c/snapshots/recover", "{'location':'" + file.toUri() + "'}");

      assertThat(server.points("c")).containsOnlyKeys("7");
      server.restart(Map.of());
      assertThat(upsert(server, "c", 8).statusCode()).isEqualTo(200);
    }
  }
}
