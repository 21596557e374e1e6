package io.millrace.app.command;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Where a long command stands, in a small file beside what it works on; replaced as a whole and
/// removed at the end.
final class JobState {
  private final Path file;

  JobState(Path file) {
    this.file = file;
  }

  Path file() {
    return file;
  }

  Optional<JsonNode> read() {
    try {
      return Files.exists(file)
          ? Optional.of(Remote.JSON.readTree(Files.readString(file)))
          : Optional.empty();
    } catch (IOException | JacksonException e) {
      throw new CommandFailure(
          "the state in " + file + " cannot be read; remove the file to begin again", e);
    }
  }

  void write(ObjectNode state) {
    try {
      Path beside = file.resolveSibling(file.getFileName() + ".tmp");
      Files.writeString(beside, state.toString());
      Files.move(beside, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new CommandFailure("the state cannot be written to " + file + ": " + e.getMessage(), e);
    }
  }

  void remove() {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      throw new CommandFailure("the state in " + file + " cannot be removed", e);
    }
  }
}
