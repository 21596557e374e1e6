package io.millrace.ingest.pipeline;

import io.millrace.model.Failure;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.TreeSet;

/// The streams of a source that a person paused one by one, `checkpoints/<source>.paused`: one per
/// line, replaced as a whole.
public final class PausedStreams {
  private final Path file;

  public PausedStreams(Path ingestFolder, String source) {
    this.file = ingestFolder.resolve("checkpoints").resolve(source + ".paused");
  }

  public Set<String> read() {
    try {
      return Files.exists(file) ? new TreeSet<>(Files.readAllLines(file)) : Set.of();
    } catch (IOException e) {
      throw new Failure.Unavailable("The paused streams in " + file + " cannot be read", e);
    }
  }

  /// Durable when it returns.
  public void write(Set<String> streams) {
    try {
      if (streams.isEmpty()) {
        Files.deleteIfExists(file);
        return;
      }
      Files.createDirectories(file.getParent());
      Path beside = file.resolveSibling(file.getFileName() + ".tmp");
      try (FileChannel out =
          FileChannel.open(
              beside,
              StandardOpenOption.CREATE,
              StandardOpenOption.WRITE,
              StandardOpenOption.TRUNCATE_EXISTING)) {
        ByteBuffer bytes =
            ByteBuffer.wrap(
                (String.join("\n", new TreeSet<>(streams)) + "\n")
                    .getBytes(StandardCharsets.UTF_8));
        while (bytes.hasRemaining()) {
          out.write(bytes);
        }
        out.force(true);
      }
      Files.move(beside, file, StandardCopyOption.ATOMIC_MOVE);
      try (FileChannel folder = FileChannel.open(file.getParent(), StandardOpenOption.READ)) {
        folder.force(true);
      }
    } catch (IOException e) {
      throw new Failure.Unavailable("The paused streams cannot be written to " + file, e);
    }
  }
}
