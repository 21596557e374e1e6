package io.millrace.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.app.command.CommandFailure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The keys `audit.*` in a whole server.
class AuditTest {
  @TempDir private Path folder;

  private LocalServer server(Path audit) {
    return new LocalServer(
        folder,
        "audit: { enabled: true, dir: %s, rotation: hourly, max_log_files: 1 }".formatted(audit));
  }

  @Test
  void a_server_goes_on_in_the_files_of_the_configured_folder() throws IOException {
    Path audit = folder.resolve("logs").resolve("audit");
    Files.createDirectories(audit);
    Files.writeString(audit.resolve("audit.2001-01-01-00.log"), "of long ago\n");
    try (LocalServer server = server(audit)) {
      server.ask("GET", "/collections", "");
      server.restart();
      server.ask("GET", "/aliases", "");
    }

    List<Path> files;
    try (var listed = Files.list(audit)) {
      files = listed.sorted().toList();
    }
    assertThat(files).hasSize(1);
    Path file = files.getFirst();
    assertThat(file.getFileName().toString()).hasSize("audit.2026-11-27-14.log".length());
    // At the turn of an hour the first line went with its file.
    assertThat(Files.readAllLines(file)).last().asString().contains("\"route\":\"/aliases\"");
  }

  @Test
  void a_folder_that_cannot_be_written_stops_the_start_with_cause_and_cure() throws IOException {
    Path file = Files.writeString(folder.resolve("file"), "x");
    assertThatThrownBy(() -> server(file).close())
        .isInstanceOf(CommandFailure.class)
        .hasMessageStartingWith("the audit log cannot be written in " + file + " (")
        .hasMessageEndingWith("Not a directory); choose another folder by audit.dir");
  }
}
