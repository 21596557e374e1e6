package io.millrace.api.metrics;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;

/// What the kernel says about this process; empty where there is no `/proc`.
public final class ProcessFacts {
  private static final Path SELF = Path.of("/proc/self");

  private ProcessFacts() {}

  /// A field of `/proc/self/status` in bytes, as `VmRSS`.
  public static OptionalLong statusBytes(String field) {
    for (String line : lines(SELF.resolve("status"))) {
      if (line.startsWith(field + ":")) {
        return number(line.substring(field.length() + 1).replace("kB", "").strip(), 1_024);
      }
    }
    return OptionalLong.empty();
  }

  /// A field of `/proc/self/io`, as `read_bytes`.
  public static OptionalLong io(String field) {
    for (String line : lines(SELF.resolve("io"))) {
      if (line.startsWith(field + ":")) {
        return number(line.substring(field.length() + 1).strip(), 1);
      }
    }
    return OptionalLong.empty();
  }

  /// The nth field of `/proc/self/stat`, from 1, behind the name of the program.
  public static OptionalLong stat(int field) {
    List<String> lines = lines(SELF.resolve("stat"));
    if (lines.isEmpty()) {
      return OptionalLong.empty();
    }
    // The name may hold spaces; what follows it begins with field 3.
    String[] rest =
        lines.getFirst().substring(lines.getFirst().lastIndexOf(')') + 2).split(" ", -1);
    return field - 3 < rest.length ? number(rest[field - 3], 1) : OptionalLong.empty();
  }

  public static OptionalLong openFiles() {
    try (DirectoryStream<Path> files = Files.newDirectoryStream(SELF.resolve("fd"))) {
      long n = 0;
      for (Path ignored : files) {
        n++;
      }
      return OptionalLong.of(n);
    } catch (IOException e) {
      return OptionalLong.empty();
    }
  }

  public static OptionalLong maxOpenFiles() {
    for (String line : lines(SELF.resolve("limits"))) {
      if (line.startsWith("Max open files")) {
        return number(line.substring(26).strip().split(" ", 2)[0], 1);
      }
    }
    return OptionalLong.empty();
  }

  /// Counted, not read as lines: there is one for each file of each collection.
  public static OptionalLong maps() {
    byte[] block = new byte[64 << 10];
    long n = 0;
    try (InputStream maps = Files.newInputStream(SELF.resolve("maps"))) {
      for (int read = maps.read(block); read > 0; read = maps.read(block)) {
        for (int i = 0; i < read; i++) {
          n += block[i] == '\n' ? 1 : 0;
        }
      }
    } catch (IOException e) {
      return OptionalLong.empty();
    }
    return OptionalLong.of(n);
  }

  public static OptionalLong maxMaps() {
    List<String> lines = lines(Path.of("/proc/sys/vm/max_map_count"));
    return lines.isEmpty() ? OptionalLong.empty() : number(lines.getFirst().strip(), 1);
  }

  private static OptionalLong number(String text, long unit) {
    try {
      return OptionalLong.of(Long.parseLong(text) * unit);
    } catch (NumberFormatException e) {
      return OptionalLong.empty();
    }
  }

  private static List<String> lines(Path file) {
    try {
      return Files.readAllLines(file);
    } catch (IOException e) {
      return List.of();
    }
  }
}
