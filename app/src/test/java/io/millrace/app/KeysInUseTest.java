package io.millrace.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// Keys of the configuration that a whole server has to be asked about.
@Timeout(120)
class KeysInUseTest {
  private static final String CREATE = "{'vectors':{'size':2,'distance':'Dot'}}";

  @TempDir Path folder;

  @Test
  void quotas_of_the_configuration_hold_until_others_are_made() {
    try (LocalServer server = new LocalServer(folder, "")) {
      server.restart(
          Map.of(
              "QDRANT__STORAGE__QUOTAS__ENABLED", "true",
              "QDRANT__STORAGE__QUOTAS__MAX_DISK_USAGE_PERCENT", "97"));

      assertThat(limits(server)).isEqualTo("true 97");
      server.ask("PUT", "/quotas", "{'enabled':true,'max_disk_usage_percent':98}");
      assertThat(limits(server)).isEqualTo("true 98");
      server.ask("PUT", "/quotas", "{}");
      assertThat(limits(server)).isEqualTo("true 97");
    }
  }

  private static String limits(LocalServer server) {
    JsonNode config = server.ask("GET", "/quotas", "").path("config");
    return config.path("enabled").booleanValue() + " " + config.path("max_disk_usage_percent");
  }

  @Test
  void defaults_of_new_collections_come_from_the_configuration() {
    try (LocalServer server = new LocalServer(folder, "")) {
      server.restart(Map.of("QDRANT__STORAGE__HNSW_INDEX__M", "7"));
      server.create("c", CREATE);

      assertThat(server.ask("GET", "/collections/c", "").at("/config/hnsw_config/m").intValue())
          .isEqualTo(7);
    }
  }

  @Test
  void sources_and_templates_are_taken_over_without_a_restart() throws Exception {
    Path inbox = Files.createDirectories(folder.resolve("in"));
    Files.writeString(inbox.resolve("a.ndjson"), "{\"id\":1,\"vector\":[1,2]}\n");
    try (LocalServer server = new LocalServer(folder, "")) {
      server.reload(
          """
          templates:
            t: { match: "made-*", vectors: { size: 2, distance: Dot } }
          sources:
            inbox:
              { type: files, path: %s, bindings: [ { files: ["*"], collection: made-1, create: t } ] }
          """
              .formatted(inbox));

      await(() -> server.send("GET", "/collections/made-1", "").statusCode() == 200);
      await(() -> server.points("made-1").size() == 1);
      assertThat(server.ask("GET", "/ingest/sources/inbox", "").path("config").toString())
          .contains("made-1");

      server.reload("");
      assertThat(server.ask("GET", "/ingest/sources", "").isEmpty()).isTrue();
    }
  }

  private static void await(BooleanSupplier condition) {
    long end = System.nanoTime() + 60_000_000_000L;
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as("in time").isLessThan(end);
    }
  }

  @Test
  void a_server_whose_sources_are_behind_is_not_ready_where_that_is_asked_for() {
    assertThat(Wiring.isInTime(Duration.ZERO, () -> 1e6)).isTrue();
    assertThat(Wiring.isInTime(Duration.ofSeconds(30), () -> 30)).isTrue();
    assertThat(Wiring.isInTime(Duration.ofSeconds(30), () -> 30.5)).isFalse();
  }
}
