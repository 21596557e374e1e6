package io.millrace.app;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/// The sources of the project this test runs in.
public final class ProjectFiles {
  private static final List<String> MODULES =
      List.of("index-core", "ingest", "query-api", "app", "inference", "benchmarks", "torture");

  private ProjectFiles() {}

  /// Found by walking up from the working folder to the Maven wrapper.
  public static Path root() {
    Path here = Path.of("").toAbsolutePath();
    while (here != null && !Files.isRegularFile(here.resolve("mvnw"))) {
      here = here.getParent();
    }
    if (here == null) {
      throw new IllegalStateException("not inside the project: " + Path.of("").toAbsolutePath());
    }
    return here;
  }

  /// All Java files under `src/main/java` and, if asked for, `src/test/java`.
  static List<Path> java(boolean tests) {
    Stream<Path> folders =
        MODULES.stream()
            .map(module -> root().resolve(module).resolve("src"))
            .flatMap(src ->
                tests
                    ? Stream.of(src.resolve("main/java"), src.resolve("test/java"))
                    : Stream.of(src.resolve("main/java")))
            .filter(Files::isDirectory);
    return folders.flatMap(ProjectFiles::under).toList();
  }

  static String text(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Stream<Path> under(Path folder) {
    try (Stream<Path> files = Files.walk(folder)) {
      return files.filter(file -> file.toString().endsWith(".java")).sorted().toList().stream();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
