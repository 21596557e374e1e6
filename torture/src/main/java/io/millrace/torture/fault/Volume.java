package io.millrace.torture.fault;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Optional;

/// A small volume in memory, mounted on a folder, that can be filled up. Needs the right to mount.
public final class Volume implements AutoCloseable {
  private static final int CHUNK = 64 << 10;

  private final Path folder;

  private Volume(Path folder) {
    this.folder = folder;
  }

  /// Empty where mounting is not allowed.
  public static Optional<Volume> mount(Path folder, int megabytes) {
    try {
      Files.createDirectories(folder);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return command("mount", "-t", "tmpfs", "-o", "size=" + megabytes + "m", "tmpfs", folder)
        ? Optional.of(new Volume(folder))
        : Optional.empty();
  }

  /// Writes a file of zeros until at most `left` bytes are free.
  public void fill(long left) {
    byte[] zeros = new byte[CHUNK];
    try (OutputStream out =
        Files.newOutputStream(ballast(), StandardOpenOption.CREATE, StandardOpenOption.APPEND)) {
      long free;
      while ((free = free()) > left) {
        out.write(zeros, 0, (int) Math.min(CHUNK, free - left));
      }
    } catch (IOException full) {
      if (free() > left) {
        throw new UncheckedIOException(full);
      }
    }
  }

  /// Takes the zeros away.
  public void relieve() {
    try {
      Files.deleteIfExists(ballast());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public long free() {
    try {
      return Files.getFileStore(folder).getUsableSpace();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Path ballast() {
    return folder.resolve("ballast.bin");
  }

  @Override
  public void close() {
    command("umount", "-l", folder);
  }

  private static boolean command(Object... words) {
    String[] texts = Arrays.stream(words).map(String::valueOf).toArray(String[]::new);
    try {
      Process process = new ProcessBuilder(texts).redirectErrorStream(true).start();
      String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      int exit = process.waitFor();
      if (exit != 0) {
        System.out.println(String.join(" ", texts) + ": " + said.strip());
      }
      return exit == 0;
    } catch (IOException e) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
  }
}
