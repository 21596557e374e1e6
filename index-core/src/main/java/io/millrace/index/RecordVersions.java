package io.millrace.index;

import io.millrace.model.PointId;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.lucene.document.BinaryDocValuesField;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.LongField;
import org.apache.lucene.document.NumericDocValuesField;
import org.apache.lucene.document.StringField;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.DocValues;
import org.apache.lucene.index.IndexCommit;
import org.apache.lucene.index.IndexDeletionPolicy;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.LeafReader;
import org.apache.lucene.index.SnapshotDeletionPolicy;
import org.apache.lucene.index.SortedNumericDocValues;
import org.apache.lucene.index.Term;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.store.FSDirectory;
import org.apache.lucene.util.BytesRef;
import org.apache.lucene.util.IOUtils;
import org.jspecify.annotations.Nullable;

/// The versions that users gave to points, in a small Lucene index of their own beside the
/// collection's: one document per id that was ever written with a version.
///
/// ```
/// _id       the id in its byte form: term and doc value
/// version   the user's clock, int64
/// deleted   time of the log entry that deleted the point, absent while the point is there
/// ```
///
/// **Markers.** An entry whose point was deleted is a marker: a late, older write finds it and does
/// not bring the point back. It is forgotten [#KEEP] after the delete, measured by the times of log
/// entries and never by a clock, so that a replay decides as the first run did.
///
/// **Two indexes, one state.** This one is committed right before the collection's, with the same
/// sequence, and the two last commits stay. At a start the newest commit that is not ahead of the
/// collection's is opened: whatever it lacks, the log replays into both. A collection that never
/// sees a version has no folder here. One thread.
final class RecordVersions implements Closeable {
  /// How long a marker is kept (7 days).
  static final Duration KEEP = Duration.ofDays(7);

  private static final String VERSION = "version";
  private static final String DELETED = "deleted";
  private static final String SEQUENCE = "millrace.sequence";

  /// Entries remembered before the reader is opened anew: some MB.
  private static final int MAX_PENDING = 50_000;

  private static final double WRITE_BUFFER_MB = 16;

  /// What is known about an id.
  ///
  /// @param deletedMillis 0 while the point is there
  record Known(long version, long deletedMillis) {}

  private final Path folder;
  private final Map<PointId, Known> pending = new HashMap<>();
  private @Nullable FSDirectory directory;
  private @Nullable IndexWriter writer;
  private @Nullable SnapshotDeletionPolicy commits;
  private @Nullable DirectoryReader reader;
  private @Nullable PointLookup lookup;
  private boolean changed;

  private RecordVersions(Path folder) {
    this.folder = folder;
  }

  /// @param sequence of the collection's commit: newer commits of ours are dropped
  static RecordVersions open(Path folder, long sequence) throws IOException {
    RecordVersions versions = new RecordVersions(folder);
    if (Files.isDirectory(folder)) {
      try {
        versions.openAt(sequence);
      } catch (IOException | RuntimeException e) {
        versions.close();
        throw e;
      }
    }
    return versions;
  }

  private void openAt(long sequence) throws IOException {
    FSDirectory opened = FSDirectory.open(folder);
    directory = opened;
    Optional<IndexCommit> start = Optional.empty();
    if (DirectoryReader.indexExists(opened)) {
      List<IndexCommit> commits = DirectoryReader.listCommits(opened);
      for (IndexCommit commit : commits) {
        if (sequence(commit) <= sequence) {
          start = Optional.of(commit);
        }
      }
    }
    SnapshotDeletionPolicy keeping = new SnapshotDeletionPolicy(new KeepTwo());
    commits = keeping;
    IndexWriterConfig config =
        new IndexWriterConfig()
            .setRAMBufferSizeMB(WRITE_BUFFER_MB)
            .setIndexDeletionPolicy(keeping)
            .setCommitOnClose(false);
    if (start.isPresent()) {
      config.setIndexCommit(start.get());
    } else {
      config.setOpenMode(IndexWriterConfig.OpenMode.CREATE);
    }
    IndexWriter made = new IndexWriter(opened, config);
    writer = made;
    refresh(made);
  }

  private static long sequence(IndexCommit commit) throws IOException {
    return Long.parseLong(commit.getUserData().getOrDefault(SEQUENCE, "-1"));
  }

  /// Whether no id has a version: then nobody needs to ask.
  boolean isEmpty() {
    DirectoryReader open = reader;
    return pending.isEmpty() && (open == null || open.numDocs() == 0);
  }

  /// @param nowMillis time of the log entry that asks
  Optional<Known> find(PointId id, long nowMillis) throws IOException {
    Known known = pending.get(id);
    if (known == null) {
      known = stored(id);
    }
    boolean forgotten =
        known != null
            && known.deletedMillis() != 0
            && nowMillis - known.deletedMillis() > KEEP.toMillis();
    return forgotten ? Optional.empty() : Optional.ofNullable(known);
  }

  private @Nullable Known stored(PointId id) throws IOException {
    PointLookup at = lookup;
    Optional<PointLookup.Place> place = at == null ? Optional.empty() : at.find(id);
    if (place.isEmpty()) {
      return null;
    }
    LeafReader leaf = place.get().leaf().reader();
    int doc = place.get().doc();
    return new Known(number(leaf, VERSION, doc), number(leaf, DELETED, doc));
  }

  private static long number(LeafReader leaf, String field, int doc) throws IOException {
    SortedNumericDocValues values = DocValues.getSortedNumeric(leaf, field); // reads both kinds
    return values.advanceExact(doc) ? values.nextValue() : 0;
  }

  /// The point is there with that version.
  void written(PointId id, long version) throws IOException {
    put(id, new Known(version, 0));
  }

  /// The point was deleted with that version, or was not there.
  void deleted(PointId id, long version, long nowMillis) throws IOException {
    put(id, new Known(version, Math.max(1, nowMillis)));
  }

  /// The point was written without a version: it keeps the one it has.
  void writtenWithout(PointId id, long nowMillis) throws IOException {
    Optional<Known> known = find(id, nowMillis);
    if (known.isPresent() && known.get().deletedMillis() != 0) {
      put(id, new Known(known.get().version(), 0));
    }
  }

  /// The point was deleted without a version: a marker stays if it had one.
  void deletedWithout(PointId id, long nowMillis) throws IOException {
    Optional<Known> known = find(id, nowMillis);
    if (known.isPresent() && known.get().deletedMillis() == 0) {
      deleted(id, known.get().version(), nowMillis);
    }
  }

  private void put(PointId id, Known known) throws IOException {
    IndexWriter open = writer;
    if (open == null) {
      Files.createDirectories(folder);
      IOUtils.fsync(folder.toAbsolutePath().getParent(), true); // commits force only what is in it
      openAt(-1);
      open = writer;
      if (open == null) {
        throw new AssertionError("the index was opened");
      }
    }
    BytesRef bytes = new BytesRef(id.bytes());
    Document document = new Document();
    document.add(new StringField(Fields.ID, bytes, Field.Store.NO));
    document.add(new BinaryDocValuesField(Fields.ID, bytes));
    document.add(new NumericDocValuesField(VERSION, known.version()));
    if (known.deletedMillis() != 0) {
      document.add(new LongField(DELETED, known.deletedMillis(), Field.Store.NO));
    }
    open.updateDocument(new Term(Fields.ID, bytes), document);
    pending.put(id, known);
    changed = true;
    if (pending.size() > MAX_PENDING) {
      refresh(open);
    }
  }

  private void refresh(IndexWriter open) throws IOException {
    DirectoryReader older = reader;
    DirectoryReader newer =
        older == null
            ? DirectoryReader.open(open)
            : DirectoryReader.openIfChanged(older, open, true);
    if (newer != null) {
      reader = newer;
      lookup = new PointLookup(newer);
      if (older != null) {
        older.close();
      }
    }
    pending.clear();
  }

  /// Deleted points whose version is remembered.
  long markers() throws IOException {
    IndexWriter open = writer;
    if (open == null) {
      return 0;
    }
    refresh(open);
    DirectoryReader now = reader;
    return now == null
        ? 0
        : new IndexSearcher(now).count(LongField.newRangeQuery(DELETED, 1, Long.MAX_VALUE));
  }

  /// Durable when it returns; to be called right before the collection's own commit.
  ///
  /// @param nowMillis time of the last log entry contained
  void commit(long sequence, long nowMillis) throws IOException {
    IndexWriter open = writer;
    if (open == null || !changed) {
      return;
    }
    // A day more than needed: entries of several clocks may not be in the order of their times.
    long forgotten = nowMillis - KEEP.toMillis() - Duration.ofDays(1).toMillis();
    if (forgotten > 1) {
      open.deleteDocuments(LongField.newRangeQuery(DELETED, 1, forgotten));
    }
    open.setLiveCommitData(Map.of(SEQUENCE, Long.toString(sequence)).entrySet());
    open.commit();
    changed = false;
    refresh(open);
  }

  /// Holds on to the newest commit, if there is one; right after the collection's own.
  List<PinnedCommit.Held> pin() throws IOException {
    IndexWriter open = writer;
    SnapshotDeletionPolicy keeping = commits;
    FSDirectory from = directory;
    if (open == null || keeping == null || from == null || !DirectoryReader.indexExists(from)) {
      return List.of();
    }
    return List.of(PinnedCommit.Held.newest("versions", from, open, keeping));
  }

  @Override
  public void close() throws IOException {
    DirectoryReader openReader = reader;
    if (openReader != null) {
      openReader.close();
    }
    IndexWriter open = writer;
    if (open != null) {
      open.rollback();
    }
    FSDirectory openDirectory = directory;
    if (openDirectory != null) {
      openDirectory.close();
    }
  }

  /// The last commit may be ahead of the collection's; the one before it is not.
  private static final class KeepTwo extends IndexDeletionPolicy {
    @Override
    public void onInit(List<? extends IndexCommit> commits) throws IOException {
      onCommit(commits);
    }

    @Override
    public void onCommit(List<? extends IndexCommit> commits) throws IOException {
      for (int i = 0; i < commits.size() - 2; i++) {
        commits.get(i).delete();
      }
    }
  }
}
