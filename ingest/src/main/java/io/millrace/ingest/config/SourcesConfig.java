package io.millrace.ingest.config;

import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// All sources of a process.
///
/// @param dataFolder the folder of the store; `ingest/` in it is ours
/// @param ingestBytes memory for records between fetch and log, for all sources together
/// @param fileRoots below which sources that are made at run time may read; empty = beside the
///   folders of those configured here, and `inbox` in the data folder
public record SourcesConfig(
    Path dataFolder, long ingestBytes, List<SourceConfig> sources, List<Path> fileRoots) {
  public static final long DEFAULT_INGEST_BYTES = 64L << 20;

  public SourcesConfig {
    sources = List.copyOf(sources);
    fileRoots = List.copyOf(fileRoots);
    Set<String> names = new HashSet<>();
    for (SourceConfig source : sources) {
      if (!names.add(source.name())) {
        throw new IllegalArgumentException("two sources are named '" + source.name() + "'");
      }
    }
  }

  public static SourcesConfig of(Path dataFolder, SourceConfig... sources) {
    return new SourcesConfig(dataFolder, DEFAULT_INGEST_BYTES, List.of(sources), List.of());
  }

  public Path ingestFolder() {
    return dataFolder.resolve("ingest");
  }
}
