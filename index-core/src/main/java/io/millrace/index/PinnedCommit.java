package io.millrace.index;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexCommit;
import org.apache.lucene.store.Directory;
import org.apache.lucene.store.IOContext;
import org.apache.lucene.store.IndexInput;

/// One durable commit whose files stay until this is closed, whatever is merged or committed after
/// it. Files of a commit never change, so they may be read while writes go on. Safe for use by
/// several threads; closing it twice is fine.
public final class PinnedCommit implements AutoCloseable {

  /// Gives a commit free again.
  interface Release {
    void release(IndexCommit commit) throws IOException;
  }

  /// The content of one file, read from front to back by one thread.
  public interface Content extends AutoCloseable {
    long bytes();

    /// Fills the first `length` bytes of `into`.
    void read(byte[] into, int length) throws IOException;

    @Override
    void close() throws IOException;
  }

  private final IndexCommit commit;
  private final Directory directory;
  private final Release release;
  private final CommitData data;
  private final List<String> names;
  private boolean released; // under this

  PinnedCommit(IndexCommit commit, Directory directory, Release release) throws IOException {
    this.commit = commit;
    this.directory = directory;
    this.release = release;
    this.data = CommitData.fromMap(commit.getUserData());
    List<String> sorted = new ArrayList<>(commit.getFileNames());
    Collections.sort(sorted);
    this.names = List.copyOf(sorted);
  }

  /// Sequence and positions of what it holds.
  public CommitData data() {
    return data;
  }

  /// Of the files, sorted.
  public List<String> names() {
    return names;
  }

  public Content open(String name) throws IOException {
    IndexInput in = directory.openInput(name, IOContext.READONCE);
    return new Content() {
      @Override
      public long bytes() {
        return in.length();
      }

      @Override
      public void read(byte[] into, int length) throws IOException {
        in.readBytes(into, 0, length);
      }

      @Override
      public void close() throws IOException {
        in.close();
      }
    };
  }

  /// Live points.
  public long points() throws IOException {
    try (DirectoryReader reader = DirectoryReader.open(commit)) {
      return reader.numDocs();
    }
  }

  public long bytes() throws IOException {
    long sum = 0;
    for (String name : names) {
      sum += directory.fileLength(name);
    }
    return sum;
  }

  @Override
  public synchronized void close() throws IOException {
    if (!released) {
      released = true;
      release.release(commit);
    }
  }
}
