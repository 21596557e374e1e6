package io.millrace.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import tools.jackson.databind.node.ObjectNode;

/// What the files of the indexes below a folder hold, in bytes by part; the endings of vector files
/// are those of `codec.MillraceVectorsFormat`, `other` are payloads and what is made of them.
public record IndexBytes(Map<String, Long> parts) {
  public static final IndexBytes NONE = new IndexBytes(Map.of());

  private static final Map<String, String> PARTS =
      Map.of("mvr", "raw", "mvq", "int8", "mvg", "links", "mvc", "codes", "mvb", "bounded");

  public IndexBytes {
    parts = Map.copyOf(parts);
  }

  public static IndexBytes in(Path folder) throws IOException {
    Map<String, Long> bytes = new TreeMap<>();
    try (var files = Files.walk(folder)) {
      files.forEach(file -> {
        Path parent = file.getParent();
        if (parent != null && parent.endsWith("index") && Files.isRegularFile(file)) {
          String name = file.getFileName().toString();
          String ending = name.substring(name.lastIndexOf('.') + 1);
          bytes.merge(PARTS.getOrDefault(ending, "other"), size(file), Long::sum);
        }
      });
    } catch (UncheckedIOException gone) {
      return in(folder); // a merge removed a file that had just been listed
    }
    return new IndexBytes(bytes);
  }

  private static long size(Path file) {
    try {
      return Files.size(file);
    } catch (NoSuchFileException merged) {
      return 0;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public long of(String part) {
    return parts.getOrDefault(part, 0L);
  }

  public IndexBytes minus(IndexBytes before) {
    Map<String, Long> left = new TreeMap<>();
    parts.forEach((part, bytes) -> {
      long more = bytes - before.parts.getOrDefault(part, 0L);
      if (more > 0) {
        left.put(part, more);
      }
    });
    return new IndexBytes(left);
  }

  public IndexBytes per(int vectors) {
    Map<String, Long> each = new TreeMap<>();
    parts.forEach((part, bytes) -> each.put(part, Math.round((double) bytes / vectors)));
    return new IndexBytes(each);
  }

  public void into(ObjectNode node) {
    new TreeMap<>(parts).forEach(node::put);
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    new TreeMap<>(parts)
        .forEach((part, bytes) ->
            text.append(text.isEmpty() ? "" : ", ")
                .append(part)
                .append(String.format(Locale.ROOT, " %,d", bytes)));
    return text.toString();
  }
}
