package io.millrace.index;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexCommit;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.SnapshotDeletionPolicy;
import org.apache.lucene.store.AlreadyClosedException;
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

  /// One Lucene commit of it.
  ///
  /// @param folder its place beside the others, as `index`
  record Held(String folder, IndexCommit commit, Directory directory, Release release) {

    /// Holds on to the newest commit of a writer.
    ///
    /// @param commits of the writer
    static Held newest(
        String folder, Directory directory, IndexWriter writer, SnapshotDeletionPolicy commits)
        throws IOException {
      return new Held(
          folder,
          commits.snapshot(),
          directory,
          commit -> {
            commits.release(commit);
            try {
              writer.deleteUnusedFiles();
            } catch (AlreadyClosedException closed) {
              // the next start deletes what no commit needs
            }
          });
    }
  }

  private record Place(Held held, String file) {}

  private final Held points;
  private final List<Held> all;
  private final CommitData data;
  private final SortedMap<String, Place> places = new TreeMap<>();
  private boolean released; // under this

  /// @param points the collection's own
  /// @param beside others that belong to it
  PinnedCommit(Held points, List<Held> beside) throws IOException {
    this.points = points;
    this.all = new ArrayList<>(beside);
    this.all.add(points);
    this.data = CommitData.fromMap(points.commit().getUserData());
    for (Held held : all) {
      for (String file : held.commit().getFileNames()) {
        places.put(held.folder() + "/" + file, new Place(held, file));
      }
    }
  }

  /// Sequence and positions of what it holds.
  public CommitData data() {
    return data;
  }

  /// Of the files, sorted, as `index/_0.fnm`.
  public List<String> names() {
    return List.copyOf(places.keySet());
  }

  private Place place(String name) throws IOException {
    Place place = places.get(name);
    if (place == null) {
      throw new FileNotFoundException(name);
    }
    return place;
  }

  public Content open(String name) throws IOException {
    Place place = place(name);
    IndexInput in = place.held().directory().openInput(place.file(), IOContext.READONCE);
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
    try (DirectoryReader reader = DirectoryReader.open(points.commit())) {
      return reader.numDocs();
    }
  }

  public long bytes() throws IOException {
    long sum = 0;
    for (Place place : places.values()) {
      sum += place.held().directory().fileLength(place.file());
    }
    return sum;
  }

  @Override
  public synchronized void close() throws IOException {
    if (!released) {
      released = true;
      for (Held held : all) {
        held.release().release(held.commit());
      }
    }
  }
}
