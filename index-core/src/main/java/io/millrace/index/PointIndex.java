package io.millrace.index;

import io.millrace.codec.MillraceCodec;
import io.millrace.model.CollectionConfig;
import io.millrace.model.Condition;
import io.millrace.model.Failure;
import io.millrace.model.Filter;
import io.millrace.model.Operation;
import io.millrace.model.Operation.PointVectors;
import io.millrace.model.Operation.Precondition;
import io.millrace.model.PayloadBytes;
import io.millrace.model.Point;
import io.millrace.model.PointId;
import io.millrace.model.Selection;
import io.millrace.model.VectorValue;
import io.millrace.payload.FilterEvaluator;
import io.millrace.payload.IndexMeanings;
import io.millrace.payload.JsonValue;
import io.millrace.payload.PayloadEdits;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.apache.lucene.index.ConcurrentMergeScheduler;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexCommit;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.MergePolicy;
import org.apache.lucene.index.SnapshotDeletionPolicy;
import org.apache.lucene.index.Term;
import org.apache.lucene.store.AlreadyClosedException;
import org.apache.lucene.store.Directory;
import org.apache.lucene.util.BytesRef;
import org.apache.lucene.util.ThreadInterruptedException;

/// The writing side of a collection's index. Applying is a pure function of (state, operation), so
/// a replay of the log gives the same points.
///
/// One thread calls everything here; merges run on threads of their own.
///
/// Operations that change part of a point read it first: from the map of points written since the
/// last refresh, else from the reader of that refresh. Operations by filter refresh before they
/// look.
public final class PointIndex implements AutoCloseable {

  /// Points remembered between refreshes stay below this; past it [#wantsRefresh] says so. Half of
  /// Lucene's own write buffer, so that remembering never costs more than indexing does.
  private static final long PENDING_BYTES = 32L << 20;

  private static final double WRITE_BUFFER_MB = 64;

  /// Points looked at one by one, some microseconds each, that cost as much as a refresh: some
  /// milliseconds. Counted and not timed, as nothing here may depend on a clock.
  private static final int EVALUATED_FOR_A_REFRESH = 4_096;

  /// What applying one operation came to.
  ///
  /// @param missing named ids that do not exist
  /// @param stale ids left alone, because their version is newer
  /// @param duplicate ids left alone, because they have that version already
  public record Applied(long missing, Optional<Failure> failure, long stale, long duplicate) {
    Applied(long missing, Optional<Failure> failure) {
      this(missing, failure, 0, 0);
    }

    static final Applied FULLY = new Applied(0, Optional.empty());
  }

  /// How the filter of an operation is looked up; the search side provides it.
  public interface Matcher {
    List<PointId> ids(DirectoryReader reader, Filter filter) throws IOException;
  }

  private final Supplier<CollectionConfig> config;
  private final Matcher matcher;
  private final SyncDirectory directory;
  private final IndexWriter writer;
  private final SnapshotDeletionPolicy commits;
  private final GraphMergeScheduler scheduler;
  private final CommitData opened;
  private final RecordVersions versions;
  private volatile long versionMarkers; // as of the last durable commit
  private long nowMillis; // of the log entry that is applied
  private final PayloadFields payloads = new PayloadFields();
  private final Map<PointId, Optional<Point>> pending = new HashMap<>();
  private long pendingBytes;
  private long evaluated; // pending points looked at since the last refresh
  private CollectionConfig known;
  private DirectoryReader reader;
  private PointLookup lookup;

  private PointIndex(
      Supplier<CollectionConfig> config,
      Matcher matcher,
      SyncDirectory directory,
      IndexWriter writer,
      SnapshotDeletionPolicy commits,
      GraphMergeScheduler scheduler,
      CommitData opened,
      RecordVersions versions)
      throws IOException {
    this.versions = versions;
    this.config = config;
    this.known = config.get();
    this.matcher = matcher;
    this.directory = directory;
    this.writer = writer;
    this.commits = commits;
    this.scheduler = scheduler;
    this.opened = opened;
    this.versionMarkers = versions.markers();
    this.reader = DirectoryReader.open(writer);
    this.lookup = new PointLookup(reader);
  }

  /// Opens the folder at its last durable commit; a newer commit that was only published is
  /// dropped, the log replays what it held.
  ///
  /// @param config asked anew at every use, since a collection's settings change while it is open
  /// @param freeBytes left on the volume; merges that may not fit wait
  public static PointIndex open(
      Path folder,
      Supplier<CollectionConfig> config,
      Matcher matcher,
      int mergeThreads,
      LongSupplier freeBytes)
      throws IOException {
    return open(folder, config, matcher, mergeThreads, freeBytes, GraphHeap.OF_PROCESS);
  }

  /// @param heap for the graphs that are built
  static PointIndex open(
      Path folder,
      Supplier<CollectionConfig> config,
      Matcher matcher,
      int mergeThreads,
      LongSupplier freeBytes,
      GraphHeap heap)
      throws IOException {
    SyncDirectory directory = new SyncDirectory(MappedFolder.open(folder));
    try {
      Optional<IndexCommit> durable = lastDurableCommit(directory);
      GraphMergePolicy policy = new GraphMergePolicy(config, freeBytes, heap);
      GraphMergeScheduler scheduler = new GraphMergeScheduler(policy, heap);
      scheduler.setMaxMergesAndThreads(mergeThreads + 4, mergeThreads);
      scheduler.disableAutoIOThrottle();
      SnapshotDeletionPolicy commits = new SnapshotDeletionPolicy(new KeepDurableCommits());
      IndexWriterConfig writerConfig =
          new IndexWriterConfig()
              .setCodec(new MillraceCodec(new ConfiguredVectors(config), 1))
              .setMergePolicy(RemovedVectors.leftOutBy(policy, config))
              .setMergeScheduler(scheduler)
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
      RecordVersions versions =
          RecordVersions.open(folder.resolveSibling("versions"), opened.sequence());
      return new PointIndex(
          config, matcher, directory, writer, commits, scheduler, opened, versions);
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
    }
    return Optional.empty();
  }

  /// Sequence and positions of the commit this index was opened at.
  public CommitData opened() {
    return opened;
  }

  /// Applies one operation. A [Failure] inside the result is for the caller who waits; the
  /// operation is done as far as its points exist. An IOException means the index can take no more.
  public Applied apply(long sequence, Operation operation) throws IOException {
    CollectionConfig now = config.get();
    if (now != known) {
      refresh(); // the points remembered may have vectors that are no more
      known = now;
    }
    return switch (operation) {
      case Operation.Upsert(List<Point> points, Precondition precondition) -> {
        for (Point point : points) {
          if (isWanted(point.id(), precondition)) {
            put(
                sequence,
                new Point(
                    point.id(), StoredForm.of(point.vectors(), sequence, known), point.payload()));
          }
        }
        yield Applied.FULLY;
      }
      case Operation.Delete(Selection which) -> {
        for (PointId id : ids(which)) {
          remove(id);
        }
        yield Applied.FULLY;
      }
      case Operation.SetPayload(Selection which, PayloadBytes patch, var key) ->
          rewritePayload(sequence, which, old -> PayloadEdits.set(old, patch, key));
      case Operation.OverwritePayload(Selection which, PayloadBytes payload) ->
          rewritePayload(sequence, which, old -> payload);
      case Operation.DeletePayload(Selection which, var keys) ->
          rewritePayload(sequence, which, old -> PayloadEdits.delete(old, keys));
      case Operation.ClearPayload(Selection which) -> {
        Applied applied = rewritePayload(sequence, which, old -> PayloadBytes.EMPTY);
        yield new Applied(applied.missing(), Optional.empty());
      }
      case Operation.UpdateVectors(List<PointVectors> points, Precondition precondition) ->
          updateVectors(sequence, points, precondition);
      case Operation.DeleteVectors(Selection which, List<String> names) -> {
        Applied applied =
            rewrite(
                sequence,
                which,
                old -> {
                  Map<String, VectorValue> left = new HashMap<>(old.vectors());
                  left.keySet().removeAll(names);
                  return new Point(old.id(), left, old.payload());
                });
        yield new Applied(applied.missing(), Optional.empty());
      }
      case Operation.Versioned(Operation inner, long version) ->
          versioned(sequence, inner, version);
    };
  }

  /// Time of the log entry whose operations are applied next; markers age by it.
  public void at(long entryMillis) {
    nowMillis = entryMillis;
  }

  /// The part of the operation whose points have a lower version, or none, is applied.
  private Applied versioned(long sequence, Operation operation, long version) throws IOException {
    VersionRule rule = new VersionRule(versions, version, nowMillis);
    switch (operation) {
      case Operation.Upsert(List<Point> points, Precondition precondition) -> {
        Map<PointId, Point> last = new LinkedHashMap<>();
        points.forEach(point -> last.put(point.id(), point));
        for (Point point : last.values()) {
          if (rule.admits(point.id()) && isWanted(point.id(), precondition)) {
            put(sequence, point);
            versions.written(point.id(), version);
          }
        }
      }
      case Operation.Delete(Selection which) -> {
        for (PointId id : rule.admitted(ids(which))) {
          remove(id);
          versions.deleted(id, version, nowMillis);
        }
      }
      case Operation.SetPayload(Selection which, var patch, var key) ->
          part(sequence, which, rule, ids -> new Operation.SetPayload(ids, patch, key));
      case Operation.OverwritePayload(Selection which, var payload) ->
          part(sequence, which, rule, ids -> new Operation.OverwritePayload(ids, payload));
      case Operation.DeletePayload(Selection which, var keys) ->
          part(sequence, which, rule, ids -> new Operation.DeletePayload(ids, keys));
      case Operation.ClearPayload(Selection which) ->
          part(sequence, which, rule, Operation.ClearPayload::new);
      case Operation.DeleteVectors(Selection which, var names) ->
          part(sequence, which, rule, ids -> new Operation.DeleteVectors(ids, names));
      case Operation.UpdateVectors(List<PointVectors> points, Precondition precondition) ->
          part(
              sequence,
              new Selection.Ids(points.stream().map(PointVectors::id).distinct().toList()),
              rule,
              ids ->
                  new Operation.UpdateVectors(
                      points.stream().filter(p -> ids.ids().contains(p.id())).toList(),
                      precondition));
      case Operation.Versioned ignored -> throw new IllegalStateException("one version only");
    }
    return rule.result();
  }

  private interface Restricted {
    Operation to(Selection.Ids ids);
  }

  /// Changes those points that are there; the others are missing and get no version.
  private void part(long sequence, Selection which, VersionRule rule, Restricted operation)
      throws IOException {
    List<PointId> there = new ArrayList<>();
    for (PointId id : rule.admitted(ids(which))) {
      if (current(id).isPresent()) {
        there.add(id);
      } else {
        rule.missing(id);
      }
    }
    if (!there.isEmpty()) {
      apply(sequence, operation.to(new Selection.Ids(there)));
      for (PointId id : there) {
        versions.written(id, rule.version());
      }
    }
  }

  /// Deleted points whose version is remembered, as of the last durable commit. Safe to call from
  /// any thread.
  public long versionMarkers() {
    return versionMarkers;
  }

  private boolean isWanted(PointId id, Precondition precondition) throws IOException {
    if (precondition.equals(Precondition.NONE)) {
      return true;
    }
    Optional<Point> old = current(id);
    return switch (precondition.mode()) {
      case INSERT_ONLY -> old.isEmpty();
      case UPDATE_ONLY -> old.isPresent() && matches(old.get(), precondition.filter());
      case UPSERT -> old.isEmpty() || matches(old.get(), precondition.filter());
    };
  }

  private boolean matches(Point point, Optional<Filter> filter) {
    return filter.isEmpty()
        || FilterEvaluator.matches(
            filter.get(),
            new FilterEvaluator.Subject(
                JsonValue.parse(point.payload()),
                point.id(),
                point.vectors().keySet(),
                new IndexMeanings(config.get().payloadSchema())));
  }

  private Applied updateVectors(long sequence, List<PointVectors> points, Precondition precondition)
      throws IOException {
    Map<PointId, Map<String, VectorValue>> merged = new LinkedHashMap<>();
    for (PointVectors p : points) {
      merged.computeIfAbsent(p.id(), id -> new HashMap<>()).putAll(p.vectors());
    }
    long missing = 0;
    Optional<Failure> failure = Optional.empty();
    for (Map.Entry<PointId, Map<String, VectorValue>> entry : merged.entrySet()) {
      Optional<Point> old = current(entry.getKey());
      if (old.isEmpty()) {
        missing++;
        if (failure.isEmpty()) {
          failure = Optional.of(Failure.NotFound.point(entry.getKey()));
        }
      } else if (matches(old.get(), precondition.filter())) {
        Map<String, VectorValue> vectors = new HashMap<>(old.get().vectors());
        vectors.putAll(StoredForm.of(entry.getValue(), sequence, known));
        put(sequence, new Point(entry.getKey(), vectors, old.get().payload()));
      }
    }
    return new Applied(missing, failure);
  }

  private Applied rewritePayload(long sequence, Selection which, UnaryOperator<PayloadBytes> change)
      throws IOException {
    return rewrite(
        sequence, which, old -> new Point(old.id(), old.vectors(), change.apply(old.payload())));
  }

  private Applied rewrite(long sequence, Selection which, UnaryOperator<Point> change)
      throws IOException {
    long missing = 0;
    Optional<Failure> failure = Optional.empty();
    for (PointId id : ids(which)) {
      Optional<Point> old = current(id);
      if (old.isPresent()) {
        put(sequence, change.apply(old.get()));
      } else {
        missing++;
        if (failure.isEmpty()) {
          failure = Optional.of(Failure.NotFound.point(id));
        }
      }
    }
    return new Applied(missing, failure);
  }

  private List<PointId> ids(Selection which) throws IOException {
    return switch (which) {
      case Selection.Ids(List<PointId> ids) -> ids;
      case Selection.Matching(Filter filter) -> {
        if (filter.must().size() == 1
            && filter.should().isEmpty()
            && filter.mustNot().isEmpty()
            && filter.minShould().isEmpty()
            && filter.must().getFirst() instanceof Condition.HasId(var ids)) {
          List<PointId> present = new ArrayList<>();
          for (PointId id : ids) {
            if (current(id).isPresent()) {
              present.add(id);
            }
          }
          yield present;
        }
        yield matching(filter);
      }
    };
  }

  /// What the reader holds, but for points written since; of those, each as it is now. A refresh
  /// spares looking at them one by one: it is made once that has cost as much as a refresh does, so
  /// a stream of operations by filter costs about twice what is needed at most.
  private List<PointId> matching(Filter filter) throws IOException {
    if (evaluated > EVALUATED_FOR_A_REFRESH) {
      refresh();
    }
    List<PointId> found = new ArrayList<>();
    for (PointId id : matcher.ids(reader, filter)) {
      if (!pending.containsKey(id)) {
        found.add(id);
      }
    }
    evaluated += pending.size();
    for (Optional<Point> written : pending.values()) {
      if (written.isPresent() && matches(written.get(), Optional.of(filter))) {
        found.add(written.get().id());
      }
    }
    return found;
  }

  private void put(long sequence, Point stored) throws IOException {
    writer.updateDocument(idTerm(stored.id()), PointDocument.of(stored, sequence, known, payloads));
    if (!versions.isEmpty()) {
      versions.writtenWithout(stored.id(), nowMillis);
    }
    remember(stored.id(), Optional.of(stored));
  }

  private void remove(PointId id) throws IOException {
    writer.deleteDocuments(idTerm(id));
    if (!versions.isEmpty()) {
      versions.deletedWithout(id, nowMillis);
    }
    remember(id, Optional.empty());
  }

  private void remember(PointId id, Optional<Point> state) {
    Optional<Point> before = pending.put(id, state);
    pendingBytes += cost(state) - (before == null ? 0 : cost(before));
  }

  /// A rough heap cost: entry and objects, payload, vectors.
  private static long cost(Optional<Point> state) {
    if (state.isEmpty()) {
      return 64;
    }
    long bytes = 160L + state.get().payload().length();
    for (VectorValue v : state.get().vectors().values()) {
      bytes +=
          switch (v) {
            case VectorValue.Dense d -> 4L * d.values().length;
            case VectorValue.Sparse s -> 8L * s.indices().length;
            case VectorValue.Multi m -> 4L * m.rows().length;
          };
    }
    return bytes;
  }

  private static Term idTerm(PointId id) {
    return new Term(Fields.ID, new BytesRef(id.bytes()));
  }

  /// The point as it is now, with everything applied so far.
  private Optional<Point> current(PointId id) throws IOException {
    Optional<Point> written = pending.get(id);
    if (written != null) {
      return written;
    }
    Optional<PointLookup.Place> place = lookup.find(id);
    if (place.isEmpty()) {
      return Optional.empty();
    }
    var leaf = place.get().leaf().reader();
    int doc = place.get().doc();
    return Optional.of(
        new Point(id, PointReader.vectors(leaf, doc, known), PointReader.payload(leaf, doc)));
  }

  /// Whether enough was written since the last refresh that one is due for the heap's sake.
  public boolean wantsRefresh() {
    return pendingBytes > PENDING_BYTES;
  }

  /// Writes some points anew, as they are and in their version, that a text index declared after
  /// them does not hold. Returns how many; 0 when all are held. Refresh after it.
  public int fill(int most) throws IOException {
    CollectionConfig now = config.get();
    List<PointLookup.Place> places = Unfilled.in(reader, now.payloadSchema(), most);
    for (PointLookup.Place place : places) {
      var leaf = place.leaf().reader();
      PointId id = PointReader.id(leaf, place.doc());
      if (pending.containsKey(id)) {
        continue; // written since, or gone
      }
      Point point =
          new Point(
              id,
              PointReader.vectors(leaf, place.doc(), now),
              PointReader.payload(leaf, place.doc()));
      long version = PointReader.version(leaf, place.doc());
      writer.updateDocument(idTerm(id), PointDocument.of(point, version, now, payloads));
      remember(id, Optional.of(point));
    }
    return places.size();
  }

  /// Makes everything applied visible in [#reader()].
  public void refresh() throws IOException {
    DirectoryReader newer = DirectoryReader.openIfChanged(reader, writer, true);
    if (newer != null) {
      DirectoryReader older = reader;
      reader = newer;
      lookup = new PointLookup(newer);
      older.close();
    }
    pending.clear();
    pendingBytes = 0;
    evaluated = 0;
  }

  /// The reader of the last refresh. Owned by this index: who keeps it takes a reference.
  public DirectoryReader reader() {
    return reader;
  }

  /// Commits everything applied.
  public void commit(CommitData data) throws IOException {
    if (data.durable()) {
      versions.commit(data.sequence(), nowMillis);
      versionMarkers = versions.markers();
    }
    directory.setSyncing(data.durable());
    writer.setLiveCommitData(data.withMarkers(versionMarkers).toMap().entrySet());
    writer.commit();
  }

  /// Holds on to the newest commit, which must be a durable one. It may be closed by any thread,
  /// also after this index.
  public PinnedCommit pin() throws IOException {
    return new PinnedCommit(
        new PinnedCommit.Held(
            "index", commits.snapshot(), directory, commit -> release(commits, commit, writer)),
        versions.pin());
  }

  static void release(SnapshotDeletionPolicy commits, IndexCommit commit, IndexWriter writer)
      throws IOException {
    commits.release(commit);
    try {
      writer.deleteUnusedFiles();
    } catch (AlreadyClosedException closed) {
      // the next start deletes what no commit needs
    }
  }

  /// Starts the merges that the settings ask for, as after a change of them.
  public void mergeWhereDue() throws IOException {
    writer.maybeMerge();
  }

  /// Called on a merge's own thread each time one is done; what it made is seen by the next
  /// refresh.
  public void onMerged(Runnable listener) {
    scheduler.onMerged = listener;
  }

  /// Whether merges run, or segments wait for a graph.
  public boolean isMerging() {
    return writer.hasPendingMerges() || !writer.getMergingSegments().isEmpty();
  }

  /// Closes without a commit: what was not committed comes back from the log.
  @Override
  public void close() throws IOException {
    reader.close();
    versions.close();
    writer.rollback();
    directory.close();
  }

  /// Merges never hold up the writing thread, however many wait: back-pressure is the pipeline's.
  private static final class GraphMergeScheduler extends ConcurrentMergeScheduler {
    private final GraphMergePolicy policy;
    private final GraphHeap heap;
    private volatile Runnable onMerged = () -> {};

    GraphMergeScheduler(GraphMergePolicy policy, GraphHeap heap) {
      this.policy = policy;
      this.heap = heap;
    }

    @Override
    protected void doMerge(MergeSource source, MergePolicy.OneMerge merge) throws IOException {
      int acquired;
      try {
        acquired = policy.acquireHeap(merge);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new ThreadInterruptedException(e);
      }
      try {
        super.doMerge(source, merge);
      } finally {
        heap.release(acquired);
      }
      onMerged.run();
    }

    @Override
    protected synchronized boolean maybeStall(MergeSource mergeSource) {
      return true;
    }
  }
}
