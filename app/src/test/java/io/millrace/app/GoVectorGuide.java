package io.millrace.app;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/// The server that the tests of GoVector's production guide ask, and what they share.
abstract class GoVectorGuide {
  @TempDir private static Path shared;
  static LocalServer server;

  @TempDir Path folder;

  @BeforeAll
  static void startServer() {
    server = new LocalServer(shared, "");
  }

  @AfterAll
  static void stopServer() {
    server.close();
  }

  static void write(LocalServer on, String collection, int from, int to) {
    int size =
        on.ask("GET", "/collections/" + collection, "")
            .at("/config/params/vectors/size")
            .intValue();
    var points = new StringBuilder();
    for (int id = from; id <= to; id++) {
      points
          .append(points.isEmpty() ? "" : ",")
          .append(
              "{'id':%d,'vector':[%d%s],'payload':{'n':%d}}"
                  .formatted(id, id, ",1".repeat(size - 1), id));
    }
    on.ask(
        "PUT", "/collections/" + collection + "/points?wait=true", "{'points':[" + points + "]}");
  }

  static int count(LocalServer on, String collection, String body) {
    return on.ask("POST", "/collections/" + collection + "/points/count", body)
        .path("count")
        .intValue();
  }

  /// Those of its collections.
  static List<Path> folders(LocalServer of) {
    try (var folders = Files.list(of.data().resolve("collections"))) {
      return folders.sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
