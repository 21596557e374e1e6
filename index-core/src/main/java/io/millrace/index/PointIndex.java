package io.millrace.index;

import io.millrace.meter.MergeLog;
import io.millrace.model.CollectionConfig;
import io.millrace.model.Condition;
import io.millrace.model.Failure;
import io.millrace.model.Filter;
import io.millrace.model.Operation;
import io.millrace.model.Operation.PointVectors;
import io.millrace.model.Operation.Precondition;
import io.millrace.model.PayloadBytes;
import io.millrace.model.PayloadPath;
import io.millrace.model.Point;
import io.millrace.model.PointId;
import io.millrace.model.Selection;
import io.millrace.model.VectorValue;
import io.millrace.payload.PayloadEdits;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.util.IOUtils;
import org.jspecify.annotations.Nullable;

/// The writing side of a collection's index. Applying is a pure function of (state, operation), so
/// a replay of the log gives the same points.
///
/// One thread calls everything here that does not say otherwise; merges run on threads of their
/// own.
///
/// Operations that change part of a point read it first, from the [CurrentPoints]. The versions
/// that users gave to points lie in an index beside theirs, see [RecordVersions].
public final class PointIndex implements AutoCloseable {

  /// What applying one operation came to.
  ///
  /// @param missing named ids that do not exist
  /// @param stale ids left alone, because their version is newer
  /// @param duplicate ids left alone, because they have that version already
  public record Applied(long missing, Optional<Failure> failure, long stale, long duplicate) {
    static final Applied FULLY = new Applied(0, Optional.empty(), 0, 0);
  }

  /// How the filter of an operation is looked up; the search side provides it.
  public interface Matcher {
    List<PointId> ids(DirectoryReader reader, Filter filter) throws IOException;
  }

  private final IndexFolder folder;
  private final CurrentPoints points;
  private final RecordVersions versions;
  private volatile long versionMarkers; // as of the last durable commit
  private long nowMillis; // of the log entry that is applied

  private PointIndex(
      Supplier<CollectionConfig> config,
      Matcher matcher,
      IndexFolder folder,
      RecordVersions versions)
      throws IOException {
    this.folder = folder;
    this.versions = versions;
    this.versionMarkers = versions.markers();
    this.points = new CurrentPoints(config, matcher, folder.writer());
  }

  /// Opens the folder at its last durable commit; a newer commit that was only published is
  /// dropped, the log replays what it held.
  ///
  /// @param config asked anew at every use, since a collection's settings change while it is open
  /// @param room on the volume; merges that may not fit wait
  public static PointIndex open(
      Path folder,
      Supplier<CollectionConfig> config,
      Matcher matcher,
      int mergeThreads,
      MergeRoom room)
      throws IOException {
    return open(folder, config, matcher, mergeThreads, room, GraphHeap.OF_PROCESS);
  }

  /// @param heap for the graphs that are built
  static PointIndex open(
      Path folder,
      Supplier<CollectionConfig> config,
      Matcher matcher,
      int mergeThreads,
      MergeRoom room,
      GraphHeap heap)
      throws IOException {
    IndexFolder files = IndexFolder.open(folder, config, mergeThreads, room, heap);
    @Nullable RecordVersions versions = null;
    try {
      versions = RecordVersions.open(folder.resolveSibling("versions"), files.opened().sequence());
      return new PointIndex(config, matcher, files, versions);
    } catch (IOException | RuntimeException e) {
      IOUtils.closeWhileHandlingException(versions, files);
      throw e;
    }
  }

  /// Sequence and positions of the commit this index was opened at.
  public CommitData opened() {
    return folder.opened();
  }

  /// Applies one operation. A [Failure] inside the result is for the caller who waits; the
  /// operation is done as far as its points exist. An IOException means the index can take no more.
  public Applied apply(long sequence, Operation operation) throws IOException {
    folder.policy().rests(false);
    points.follow();
    return switch (operation) {
      case Operation.Upsert(List<Point> all, Precondition precondition) -> {
        for (Point point : all) {
          if (isWanted(point.id(), precondition)) {
            upsert(sequence, point);
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
      case Operation.ClearPayload(Selection which) ->
          rewritePayload(sequence, which, old -> PayloadBytes.EMPTY);
      case Operation.UpdateVectors(List<PointVectors> all, Precondition precondition) ->
          updateVectors(sequence, all, precondition);
      case Operation.DeleteVectors(Selection which, List<String> names) ->
          rewrite(
              sequence,
              which,
              old -> {
                Map<String, VectorValue> left = new HashMap<>(old.vectors());
                left.keySet().removeAll(names);
                return new Point(old.id(), left, old.payload());
              });
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
      case Operation.Upsert(List<Point> all, Precondition precondition) -> {
        Map<PointId, Point> last = new LinkedHashMap<>();
        all.forEach(point -> last.put(point.id(), point));
        for (Point point : last.values()) {
          if (rule.admits(point.id()) && isWanted(point.id(), precondition)) {
            upsert(sequence, point);
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
      case Operation.UpdateVectors(List<PointVectors> all, Precondition precondition) ->
          part(
              sequence,
              new Selection.Ids(all.stream().map(PointVectors::id).distinct().toList()),
              rule,
              ids ->
                  new Operation.UpdateVectors(
                      all.stream().filter(p -> ids.ids().contains(p.id())).toList(), precondition));
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
      if (points.find(id).isPresent()) {
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
    Optional<Point> old = points.find(id);
    return switch (precondition.mode()) {
      case INSERT_ONLY -> old.isEmpty();
      case UPDATE_ONLY -> old.isPresent() && meets(old.get(), precondition);
      case UPSERT -> old.isEmpty() || meets(old.get(), precondition);
    };
  }

  private boolean meets(Point point, Precondition precondition) {
    return precondition.filter().isEmpty() || points.matches(point, precondition.filter().get());
  }

  private Applied updateVectors(long sequence, List<PointVectors> all, Precondition precondition)
      throws IOException {
    Map<PointId, Map<String, VectorValue>> merged = new LinkedHashMap<>();
    for (PointVectors p : all) {
      merged.computeIfAbsent(p.id(), id -> new HashMap<>()).putAll(p.vectors());
    }
    MissingPoints missing = new MissingPoints();
    for (Map.Entry<PointId, Map<String, VectorValue>> entry : merged.entrySet()) {
      Optional<Point> old = points.find(entry.getKey());
      if (old.isEmpty()) {
        missing.add(entry.getKey());
      } else if (meets(old.get(), precondition)) {
        Map<String, VectorValue> vectors = new HashMap<>(old.get().vectors());
        vectors.putAll(StoredForm.of(entry.getValue(), sequence, points.config()));
        put(sequence, new Point(entry.getKey(), vectors, old.get().payload()));
      }
    }
    return new Applied(missing.count(), missing.first(), 0, 0);
  }

  private Applied rewritePayload(long sequence, Selection which, UnaryOperator<PayloadBytes> change)
      throws IOException {
    return rewrite(
        sequence, which, old -> new Point(old.id(), old.vectors(), change.apply(old.payload())));
  }

  private Applied rewrite(long sequence, Selection which, UnaryOperator<Point> change)
      throws IOException {
    MissingPoints missing = new MissingPoints();
    for (PointId id : ids(which)) {
      Optional<Point> old = points.find(id);
      if (old.isPresent()) {
        put(sequence, change.apply(old.get()));
      } else {
        missing.add(id);
      }
    }
    return new Applied(missing.count(), missing.first(), 0, 0);
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
            if (points.find(id).isPresent()) {
              present.add(id);
            }
          }
          yield present;
        }
        yield points.matching(filter);
      }
    };
  }

  private void upsert(long sequence, Point point) throws IOException {
    put(
        sequence,
        new Point(
            point.id(),
            StoredForm.of(point.vectors(), sequence, points.config()),
            point.payload()));
  }

  private void put(long sequence, Point stored) throws IOException {
    points.put(sequence, stored);
    if (!versions.isEmpty()) {
      versions.writtenWithout(stored.id(), nowMillis);
    }
  }

  private void remove(PointId id) throws IOException {
    points.remove(id);
    if (!versions.isEmpty()) {
      versions.deletedWithout(id, nowMillis);
    }
  }

  /// Whether enough was written since the last refresh that one is due for the heap's sake.
  public boolean wantsRefresh() {
    return points.wantsRefresh();
  }

  /// How many points a text index lacks that was declared after them, by its path; nothing where it
  /// holds all. As of the last refresh.
  public Map<PayloadPath, Long> unfilled() throws IOException {
    return points.unfilled();
  }

  /// Writes some points anew, as they are and in their version, that a text index declared after
  /// them does not hold. Returns how many the index at a path lacked; nothing when all are held.
  /// Refresh after it.
  public Map<PayloadPath, Long> fill(int most) throws IOException {
    folder.policy().rests(false);
    return points.fill(most);
  }

  /// Makes everything applied visible in [#reader()].
  public void refresh() throws IOException {
    points.refresh();
  }

  /// The reader of the last refresh. Owned by this index: who keeps it takes a reference.
  public DirectoryReader reader() {
    return points.reader();
  }

  /// Commits everything applied.
  public void commit(CommitData data) throws IOException {
    if (data.durable()) {
      versions.commit(data.sequence(), nowMillis);
      versionMarkers = versions.markers();
    }
    folder.commit(data.withMarkers(versionMarkers));
  }

  /// Holds on to the newest commit, which must be a durable one. It may be closed by any thread,
  /// also after this index.
  public PinnedCommit pin() throws IOException {
    return new PinnedCommit(folder.pin(), versions.pin());
  }

  /// Starts the merges that the settings ask for, as after a change of them. Safe to call from any
  /// thread.
  public void mergeWhereDue() throws IOException {
    folder.writer().maybeMerge();
  }

  /// Nothing is written for a while: starts the merges that wait for that.
  public void rest() throws IOException {
    folder.policy().rests(true);
    mergeWhereDue();
  }

  /// Called on a merge's own thread each time one is done; what it made is seen by the next
  /// refresh.
  public void onMerged(Runnable listener) {
    folder.merges().onMerged(listener);
  }

  /// Merges are told to it from now on.
  public void logMergesIn(MergeLog merges) {
    folder.merges().logIn(merges);
  }

  /// Whether merges run, or segments wait for a graph; none does once writing has failed. Safe to
  /// call from any thread.
  public boolean isMerging() {
    IndexWriter writer = folder.writer();
    try {
      return writer.hasPendingMerges()
          || !writer.getMergingSegments().isEmpty()
          || folder.merges().isBusy();
    } catch (IllegalStateException failed) {
      return false;
    }
  }

  /// Whether merges wait for room on the volume: once there is some, [#mergeWhereDue] begins them.
  /// Safe to call from any thread.
  public boolean lacksRoom() {
    return folder.policy().lacksRoom();
  }

  /// Closes without a commit: what was not committed comes back from the log.
  @Override
  public void close() throws IOException {
    points.close();
    versions.close();
    folder.close();
  }
}
