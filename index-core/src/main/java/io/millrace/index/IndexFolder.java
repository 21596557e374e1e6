package io.millrace.index;

import io.millrace.codec.MillraceCodec;
import io.millrace.model.CollectionConfig;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Supplier;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexCommit;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.SnapshotDeletionPolicy;
import org.apache.lucene.store.Directory;

/// The folder with the points of a collection, open for writing: Lucene's writer, its merges and
/// its commits. Opened, written and closed by the one thread of [PointIndex].
final class IndexFolder implements Closeable {
  private static final double WRITE_BUFFER_MB = 64;

  private final SyncDirectory directory;
  private final IndexWriter writer;
  private final SnapshotDeletionPolicy commits;
  private final GraphMergeScheduler merges;
  private final GraphMergePolicy policy;
  private final CommitData opened;

  private IndexFolder(
      SyncDirectory directory,
      IndexWriter writer,
      SnapshotDeletionPolicy commits,
      GraphMergeScheduler merges,
      GraphMergePolicy policy,
      CommitData opened) {
    this.directory = directory;
    this.writer = writer;
    this.commits = commits;
    this.merges = merges;
    this.policy = policy;
    this.opened = opened;
  }

  /// Opens the folder at its last durable commit; a newer commit that was only published is
  /// dropped, the log replays what it held.
  ///
  /// @param config asked anew at every use
  /// @param room on the volume; merges that may not fit wait
  /// @param heap for the graphs that are built
  static IndexFolder open(
      Path folder,
      Supplier<CollectionConfig> config,
      int mergeThreads,
      MergeRoom room,
      GraphHeap heap)
      throws IOException {
    SyncDirectory directory = new SyncDirectory(MappedFolder.open(folder));
    try {
      Optional<IndexCommit> durable = lastDurableCommit(directory);
      GraphMergePolicy policy = new GraphMergePolicy(config, room, heap);
      GraphMergeScheduler merges = new GraphMergeScheduler(policy, heap, mergeThreads);
      SnapshotDeletionPolicy commits = new SnapshotDeletionPolicy(new KeepDurableCommits());
      IndexWriterConfig writerConfig =
          new IndexWriterConfig()
              .setCodec(new MillraceCodec(new ConfiguredVectors(config), Math.max(1, mergeThreads)))
              .setMergePolicy(RemovedVectors.leftOutBy(policy, config))
              .setMergeScheduler(merges)
              .setRAMBufferSizeMB(WRITE_BUFFER_MB)
              .setIndexDeletionPolicy(commits)
              .setMaxFullFlushMergeWaitMillis(0)
              .setUseCompoundFile(false)
              .setCommitOnClose(false);
      if (durable.isPresent()) {
        writerConfig.setIndexCommit(durable.get());
      } else {
        writerConfig.setOpenMode(IndexWriterConfig.OpenMode.CREATE);
      }
      CommitData opened =
          durable.isPresent() ? CommitData.fromMap(durable.get().getUserData()) : CommitData.NONE;
      IndexWriter writer = new IndexWriter(directory, writerConfig);
      return new IndexFolder(directory, writer, commits, merges, policy, opened);
    } catch (IOException | RuntimeException e) {
      directory.close();
      throw e;
    }
  }

  private static Optional<IndexCommit> lastDurableCommit(Directory directory) throws IOException {
    Optional<String> name = Commits.newestDurable(directory);
    if (name.isPresent()) {
      for (IndexCommit commit : DirectoryReader.listCommits(directory)) {
        if (commit.getSegmentsFileName().equals(name.get())) {
          return Optional.of(commit);
        }
      }
      throw new IOException("The commit " + name.get() + " is not there any more");
    }
    return Optional.empty();
  }

  /// Sequence and positions of the commit it was opened at.
  CommitData opened() {
    return opened;
  }

  IndexWriter writer() {
    return writer;
  }

  GraphMergeScheduler merges() {
    return merges;
  }

  GraphMergePolicy policy() {
    return policy;
  }

  /// Commits everything written; forced to the disk only if the commit is to be durable.
  void commit(CommitData data) throws IOException {
    directory.setSyncing(data.durable());
    writer.setLiveCommitData(data.toMap().entrySet());
    writer.commit();
  }

  /// Holds on to the newest commit.
  PinnedCommit.Held pin() throws IOException {
    return PinnedCommit.Held.newest("index", directory, writer, commits);
  }

  /// Without a commit.
  @Override
  public void close() throws IOException {
    writer.rollback();
    directory.close();
  }
}
