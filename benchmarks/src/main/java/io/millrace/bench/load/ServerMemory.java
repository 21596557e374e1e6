package io.millrace.bench.load;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import tools.jackson.databind.node.ObjectNode;

/// Resident memory of a process as Linux counts it.
///
/// @param own heap and what else the JVM took: cannot be given back under pressure
/// @param mapped pages of mapped files: the system takes them back when it needs to
record ServerMemory(long own, long mapped) {
  /// Empty where the system does not tell.
  static Optional<ServerMemory> of(long pid) {
    try {
      long own = -1;
      long mapped = -1;
      for (String line : Files.readAllLines(Path.of("/proc/" + pid + "/status"))) {
        if (line.startsWith("RssAnon:")) {
          own = bytes(line);
        } else if (line.startsWith("RssFile:")) {
          mapped = bytes(line);
        }
      }
      return own < 0 || mapped < 0 ? Optional.empty() : Optional.of(new ServerMemory(own, mapped));
    } catch (IOException notLinux) {
      return Optional.empty();
    }
  }

  /// `RssAnon: 1234 kB`.
  private static long bytes(String line) {
    String digits = line.substring(line.indexOf(':') + 1, line.lastIndexOf(' ')).strip();
    return Long.parseLong(digits) * 1024;
  }

  void into(ObjectNode node) {
    node.put("own", own).put("mapped", mapped);
  }

  @Override
  public String toString() {
    return String.format(
        Locale.ROOT, "%,d MiB its own, %,d MiB of mapped files", own >> 20, mapped >> 20);
  }
}
