package io.millrace.ingest;

import io.millrace.ingest.config.SourceConfig.FilesSource;
import io.millrace.ingest.config.SourcesConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;

/// Folders below which sources that are made at run time may read. Without it a key that may manage
/// sources could read, and move, every file the server can. Links on the way are followed before it
/// is judged where a folder is.
final class FileRoots {
  private final Path dataFolder;
  private final Set<Path> roots = new LinkedHashSet<>();

  FileRoots(SourcesConfig config) {
    this.dataFolder = real(config.dataFolder());
    if (!config.fileRoots().isEmpty()) {
      config.fileRoots().forEach(root -> roots.add(real(root)));
      return;
    }
    roots.add(dataFolder.resolve("inbox"));
    config
        .sources()
        .forEach(source -> {
          if (source instanceof FilesSource folder) {
            roots.add(beside(real(folder.path())));
          }
        });
  }

  /// The folder's parent, unless that is the whole file system or holds the data folder.
  private Path beside(Path folder) {
    Path parent = folder.getParent();
    return parent == null || parent.getParent() == null || dataFolder.startsWith(parent)
        ? folder
        : parent;
  }

  /// Why a source may not read there.
  Optional<String> fault(Path folder) {
    Path wanted = real(folder);
    if (roots.stream().anyMatch(wanted::startsWith)) {
      return Optional.empty();
    }
    return Optional.of(
        "The folder "
            + folder
            + " is outside of those that sources made by the API may read: "
            + String.join(", ", roots.stream().map(Path::toString).toList())
            + "; limits.file_roots of the configuration names others, and sources of the"
            + " configuration may read any");
  }

  /// The folder itself, or as far as it exists; links resolved, `..` taken out.
  private static Path real(Path folder) {
    Path whole = folder.toAbsolutePath().normalize();
    Path there = whole;
    while (there.getParent() != null && !Files.exists(there, LinkOption.NOFOLLOW_LINKS)) {
      there = there.getParent();
    }
    try {
      return there.toRealPath().resolve(there.relativize(whole)).normalize();
    } catch (IOException e) {
      return whole; // a link into nothing is not below a root it does not name
    }
  }
}
