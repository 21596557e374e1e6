package io.millrace.collection;

import io.millrace.index.CommitData;
import io.millrace.index.DurableReader;
import io.millrace.index.MappedFolder;
import io.millrace.model.CollectionConfig;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.function.Supplier;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.store.Directory;
import org.jspecify.annotations.Nullable;

/// The reading half of a collection in a process that does not write: follows the commits another
/// process publishes. [#refresh] may be called by several threads.
final class Publications implements AutoCloseable {
  private final Path folder;
  private final Supplier<CollectionConfig> config;
  private final Views views;
  private @Nullable Directory directory; // under this
  private @Nullable DirectoryReader reader; // under this
  private volatile CommitData newest = CommitData.NONE;

  Publications(Path folder, Supplier<CollectionConfig> config, Views views) {
    this.folder = folder;
    this.config = config;
    this.views = views;
  }

  /// Opens the newest publication if it is newer than what is seen. A publication that disappears
  /// while it is opened is followed by a newer one: the next call finds that.
  synchronized void refresh() throws IOException {
    try {
      DirectoryReader before = reader;
      DirectoryReader newer;
      if (before == null) {
        if (!Files.isDirectory(folder)) {
          return;
        }
        if (directory == null) {
          directory = MappedFolder.open(folder);
        }
        newer = DirectoryReader.open(directory);
      } else {
        newer = DirectoryReader.openIfChanged(before);
      }
      if (newer == null) {
        return;
      }
      CommitData data = CommitData.fromMap(newer.getIndexCommit().getUserData());
      reader = newer;
      newest = data;
      newer.incRef();
      views.publish(data.sequence(), newer, config.get());
      if (before != null) {
        before.close();
      }
    } catch (NoSuchFileException | FileNotFoundException replaced) {
      // the writer has not published yet, or has replaced what was being opened
    }
  }

  /// Opens the newest commit that a start would go from, and stays there. Changes nothing in the
  /// folder. Throws where that commit or a file of it cannot be read.
  synchronized void openDurable() throws IOException {
    if (!Files.isDirectory(folder)) {
      return;
    }
    directory = MappedFolder.open(folder);
    if (!DirectoryReader.indexExists(directory)) {
      return; // nothing was committed yet: the log has everything
    }
    DirectoryReader opened = DurableReader.open(directory);
    CommitData data = CommitData.fromMap(opened.getIndexCommit().getUserData());
    reader = opened;
    newest = data;
    opened.incRef();
    views.publish(data.sequence(), opened, config.get());
  }

  CommitData newest() {
    return newest;
  }

  @Override
  public synchronized void close() throws IOException {
    if (reader != null) {
      reader.close();
    }
    if (directory != null) {
      directory.close();
    }
  }
}
