package io.millrace.index;

import io.millrace.codec.MillraceCodec;
import io.millrace.model.CollectionConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexCommit;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.NoMergePolicy;
import org.apache.lucene.store.Directory;
import org.apache.lucene.store.FSDirectory;

/// An index folder that came from elsewhere, before a collection is opened over it.
public final class RestoredIndex {
  private RestoredIndex() {}

  /// Of the one commit in the folder. Throws an IOException when there is another number of them.
  public static CommitData data(Path folder) throws IOException {
    try (Directory directory = FSDirectory.open(folder)) {
      List<IndexCommit> commits = DirectoryReader.listCommits(directory);
      if (commits.size() != 1) {
        throw new IOException(folder + " holds " + commits.size() + " commits, not one");
      }
      return CommitData.fromMap(commits.getFirst().getUserData());
    }
  }

  /// Takes out the positions of sources whose lives mean nothing here.
  public static void forgetSources(Path folder, CollectionConfig config, Set<String> sources)
      throws IOException {
    CommitData old = data(folder);
    StreamPositions kept = new StreamPositions();
    old.positions()
        .forEach((stream, position) -> {
          if (!sources.contains(stream.source())) {
            kept.add(stream, position);
          }
        });
    IndexWriterConfig writerConfig =
        new IndexWriterConfig()
            .setCodec(new MillraceCodec(new ConfiguredVectors(() -> config), 1))
            .setOpenMode(IndexWriterConfig.OpenMode.APPEND)
            .setMergePolicy(NoMergePolicy.INSTANCE);
    try (Directory directory = FSDirectory.open(folder);
        IndexWriter writer = new IndexWriter(directory, writerConfig)) {
      CommitData renewed = new CommitData(old.sequence(), true, kept, old.versionMarkers());
      writer.setLiveCommitData(renewed.toMap().entrySet());
      writer.commit();
    }
  }
}
