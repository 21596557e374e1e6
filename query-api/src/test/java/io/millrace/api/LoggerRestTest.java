package io.millrace.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `/logger`: the level at run time.
class LoggerRestTest {
  @TempDir Path folder;

  @Test
  void the_level_is_seen_and_changed() {
    try (Server server = Server.over(folder)) {
      assertThat(level(server)).isEqualTo("INFO");

      assertThat(post(server, "{'log_level':'debug'}").result().booleanValue()).isTrue();
      assertThat(level(server)).isEqualTo("DEBUG");

      assertThat(post(server, "{'log_level':null}").result().booleanValue()).isTrue();
      assertThat(post(server, "{}").result().booleanValue()).isTrue();
      assertThat(level(server)).isEqualTo("DEBUG");
    }
  }

  @Test
  void what_cannot_be_changed_is_refused_and_changes_nothing() {
    try (Server server = Server.over(folder)) {
      assertThat(post(server, "{'log_level':'loud'}").error())
          .isEqualTo(
              "400 Bad request: log_level is one of off, error, warn, info, debug, trace,"
                  + " got `loud`");
      assertThat(post(server, "{'log_level':'debug','on_disk':{'enabled':true}}").error())
          .startsWith("400 ")
          .contains("logger.on_disk cannot be changed while the server runs");
      assertThat(post(server, "[]").error()).startsWith("400 ").contains("struct LoggerConfig");
      assertThat(level(server)).isEqualTo("INFO");
    }
  }

  /// Debug lines cost, and their reader knows routes: who may only read may not turn them on.
  @Test
  void who_may_read_sees_the_level_and_who_may_manage_changes_it() {
    var keys = new ApiSettings.Keys(Optional.of("full"), Optional.empty(), Optional.of("reading"));
    try (Server server = new Server(folder, ApiSettings.defaults().withKeys(keys))) {
      assertThat(post(server.as("reading"), "{'log_level':'debug'}").status()).isEqualTo(403);
      assertThat(level(server)).isEqualTo("INFO");
      assertThat(post(server.as("full"), "{'log_level':'debug'}").status()).isEqualTo(200);
      assertThat(level(server)).isEqualTo("DEBUG");
    }
  }

  private static Server.Got post(Server server, String json) {
    return server.beside("POST", "/logger", json);
  }

  private static String level(Server server) {
    return server.beside("GET", "/logger", null).result().path("log_level").asString();
  }
}
