package io.millrace.ingest;

import java.util.List;
import java.util.Optional;

/// Sources that were made at run time, and who is paused: durable, kept by the catalog.
public interface SourceStore {

  /// @param text its configuration as JSON, `""` for one of the configuration file
  record Stored(String name, String text, boolean isPaused) {}

  List<Stored> all();

  /// Makes or replaces; who is paused stays so.
  void put(String name, String text);

  /// Fine if there is none.
  void remove(String name);

  void setPaused(String name, boolean isPaused);

  default Optional<Stored> find(String name) {
    return all().stream().filter(stored -> stored.name().equals(name)).findFirst();
  }

  /// Keeps nothing: for tests and for processes without a catalog of their own.
  SourceStore NONE =
      new SourceStore() {
        @Override
        public List<Stored> all() {
          return List.of();
        }

        @Override
        public void put(String name, String text) {}

        @Override
        public void remove(String name) {}

        @Override
        public void setPaused(String name, boolean isPaused) {}
      };
}
