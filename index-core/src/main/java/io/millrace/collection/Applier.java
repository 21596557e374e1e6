package io.millrace.collection;

import io.millrace.index.CommitData;
import io.millrace.index.PointIndex;
import io.millrace.index.StreamPositions;
import io.millrace.log.EncodedBatch;
import io.millrace.log.LogEntry;
import io.millrace.log.OperationLog;
import io.millrace.model.CollectionConfig;
import io.millrace.model.Failure;
import io.millrace.model.Operation;
import io.millrace.model.PayloadIndex;
import io.millrace.model.StreamSpan;
import java.io.IOException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.LongConsumer;
import java.util.function.Supplier;
import org.apache.lucene.index.DirectoryReader;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The writing half of a collection: log, then apply, refresh and commit on one thread.
///
/// ```
/// submit ──► sequence, log.append ──► queue ──► apply thread: await durable ─► apply ─► refresh ─► commit
/// ```
///
/// Invariants: the queue holds entries in sequence order; nothing is applied before it is durable;
/// views are published between entries only, so a reader never sees half a batch; the log is
/// trimmed up to the last durable commit and never further.
final class Applier implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Applier.class);

  /// Work for the apply thread.
  private record Logged(LogEntry entry, long bytes, Submission submission) {}

  /// Points written anew for text indexes between two looks at the queue: some tens of
  /// milliseconds.
  private static final int FILLED_AT_ONCE = 1_024;

  /// A refresh comes no sooner than this many times what the last one took: at most a quarter of
  /// the apply thread's time goes to making things visible.
  private static final int REFRESH_SHARE = 4;

  /// Entries applied for one step of filling while the queue is not empty.
  private static final int FILL_EVERY = 64;

  private final Changes changes = new Changes();
  private volatile boolean filling; // apply thread only, and before it starts
  private int turns; // apply thread only

  private final String name;
  private final Supplier<CollectionConfig> config;
  private final StoreSettings settings;
  private final OperationLog log;
  private final PointIndex index;
  private final Views views;
  private final Clock clock;
  private final Function<Throwable, Breakdown> diagnosis;
  private final Consumer<Breakdown> broken;
  private final InFlight inFlight = new InFlight();
  private final Timings timings = new Timings();
  private final ReplacedPayloads replacedPayloads = new ReplacedPayloads();
  private final ReentrantLock appendLock = new ReentrantLock();
  private final LinkedBlockingQueue<Optional<Logged>> queue = new LinkedBlockingQueue<>();
  private final Thread thread;

  private final DurablePositions durablePositions;

  private long nextSequence; // under appendLock
  private boolean started; // under appendLock
  private final Pinnings pinnings = new Pinnings(); // added under appendLock
  private volatile long lastInteractive = -1; // written under appendLock
  private volatile long logged;
  private volatile long committed;
  private volatile long wanted = -1; // a waiter wants this sequence searchable
  private volatile long deferredPoints;
  private volatile boolean mergeUnseen; // a merge is done and no view holds it yet
  private volatile boolean closing;
  private volatile @Nullable Failure failure;
  private boolean closed;

  // apply thread only, and before it starts
  private final StreamPositions appliedPositions;
  private long applied;
  private boolean mergeUncommitted;
  private long bytesSinceCommit;
  private long nextRefreshNanos;
  private long nextCommitNanos;

  /// Opens log and index, replays what the last commit does not hold and publishes the first view.
  /// Takes over both.
  ///
  /// @param diagnosis of what was thrown while applying
  /// @param broken told once, on the apply thread, when nothing can be written any more
  Applier(
      String name,
      Supplier<CollectionConfig> config,
      StoreSettings settings,
      OperationLog log,
      PointIndex index,
      Views views,
      Clock clock,
      Function<Throwable, Breakdown> diagnosis,
      Consumer<Breakdown> broken)
      throws IOException {
    this.name = name;
    this.config = config;
    this.settings = settings;
    this.log = log;
    this.index = index;
    this.views = views;
    this.clock = clock;
    this.diagnosis = diagnosis;
    this.broken = broken;
    CommitData opened = index.opened();
    this.appliedPositions = opened.positions().copy();
    this.applied = opened.sequence();
    this.committed = opened.sequence();
    replay();
    this.durablePositions = new DurablePositions(name, appliedPositions);
    this.nextSequence = Math.max(log.nextSequence(), applied + 1);
    this.logged = nextSequence - 1;
    this.thread = Thread.ofPlatform().name("apply-" + name).unstarted(this::run);
    index.refresh();
    if (publishes()) {
      index.commit(
          new CommitData(applied, committed == applied && committed >= 0, appliedPositions));
    }
    publishView();
    index.onMerged(this::merged);
    index.mergeWhereDue();
    if (hasTextIndex()) {
      filling = true;
      merged();
    }
  }

  private void replay() throws IOException {
    long from = applied + 1;
    long[] operations = {0};
    log.replay(
        from,
        entry -> {
          try {
            apply(entry);
            operations[0] += entry.operations().size();
            if (index.wantsRefresh()) {
              index.refresh();
            }
          } catch (IOException e) {
            throw new Failure.Damaged(
                "Applying log entry " + entry.firstSequence() + " failed: " + e.getMessage(), e);
          }
        });
    if (operations[0] > 0) {
      LOG.info("log replayed collection={} from={} operations={}", name, from, operations[0]);
    }
  }

  /// @param written told how many bytes go to the log
  Submission submit(WriteBatch batch, LongConsumer written) {
    checkWorks();
    EncodedBatch encoded = EncodedBatch.of(batch.operations(), batch.positions());
    long bytes = encoded.bytes();
    inFlight.acquire(bytes, batch.lane());
    boolean accepted = false;
    appendLock.lock();
    try {
      if (closing) {
        throw new Failure.Unavailable("The server is stopping, writes are not taken any more");
      }
      startThread();
      long first = nextSequence;
      long timeMillis = clock.millis();
      LogEntry entry = new LogEntry(first, batch.operations(), batch.positions(), timeMillis);
      Submission submission =
          new Submission(
              first,
              batch.operations().size(),
              log.append(first, timeMillis, encoded),
              new CompletableFuture<>());
      long appended = System.nanoTime();
      submission.durable().thenRun(() -> timings.durable().addSecondsSince(appended));
      nextSequence += batch.operations().size();
      logged = nextSequence - 1;
      if (!batch.positions().isEmpty()) {
        durablePositions.expect(submission.durable(), batch.positions());
      }
      if (batch.lane() == WriteBatch.Lane.INTERACTIVE) {
        lastInteractive = logged;
      }
      queue.add(Optional.of(new Logged(entry, bytes, submission)));
      written.accept(bytes);
      accepted = true;
      return submission;
    } finally {
      appendLock.unlock();
      if (!accepted) {
        inFlight.release(bytes);
      }
    }
  }

  ReplacedPayloads replacedPayloads() {
    return replacedPayloads;
  }

  Timings timings() {
    return timings;
  }

  private void checkWorks() {
    Failure stopped = failure;
    if (stopped != null) {
      throw again(stopped);
    }
  }

  /// The same failure for another caller: exceptions are not shared between threads.
  private static Failure again(Failure failure) {
    String text = String.valueOf(failure.getMessage());
    return switch (failure) {
      case Failure.StorageFull f -> new Failure.StorageFull(text);
      case Failure.Damaged f -> new Failure.Damaged(text, f);
      default -> new Failure.Unavailable(text, failure);
    };
  }

  /// The apply thread starts with the first thing there is to do; under appendLock.
  private void startThread() {
    if (!started) {
      started = true;
      long now = System.nanoTime();
      nextRefreshNanos = now + settings.refreshInterval().toNanos();
      nextCommitNanos = now + settings.commitInterval().toNanos();
      thread.start();
    }
  }

  /// A merge is done: readers shall see it, and the next commit shall hold it.
  private void merged() {
    appendLock.lock();
    try {
      if (!closing) {
        mergeUnseen = true;
        startThread();
        queue.add(Optional.empty());
      }
    } finally {
      appendLock.unlock();
    }
  }

  /// Asks for a refresh that contains `sequence`; returns at once.
  void wantSearchable(long sequence) {
    appendLock.lock();
    try {
      wanted = Math.max(wanted, Math.min(sequence, logged));
    } finally {
      appendLock.unlock();
    }
    queue.add(Optional.empty());
  }

  /// Asks for a durable commit that holds every interactive write submitted before the call; done
  /// once it is made and held. A backlog of streams behind those is not waited for.
  CompletableFuture<Pinned> pin() {
    CompletableFuture<Pinned> pinned;
    appendLock.lock();
    try {
      Failure stopped = failure;
      if (stopped != null) {
        throw again(stopped);
      }
      if (closing) {
        throw new Failure.Unavailable("The collection is closed");
      }
      startThread();
      pinned = pinnings.add(lastInteractive);
      queue.add(Optional.empty());
    } finally {
      appendLock.unlock();
    }
    Failure since = failure;
    if (since != null) {
      pinnings.refuse(since);
    }
    return pinned;
  }

  private void pinWhereWanted() throws IOException {
    if (pinnings.isDue(applied)) {
      commit();
      pinnings.serve(applied, () -> new Pinned(index.pin(), config.get()));
    }
  }

  /// Last operation that came over the interactive lane.
  long lastInteractive() {
    return lastInteractive;
  }

  Progress progress() {
    return new Progress(logged, views.searchable(), committed);
  }

  Optional<Failure> failure() {
    return Optional.ofNullable(failure);
  }

  boolean isMerging() {
    return mergeUnseen || index.isMerging();
  }

  /// Throws a [Failure] once the log has failed: what of it is durable is known when it is opened
  /// anew.
  OptionalLong position(String source, long epoch, String stream) {
    durablePositions.settle();
    checkWorks();
    log.failure()
        .ifPresent(failed -> {
          throw again(failed);
        });
    return durablePositions.last(source, epoch, stream);
  }

  /// Runs `step` on the apply thread between two entries, once everything logged before the call is
  /// applied and committed: what a replay of the log finds, was not applied yet when `step` ran.
  /// Waits for it. What a filter means depends on the declared payload indexes, so their changes
  /// come this way.
  void between(Runnable step) {
    Changes.Change change;
    appendLock.lock();
    try {
      if (closing) {
        throw new Failure.Unavailable("The server is stopping, changes are not taken any more");
      }
      change = changes.add(logged, step);
      startThread();
      queue.add(Optional.empty());
    } finally {
      appendLock.unlock();
    }
    Failure stopped = failure;
    if (stopped != null) {
      changes.takeBack(change);
      throw again(stopped);
    }
    changes.await(change);
  }

  private void runChange() throws IOException {
    Optional<Changes.Change> due = failure == null ? changes.due(applied) : Optional.empty();
    if (due.isPresent()) {
      run(due.get());
    }
  }

  private void run(Changes.Change change) throws IOException {
    try {
      index.refresh();
      if (applied > committed) {
        commit();
      }
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
    filling = hasTextIndex();
    views.release();
    publishView();
    change.done().complete(null);
  }

  private boolean hasTextIndex() {
    return config.get().payloadSchema().indexes().values().stream()
        .anyMatch(PayloadIndex.Text.class::isInstance);
  }

  /// Fills text indexes while there is nothing else to do, and now and then also while there is.
  private void fillSome() throws IOException {
    if (!filling || failure != null || (!queue.isEmpty() && ++turns % FILL_EVERY != 0)) {
      return;
    }
    if (index.fill(FILLED_AT_ONCE) == 0) {
      filling = false;
      return;
    }
    index.refresh();
    mergeUncommitted = true;
    if (publishes()) {
      index.commit(new CommitData(applied, false, appliedPositions));
    }
    publishView();
  }

  /// Points that readers do not see until their graph may be built.
  long deferredPoints() {
    return deferredPoints;
  }

  long versionMarkers() {
    return index.versionMarkers();
  }

  boolean isFilling() {
    return filling;
  }

  /// The settings changed: merge what they ask for.
  void settingsChanged() throws IOException {
    index.mergeWhereDue();
    if (views.isHeld()) {
      merged();
    }
  }

  private void run() {
    try {
      while (true) {
        Optional<Logged> next = take();
        if (next != null && next.isPresent()) {
          applyLogged(next.get());
        }
        if (closing && queue.isEmpty()) {
          changes.refuse(new Failure.Unavailable("The server is stopping"));
          return;
        }
        runChange();
        keepUp();
        fillSome();
      }
    } catch (InterruptedException e) {
      LOG.warn("apply thread interrupted collection={}", name);
      fail(e);
    } catch (Throwable e) {
      fail(e);
    }
  }

  /// Work, an empty nudge, or null when the time for a refresh or commit has come.
  private @Nullable Optional<Logged> take() throws InterruptedException {
    long due = Long.MAX_VALUE;
    long now = System.nanoTime();
    if (applied > views.searchable()) {
      due = Math.min(due, nextRefreshNanos - now);
    }
    if (applied > committed || mergeUncommitted) {
      due = Math.min(due, nextCommitNanos - now);
    }
    if (filling && failure == null) {
      due = 0;
    }
    if (due == Long.MAX_VALUE) {
      return queue.take();
    }
    return queue.poll(Math.max(0, due), TimeUnit.NANOSECONDS);
  }

  private void applyLogged(Logged work) throws IOException, InterruptedException {
    try {
      work.submission().durable().get();
    } catch (ExecutionException notDurable) {
      Throwable cause = notDurable.getCause() == null ? notDurable : notDurable.getCause();
      inFlight.release(work.bytes());
      work.submission().applied().completeExceptionally(cause);
      fail(cause);
      return;
    }
    Failure stopped = failure;
    if (stopped != null) {
      inFlight.release(work.bytes());
      work.submission().applied().completeExceptionally(stopped);
      return;
    }
    List<Outcome> outcomes;
    long begin = System.nanoTime();
    try {
      outcomes = apply(work.entry());
      timings.apply().addSecondsSince(begin);
    } catch (IOException | RuntimeException e) {
      work.submission().applied().completeExceptionally(diagnosis.apply(e).failure());
      throw e;
    } finally {
      inFlight.release(work.bytes());
    }
    bytesSinceCommit += work.bytes();
    work.submission().applied().complete(outcomes);
  }

  private List<Outcome> apply(LogEntry entry) throws IOException {
    List<Outcome> outcomes = new ArrayList<>(entry.operations().size());
    long sequence = entry.firstSequence();
    index.at(entry.timeMillis());
    for (Operation operation : entry.operations()) {
      replacedPayloads.count(operation);
      PointIndex.Applied result = index.apply(sequence, seen(sequence, operation));
      outcomes.add(
          new Outcome(
              sequence, result.missing(), result.failure(), result.stale(), result.duplicate()));
      sequence++;
    }
    for (StreamSpan span : entry.positions()) {
      appliedPositions.add(span);
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

  private void keepUp() throws IOException {
    if (failure != null) {
      return;
    }
    pinWhereWanted();
    long searchable = views.searchable();
    boolean someoneWaits = wanted > searchable && applied >= wanted && !views.isHeld();
    boolean refreshDue = applied > searchable && System.nanoTime() - nextRefreshNanos >= 0;
    if (someoneWaits || refreshDue || mergeUnseen || index.wantsRefresh()) {
      mergeUncommitted |= mergeUnseen;
      mergeUnseen = false;
      long begin = System.nanoTime();
      index.refresh();
      if (publishes()) {
        index.commit(new CommitData(applied, false, appliedPositions));
      }
      publishView();
      timings.refresh().addSecondsSince(begin);
      long took = System.nanoTime() - begin;
      nextRefreshNanos =
          begin + Math.max(settings.refreshInterval().toNanos(), REFRESH_SHARE * took);
    }
    if ((applied > committed || mergeUncommitted)
        && (System.nanoTime() - nextCommitNanos >= 0
            || bytesSinceCommit >= settings.commitLogBytes())) {
      commit();
    }
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

  private void commit() throws IOException {
    long begin = System.nanoTime();
    log.force().join();
    index.commit(new CommitData(applied, true, appliedPositions));
    committed = applied;
    replacedPayloads.committed(index.reader().numDocs());
    mergeUncommitted = false;
    bytesSinceCommit = 0;
    log.trimTo(committed);
    timings.commit().addSecondsSince(begin);
    nextCommitNanos = System.nanoTime() + settings.commitInterval().toNanos();
  }

  /// Nothing is written from here on; reads go on, writes are refused with the reason.
  private void fail(Throwable cause) {
    if (failure != null) {
      return;
    }
    showApplied();
    Breakdown why = diagnosis.apply(cause);
    LOG.error(
        "a collection takes no writes collection={} applied={} why={}",
        name,
        applied,
        why.failure().getMessage(),
        cause);
    failure = why.failure();
    inFlight.close();
    List<Optional<Logged>> left = new ArrayList<>();
    queue.drainTo(left);
    for (Optional<Logged> work : left) {
      work.ifPresent(w -> w.submission().applied().completeExceptionally(why.failure()));
    }
    pinnings.refuse(why.failure());
    changes.refuse(why.failure());
    if (!closing) {
      broken.accept(why);
    }
  }

  /// What was acknowledged before the failure stays readable, if the index is not what failed.
  private void showApplied() {
    try {
      if (applied > views.searchable()) {
        index.refresh();
        publishView();
      }
    } catch (IOException | RuntimeException e) {
      LOG.debug("the last operations stay invisible collection={}", name, e);
    }
  }

  /// Applies what is logged, commits and closes. What cannot be applied any more comes back from
  /// the log at the next start.
  @Override
  public void close() throws IOException {
    closing = true;
    inFlight.close();
    boolean running;
    appendLock.lock();
    try {
      running = started;
    } finally {
      appendLock.unlock();
    }
    if (running) {
      queue.add(Optional.empty());
      try {
        thread.join(TimeUnit.SECONDS.toMillis(8));
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
    if (failure == null && !thread.isAlive() && applied > committed) {
      commit();
    }
    pinnings.refuse(new Failure.Unavailable("The collection is closed"));
    index.close();
    log.close();
  }

  /// Closes without a commit: the collection is about to be removed, or opened again from what is
  /// on the disk. May be called twice.
  void discard() {
    closing = true;
    inFlight.close();
    if (failure == null) {
      failure = new Failure.Unavailable("The collection is deleted");
    }
    queue.add(Optional.empty());
    try {
      if (thread.isAlive()) {
        thread.join(TimeUnit.SECONDS.toMillis(8));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    pinnings.refuse(new Failure.Unavailable("The collection is deleted"));
    if (closed) {
      return;
    }
    closed = true;
    try {
      index.close();
    } catch (IOException | RuntimeException e) {
      LOG.warn("closing an index without a commit failed collection={}", name, e);
    }
    log.close();
  }
}
