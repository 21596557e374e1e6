package io.millrace.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.api.metrics.BuildFacts;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// What `millrace status` tells of a server.
@Timeout(120)
class StatusTest {
  @TempDir Path folder;

  @Test
  void the_program_has_a_version_of_its_own_beside_the_one_it_is_compatible_with() {
    try (LocalServer server = new LocalServer(folder, "")) {
      server.create("c", "{'vectors':{'size':2,'distance':'Dot'}}");
      server.ask("POST", "/collections/c/snapshots", "");

      JsonNode status = server.run("status", "-o", "json").json();
      assertThat(status.path("version").asString()).isEqualTo(BuildFacts.version());
      assertThat(status.path("qdrant_version").asString()).isEqualTo("1.19.0");
      assertThat(status.at("/jobs/0/state").asString()).isEqualTo("done");
      assertThat(server.run("status", "-o", "table").out())
          .startsWith(
              server.url() + "  millrace " + BuildFacts.version() + "  qdrant 1.19.0  ready\n");
    }
  }
}
