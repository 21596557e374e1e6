package io.millrace.ingest.deadletter;

import io.millrace.model.Failure;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// Which letters of a source are not shown any more, because they were replayed or purged: one id
/// per line, `dead/<source>.hidden`. Letters themselves stay until their store lets them go.
public final class HiddenLetters {
  private final Path file;
  private final ReentrantLock lock = new ReentrantLock();
  private @Nullable Set<String> ids; // under the lock

  public HiddenLetters(Path file) {
    this.file = file;
  }

  public boolean contains(String id) {
    lock.lock();
    try {
      return ids().contains(id);
    } finally {
      lock.unlock();
    }
  }

  /// How many; who asks for some letters asks for so many more.
  public int size() {
    lock.lock();
    try {
      return ids().size();
    } finally {
      lock.unlock();
    }
  }

  /// Durable when it returns. Throws [Failure.Unavailable].
  public void add(List<String> more) {
    if (more.isEmpty()) {
      return;
    }
    lock.lock();
    try {
      Set<String> all = ids();
      Files.createDirectories(file.getParent());
      try (FileChannel out =
          FileChannel.open(
              file,
              StandardOpenOption.CREATE,
              StandardOpenOption.WRITE,
              StandardOpenOption.APPEND)) {
        ByteBuffer lines =
            ByteBuffer.wrap((String.join("\n", more) + "\n").getBytes(StandardCharsets.UTF_8));
        while (lines.hasRemaining()) {
          out.write(lines);
        }
        out.force(true);
      }
      all.addAll(more);
    } catch (IOException e) {
      throw new Failure.Unavailable("The replayed dead letters cannot be kept in " + file, e);
    } finally {
      lock.unlock();
    }
  }

  private Set<String> ids() {
    Set<String> known = ids;
    if (known == null) {
      try {
        known = new HashSet<>(Files.exists(file) ? Files.readAllLines(file) : List.of());
      } catch (IOException e) {
        throw new Failure.Unavailable("The replayed dead letters cannot be read from " + file, e);
      }
      ids = known;
    }
    return known;
  }
}
