package io.millrace.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// The sample that is part of the repository, read once for all tests.
public final class Samples {
  private static final Dataset DATASET = open();

  private Samples() {}

  public static Dataset dataset() {
    return DATASET;
  }

  private static Dataset open() {
    Path folder = Path.of("").toAbsolutePath();
    while (!Files.exists(folder.resolve("samples/truth.json"))) {
      folder = folder.getParent();
    }
    try {
      return Dataset.open(folder.resolve("samples"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
