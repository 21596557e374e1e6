package io.millrace.app.backup;

import java.io.IOException;
import java.io.InputStream;
import java.util.List;

/// A place that keeps named byte strings. Keys are ASCII with slashes.
public interface BackupStore {
  boolean has(String key, long bytes) throws IOException;

  /// Durable when it returns; nobody sees a part of it.
  void put(String key, long bytes, InputStream content) throws IOException;

  /// Throws [java.nio.file.NoSuchFileException].
  InputStream get(String key) throws IOException;

  /// Keys that begin so, sorted.
  List<String> list(String prefix) throws IOException;

  void delete(String key) throws IOException;
}
