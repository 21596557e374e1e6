package io.millrace.torture.history;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/// A history that is being written, `history.ndjson`. Any thread may add; the lines are in the
/// order of the calls.
public final class History implements AutoCloseable {
  private final Path file;
  private final BufferedWriter out; // under the lock of this
  private final BufferedReader in; // judging thread
  private final long beginNanos = System.nanoTime();
  private final AtomicLong lastOp = new AtomicLong();

  public History(Path file) {
    this.file = file;
    try {
      out = Files.newBufferedWriter(file);
      in = Files.newBufferedReader(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public Path file() {
    return file;
  }

  /// A number for the next request; no two are equal.
  public long nextOp() {
    return lastOp.incrementAndGet();
  }

  public void add(Event event) {
    String line = event.json();
    synchronized (this) {
      try {
        // The time is for people; the checker goes by the order of the lines.
        out.write("{\"t\":" + (System.nanoTime() - beginNanos) / 1_000_000 + ",");
        out.write(line, 1, line.length() - 1);
        out.newLine();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  /// Hands over what was added since the last call, as it reads from the file.
  public void replayNew(Consumer<Event> to) {
    try {
      synchronized (this) {
        out.flush();
      }
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        to.accept(Event.parse(line));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Hands over a finished file.
  public static void replay(Path file, Consumer<Event> to) throws IOException {
    try (BufferedReader in = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        to.accept(Event.parse(line));
      }
    }
  }

  @Override
  public void close() {
    try {
      synchronized (this) {
        out.close();
      }
      in.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
