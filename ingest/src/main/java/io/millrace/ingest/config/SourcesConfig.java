package io.millrace.ingest.config;

import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// All sources of a process.
///
/// @param dataFolder the folder of the store; `ingest/` in it is ours
/// @param ingestBytes memory for records between fetch and log, for all sources together
public record SourcesConfig(Path dataFolder, long ingestBytes, List<SourceConfig> sources) {
  public static final long DEFAULT_INGEST_BYTES = 64L << 20;

  public SourcesConfig {
    sources = List.copyOf(sources);
    Set<String> names = new HashSet<>();
    for (SourceConfig source : sources) {
      if (!names.add(source.name())) {
        throw new IllegalArgumentException("two sources are named '" + source.name() + "'");
      }
    }
  }

  public static SourcesConfig of(Path dataFolder, SourceConfig... sources) {
    return new SourcesConfig(dataFolder, DEFAULT_INGEST_BYTES, List.of(sources));
  }

  public Path ingestFolder() {
    return dataFolder.resolve("ingest");
  }
}
