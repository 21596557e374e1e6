package io.millrace.collection;

import io.millrace.index.PointIndex;
import io.millrace.log.EncodedBatch;
import io.millrace.log.LogEntry;
import io.millrace.log.OperationLog;
import io.millrace.meter.Jobs;
import io.millrace.meter.MergeLog;
import io.millrace.model.CollectionConfig;
import io.millrace.model.Failure;
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
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.LongConsumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The writing half of a collection: the way of operations into the log, and the one thread that
/// takes them from there into the [AppliedIndex].
///
/// ```
/// submit ──► sequence, log.append ──► queue ──► apply thread: await durable ─► apply ─► refresh ─► commit
/// ```
///
/// Invariants: the queue holds entries in sequence order; nothing is applied before it is durable.
/// Any thread may call the methods that are not private. What is to be applied, changed or pinned
/// is put before the apply thread under `appendLock`, and the first of it starts that thread; an
/// empty nudge only makes it look.
final class Applier implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Applier.class);

  /// Work for the apply thread.
  private record Logged(LogEntry entry, long bytes, Submission submission) {}

  private final String name;
  private final Supplier<CollectionConfig> config;
  private final OperationLog log;
  private final PointIndex index;
  private final AppliedIndex applied;
  private final Views views;
  private final Clock clock;
  private final Function<Throwable, Breakdown> diagnosis;
  private final Consumer<Breakdown> broken;
  private final InFlight inFlight = new InFlight();
  private final WriterFacts facts;
  private final Timings timings;
  private final MergeLog merges;
  private final Changes changes = new Changes();
  private final Stop stop = new Stop();
  private final ReentrantLock appendLock = new ReentrantLock();
  private final LinkedBlockingQueue<Optional<Logged>> queue = new LinkedBlockingQueue<>();
  private final Thread thread;

  private final DurablePositions durablePositions;

  private long nextSequence; // under appendLock
  private boolean started; // under appendLock
  private final Pinnings pinnings = new Pinnings(); // added under appendLock
  private volatile long lastInteractive = -1; // written under appendLock
  private volatile long logged;
  private volatile long wanted = -1; // a waiter wants this sequence searchable
  private final AtomicLong mergesDone = new AtomicLong();
  private volatile long mergesSeen; // so many of them a view holds
  private volatile boolean closing;
  private boolean closed;

  /// Opens log and index, replays what the last commit does not hold and publishes the first view.
  /// Takes over both.
  ///
  /// @param jobs gets a replay that takes long, and the filling of indexes
  /// @param diagnosis of what was thrown while applying
  /// @param broken told once, on the apply thread, when nothing can be written any more
  Applier(
      String name,
      Supplier<CollectionConfig> config,
      StoreSettings settings,
      OperationLog log,
      PointIndex index,
      Views views,
      WriterFacts facts,
      Jobs jobs,
      Clock clock,
      Function<Throwable, Breakdown> diagnosis,
      Consumer<Breakdown> broken)
      throws IOException {
    this.name = name;
    this.config = config;
    this.log = log;
    this.index = index;
    this.views = views;
    this.facts = facts;
    this.timings = facts.timings();
    this.clock = clock;
    this.diagnosis = diagnosis;
    this.broken = broken;
    this.applied = new AppliedIndex(name, config, settings, log, index, views, facts, jobs, clock);
    this.durablePositions = new DurablePositions(name, applied.positions());
    this.nextSequence = Math.max(log.nextSequence(), applied.sequence() + 1);
    this.logged = nextSequence - 1;
    this.thread = Thread.ofPlatform().name("apply-" + name).unstarted(this::run);
    this.merges = new MergeLog(clock, timings.merge(), facts::merged);
    index.logMergesIn(merges);
    index.onMerged(this::merged);
    index.rest(); // until somebody writes
    if (applied.isFilling() || applied.sequence() > index.opened().sequence()) {
      merged(); // maybe already, while the log was replayed
    } else if (index.lacksRoom()) {
      look();
    }
  }

  /// @param written told how many bytes go to the log
  Submission submit(WriteBatch batch, LongConsumer written) {
    stop.check();
    EncodedBatch encoded = EncodedBatch.of(batch.operations(), batch.positions());
    long bytes = encoded.bytes();
    inFlight.acquire(bytes, batch.lane());
    boolean accepted = false;
    appendLock.lock();
    try {
      if (closing) {
        stop.check();
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
    return applied.replacedPayloads();
  }

  LogFacts log() {
    return new LogFacts(log.bytes(), log.groups());
  }

  /// The apply thread starts with the first thing there is to do; under appendLock.
  private void startThread() {
    if (!started) {
      started = true;
      applied.start();
      thread.start();
    }
  }

  /// A merge is done: readers shall see it, and the next commit shall hold it.
  private void merged() {
    appendLock.lock();
    try {
      if (!closing) {
        mergesDone.incrementAndGet();
        look();
      }
    } finally {
      appendLock.unlock();
    }
  }

  /// The apply thread looks for what is to be done.
  private void look() {
    appendLock.lock();
    try {
      if (!closing) {
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
      stop.check();
      if (closing) {
        throw new Failure.Unavailable("The collection is closed");
      }
      startThread();
      pinned = pinnings.add(lastInteractive);
      queue.add(Optional.empty());
    } finally {
      appendLock.unlock();
    }
    stop.why().ifPresent(pinnings::refuse);
    return pinned;
  }

  private void pinWhereWanted() throws IOException {
    if (pinnings.isDue(applied.sequence())) {
      applied.commit();
      pinnings.serve(applied.sequence(), () -> new Pinned(index.pin(), config.get()));
    }
  }

  /// Last operation that came over the interactive lane.
  long lastInteractive() {
    return lastInteractive;
  }

  Progress progress() {
    return new Progress(logged, views.searchable(), applied.committed());
  }

  Optional<Failure> failure() {
    return stop.why();
  }

  MergeLog merges() {
    return merges;
  }

  boolean isMerging() {
    return index.isMerging()
        || mergesSeen != mergesDone.get(); // in this order: one follows the other
  }

  /// Throws a [Failure] once the log has failed: what of it is durable is known when it is opened
  /// anew.
  OptionalLong position(String source, long epoch, String stream) {
    durablePositions.settle();
    stop.check();
    log.failure()
        .ifPresent(failed -> {
          throw Stop.again(failed);
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
    if (stop.isSet()) {
      changes.takeBack(change);
      stop.check();
    }
    changes.await(change);
  }

  private void runChange() throws IOException {
    if (!stop.isSet()) {
      Optional<Changes.Change> due = changes.due(applied.sequence());
      if (due.isPresent()) {
        applied.run(due.get());
      }
    }
  }

  private void fillSome() throws IOException {
    if (!stop.isSet()) {
      applied.fill(queue.isEmpty());
    }
  }

  /// Points that readers do not see until their graph may be built.
  long deferredPoints() {
    return applied.deferredPoints();
  }

  long versionMarkers() {
    return index.versionMarkers();
  }

  boolean isFilling() {
    return applied.isFilling();
  }

  /// The settings changed: merge what they ask for.
  void settingsChanged() throws IOException {
    index.mergeWhereDue();
    if (views.isHeld()) {
      merged();
    } else if (index.lacksRoom()) {
      look();
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
    } finally {
      applied.endFilling(Jobs.Outcome.CANCELLED); // unless it has ended
    }
  }

  /// Work, an empty nudge, or null when the time for a refresh or commit has come.
  private @Nullable Optional<Logged> take() throws InterruptedException {
    long left = applied.isFilling() ? 0 : applied.nanosLeft();
    if (stop.isSet() || left == Long.MAX_VALUE) {
      return queue.take();
    }
    return queue.poll(Math.max(0, left), TimeUnit.NANOSECONDS);
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
    Optional<Failure> stopped = stop.why();
    if (stopped.isPresent()) {
      inFlight.release(work.bytes());
      work.submission().applied().completeExceptionally(stopped.get());
      return;
    }
    List<Outcome> outcomes;
    long begin = System.nanoTime();
    try {
      outcomes = applied.apply(work.entry(), work.bytes());
      timings.apply().addSecondsSince(begin);
    } catch (IOException | RuntimeException e) {
      work.submission().applied().completeExceptionally(diagnosis.apply(e).failure());
      throw e;
    } finally {
      inFlight.release(work.bytes());
    }
    work.submission().applied().complete(outcomes);
  }

  private void keepUp() throws IOException {
    if (stop.isSet()) {
      return;
    }
    pinWhereWanted();
    long done = mergesDone.get();
    applied.keepUp(wanted, done != mergesSeen);
    mergesSeen = done;
  }

  /// Nothing is written from here on; reads go on, writes are refused with the reason.
  private void fail(Throwable cause) {
    if (stop.isSet()) {
      return;
    }
    applied.showLast();
    Breakdown why = diagnosis.apply(cause);
    LOG.error(
        "a collection takes no writes collection={} applied={} why={}",
        name,
        applied.sequence(),
        why.failure().getMessage(),
        cause);
    stop.set(why.failure());
    applied.endFilling(Jobs.Outcome.FAILED);
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

  /// Applies what is logged, commits and closes. What cannot be applied any more comes back from
  /// the log at the next start.
  @Override
  public void close() throws IOException {
    closing = true;
    inFlight.close();
    endThread();
    if (!stop.isSet() && !thread.isAlive()) {
      applied.commitApplied();
    }
    pinnings.refuse(new Failure.Unavailable("The collection is closed"));
    index.close();
    log.close();
  }

  /// Closes without a commit: the collection is about to be removed, or opened again from what is
  /// on the disk. May be called twice.
  ///
  /// @param why said to those who write on
  void discard(Failure why) {
    if (!stop.isSet()) {
      stop.set(why);
    }
    closing = true;
    inFlight.close();
    endThread();
    pinnings.refuse(Stop.again(why));
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

  /// Waits, not for ever, until the apply thread has come to the end of the queue, if it runs.
  private void endThread() {
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
  }
}
