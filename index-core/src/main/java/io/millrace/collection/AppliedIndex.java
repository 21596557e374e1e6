package io.millrace.collection;

import io.millrace.index.CommitData;
import io.millrace.index.PointIndex;
import io.millrace.index.StreamPositions;
import io.millrace.log.LogEntry;
import io.millrace.log.OperationLog;
import io.millrace.meter.Jobs;
import io.millrace.model.CollectionConfig;
import io.millrace.model.Failure;
import io.millrace.model.Operation;
import io.millrace.model.PointId;
import io.millrace.model.Selection;
import io.millrace.model.StreamSpan;
import java.io.IOException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.apache.lucene.index.DirectoryReader;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The index as far as the log is applied to it: what entries do to it, what of it readers see and
/// what of it commits hold.
///
/// ```
/// apply an entry ──► show: refresh, view ──► commit: durable, log trimmed
/// ```
///
/// Invariants: views are published between entries only, so a reader never sees half a batch (but
/// see [Deferral]); the log is trimmed up to the last durable commit and never further.
///
/// Called by the apply thread; before it starts and after it has ended by whoever opens and closes
/// the [Applier]. Methods that any thread may call say so.
final class AppliedIndex {
  private static final Logger LOG = LoggerFactory.getLogger(AppliedIndex.class);

  /// Points that are written anew by a change that hardly counts.
  private static final int FEW = 16;

  private final String name;
  private final Supplier<CollectionConfig> config;
  private final StoreSettings settings;
  private final OperationLog log;
  private final PointIndex index;
  private final Views views;
  private final WriterFacts facts;
  private final Timings timings;
  private final Clock clock;
  private final RefreshPace refreshes;
  private final CommitPace commits;
  private final RestPace rest;
  private final TextFilling filling;
  private final ReplacedPayloads replacedPayloads = new ReplacedPayloads();
  private final StreamPositions positions;
  private long applied;
  private long lookedNanos; // for merges that lacked room
  private boolean changedBeside; // since the last commit, by merges or filling
  private volatile long committed;
  private volatile long deferredPoints;

  /// Replays what the last commit does not hold and publishes the first view. Log and index stay
  /// the caller's.
  ///
  /// @param jobs gets a replay that takes long, and the filling of indexes
  AppliedIndex(
      String name,
      Supplier<CollectionConfig> config,
      StoreSettings settings,
      OperationLog log,
      PointIndex index,
      Views views,
      WriterFacts facts,
      Jobs jobs,
      Clock clock)
      throws IOException {
    this.name = name;
    this.config = config;
    this.settings = settings;
    this.log = log;
    this.index = index;
    this.views = views;
    this.facts = facts;
    this.timings = facts.timings();
    this.clock = clock;
    this.refreshes = new RefreshPace(settings.refreshInterval());
    this.commits = new CommitPace(settings.commitInterval(), settings.commitLogBytes());
    this.rest = new RestPace(settings.restAfter());
    this.filling = new TextFilling(name, jobs);
    CommitData opened = index.opened();
    this.positions = opened.positions().copy();
    this.applied = opened.sequence();
    this.committed = opened.sequence();
    replay(jobs);
    index.refresh();
    if (publishes()) {
      index.commit(new CommitData(applied, committed == applied && committed >= 0, positions));
    }
    publishView();
    filling.begin(config.get().payloadSchema());
  }

  private void replay(Jobs jobs) throws IOException {
    long from = applied + 1;
    ReplayProgress progress =
        new ReplayProgress(
            jobs, name, log.nextSequence() - from, log.bytesSince(applied), System.nanoTime());
    Jobs.Outcome how = Jobs.Outcome.FAILED;
    try {
      replay(from, progress);
      how = Jobs.Outcome.DONE;
    } finally {
      progress.end(how);
    }
    if (progress.done() > 0) {
      facts.replayed(progress.done());
      LOG.info("log replayed collection={} from={} operations={}", name, from, progress.done());
    }
  }

  private void replay(long from, ReplayProgress progress) throws IOException {
    log.replay(
        from,
        entry -> {
          try {
            apply(entry);
            progress
                .applied(entry.operations().size(), System.nanoTime())
                .ifPresent(far -> LOG.info("a log is replayed collection={} far={}", name, far));
            if (index.wantsRefresh()) {
              index.refresh();
            }
          } catch (IOException e) {
            throw new Failure.Damaged(
                "Applying log entry " + entry.firstSequence() + " failed: " + e.getMessage(), e);
          }
        });
  }

  /// The paces count from here; right before the apply thread starts.
  void start() {
    long now = System.nanoTime();
    refreshes.start(now);
    commits.start(now);
    lookedNanos = now;
  }

  /// Sequence of the last operation applied, −1 before the first.
  long sequence() {
    return applied;
  }

  /// How far each stream is applied.
  StreamPositions positions() {
    return positions;
  }

  /// Sequence of the last operation in a durable commit. Safe to call from any thread.
  long committed() {
    return committed;
  }

  /// Points that readers do not see until their graph may be built. Safe to call from any thread.
  long deferredPoints() {
    return deferredPoints;
  }

  /// Safe to call from any thread.
  ReplacedPayloads replacedPayloads() {
    return replacedPayloads;
  }

  /// Safe to call from any thread.
  boolean isFilling() {
    return filling.isOpen();
  }

  /// @param bytes that the entry takes in the log
  List<Outcome> apply(LogEntry entry, long bytes) throws IOException {
    List<Outcome> outcomes = apply(entry);
    commits.applied(bytes);
    rest.written(System.nanoTime(), changesMore(entry) ? RestPace.MUCH : bytes);
    return outcomes;
  }

  /// Whether more is written than the log holds of it: points that match, or whole points for a
  /// change of the payload of more than a few.
  private static boolean changesMore(LogEntry entry) {
    return entry.operations().stream().anyMatch(AppliedIndex::changesMore);
  }

  private static boolean changesMore(Operation operation) {
    return switch (operation) {
      case Operation.Upsert _, Operation.UpdateVectors _ -> false;
      case Operation.Delete(Selection which) -> which instanceof Selection.Matching;
      case Operation.SetPayload o -> isMany(o.which());
      case Operation.OverwritePayload o -> isMany(o.which());
      case Operation.DeletePayload o -> isMany(o.which());
      case Operation.ClearPayload o -> isMany(o.which());
      case Operation.DeleteVectors o -> isMany(o.which());
      case Operation.Versioned(Operation inner, long _) -> changesMore(inner);
    };
  }

  private static boolean isMany(Selection which) {
    return !(which instanceof Selection.Ids(List<PointId> ids)) || ids.size() > FEW;
  }

  private List<Outcome> apply(LogEntry entry) throws IOException {
    List<Outcome> outcomes = new ArrayList<>(entry.operations().size());
    long sequence = entry.firstSequence();
    index.at(entry.timeMillis());
    for (Operation operation : entry.operations()) {
      replacedPayloads.count(operation);
      facts.applied(operation);
      PointIndex.Applied result = index.apply(sequence, seen(sequence, operation));
      outcomes.add(
          new Outcome(
              sequence, result.missing(), result.failure(), result.stale(), result.duplicate()));
      sequence++;
    }
    for (StreamSpan span : entry.positions()) {
      positions.add(span);
    }
    applied = sequence - 1;
    return outcomes;
  }

  /// What of the operation is left to apply: all of it, unless the view may not grow by all of it.
  /// Then what may be seen is applied and shown, and the rest is kept from readers.
  private Operation seen(long sequence, Operation operation) throws IOException {
    if (!config.get().defersPoints() || views.isHeld() || views.isEmpty() || publishes()) {
      return operation;
    }
    index.refresh();
    Optional<Deferral.Split> split = Deferral.split(operation, index.reader(), config.get());
    if (split.isEmpty()) {
      return operation;
    }
    if (!split.get().seen().points().isEmpty()) {
      index.apply(sequence, split.get().seen());
      index.refresh();
    }
    publishView();
    views.hold();
    deferredPoints = split.get().deferred().points().size();
    return split.get().deferred();
  }

  /// Until time makes a refresh, a commit, rest or a look for merges due, zero or less when it has;
  /// [Long#MAX_VALUE] when readers see and commits hold all there is, and it rests.
  long nanosLeft() {
    long now = System.nanoTime();
    long left = Long.MAX_VALUE;
    if (applied > views.searchable()) {
      left = Math.min(left, refreshes.nanosLeft(now));
    }
    if (hasUncommitted()) {
      left = Math.min(left, commits.nanosLeft(now));
    }
    return Math.min(left, Math.min(rest.nanosLeft(now), lookNanosLeft(now)));
  }

  /// Until merges that lacked room are looked for again: nothing tells of room that others give
  /// back, and no write may come that would have them looked for.
  private long lookNanosLeft(long now) {
    return index.lacksRoom() ? lookedNanos + settings.restAfter().toNanos() - now : Long.MAX_VALUE;
  }

  /// Shows and commits what is due.
  ///
  /// @param wanted somebody waits until this sequence is searchable; −1: nobody
  /// @param merged a merge is done that no view holds
  void keepUp(long wanted, boolean merged) throws IOException {
    long searchable = views.searchable();
    boolean someoneWaits = wanted > searchable && applied >= wanted && !views.isHeld();
    boolean refreshDue = applied > searchable && refreshes.nanosLeft(System.nanoTime()) <= 0;
    if (someoneWaits || refreshDue || merged || index.wantsRefresh()) {
      changedBeside |= merged;
      long begin = System.nanoTime();
      show();
      timings.refresh().addSecondsSince(begin);
      refreshes.refreshed(begin, System.nanoTime());
    }
    if (hasUncommitted() && commits.isDue(System.nanoTime())) {
      commit();
    }
    if (merged) {
      rest.merged(System.nanoTime(), timings.merge().sum());
    }
    if (rest.nanosLeft(System.nanoTime()) <= 0) {
      double mergedSeconds = timings.merge().sum();
      index.rest();
      rest.begins(mergedSeconds, index.isMerging());
    }
    if (lookNanosLeft(System.nanoTime()) <= 0) {
      index.mergeWhereDue();
      lookedNanos = System.nanoTime();
    }
  }

  private boolean hasUncommitted() {
    return applied > committed || changedBeside;
  }

  /// Takes a step of filling text indexes, if one is due, and shows it.
  ///
  /// @param idle nothing else is there to do
  void fill(boolean idle) throws IOException {
    if (filling.isDue(idle)) {
      rest.written(System.nanoTime(), RestPace.MUCH); // whole points are written anew
      if (filling.step(index)) {
        changedBeside = true;
        show();
      }
    }
  }

  /// Takes no more steps of filling.
  void endFilling(Jobs.Outcome how) {
    filling.end(how);
  }

  /// Runs a step that was waited for, behind a commit of everything before it, and shows readers
  /// what it changed.
  void run(Changes.Change change) throws IOException {
    try {
      index.refresh();
      commitApplied();
    } catch (IOException | RuntimeException e) {
      change
          .done()
          .completeExceptionally(
              new Failure.Unavailable("Committing before a change failed: " + e.getMessage(), e));
      throw e;
    }
    try {
      change.step().run();
    } catch (RuntimeException e) {
      change.done().completeExceptionally(e);
      return;
    }
    try {
      filling.begin(config.get().payloadSchema());
      filling.count(index); // so that who waits for the change finds its job
      views.release();
      publishView();
    } finally {
      change.done().complete(null); // it is made
    }
  }

  /// What was acknowledged before a failure stays readable, if the index is not what failed.
  void showLast() {
    try {
      if (applied > views.searchable()) {
        index.refresh();
        publishView();
      }
    } catch (IOException | RuntimeException e) {
      LOG.debug("the last operations stay invisible collection={}", name, e);
    }
  }

  /// Readers of this process and of one that follows see everything applied.
  private void show() throws IOException {
    index.refresh();
    if (publishes()) {
      index.commit(new CommitData(applied, false, positions));
    }
    publishView();
  }

  /// Whether another process follows: then whatever is searchable here was published before.
  private boolean publishes() {
    return settings.publishInterval().isPositive();
  }

  private void publishView() throws IOException {
    DirectoryReader reader = index.reader();
    if (views.isHeld()) {
      if (config.get().defersPoints()) {
        deferredPoints = Math.max(0, reader.numDocs() - views.points());
        return;
      }
      views.release();
    }
    deferredPoints = 0;
    reader.incRef();
    views.publish(applied, reader, config.get());
  }

  /// Makes a durable commit, unless one holds everything applied.
  void commitApplied() throws IOException {
    if (applied > committed) {
      commit();
    }
  }

  /// Makes a durable commit of everything applied.
  void commit() throws IOException {
    long begin = System.nanoTime();
    log.force().join();
    index.commit(new CommitData(applied, true, positions));
    committed = applied;
    facts.committed(clock.millis());
    replacedPayloads.committed(index.reader().numDocs());
    changedBeside = false;
    log.trimTo(committed);
    timings.commit().addSecondsSince(begin);
    commits.committed(System.nanoTime());
  }
}
