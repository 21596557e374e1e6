package io.millrace.bench.load;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import tools.jackson.databind.node.ObjectNode;

/// What the vector files of a data folder hold, by part; the file endings are those of
/// `codec.MillraceVectorsFormat`.
record VectorBytes(Map<String, Long> parts) {
  static final VectorBytes NONE = new VectorBytes(Map.of());

  private static final Map<String, String> PARTS =
      Map.of("mvr", "raw", "mvq", "int8", "mvg", "links", "mvc", "codes");

  VectorBytes {
    parts = Map.copyOf(parts);
  }

  static VectorBytes in(Path folder) throws IOException {
    Map<String, Long> bytes = new TreeMap<>();
    try (var files = Files.walk(folder)) {
      files.forEach(file -> {
        String name = file.getFileName().toString();
        String part = PARTS.get(name.substring(name.lastIndexOf('.') + 1));
        if (part != null) {
          bytes.merge(part, size(file), Long::sum);
        }
      });
    } catch (UncheckedIOException gone) {
      return in(folder); // a merge removed a file that had just been listed
    }
    return new VectorBytes(bytes);
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

  VectorBytes minus(VectorBytes before) {
    Map<String, Long> left = new TreeMap<>();
    parts.forEach((part, bytes) -> {
      long more = bytes - before.parts.getOrDefault(part, 0L);
      if (more > 0) {
        left.put(part, more);
      }
    });
    return new VectorBytes(left);
  }

  VectorBytes per(int vectors) {
    Map<String, Long> each = new TreeMap<>();
    parts.forEach((part, bytes) -> each.put(part, Math.round((double) bytes / vectors)));
    return new VectorBytes(each);
  }

  void into(ObjectNode node) {
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
