package io.millrace.collection;

import io.millrace.collection.CollectionInfo.Status;
import io.millrace.frame.Disk;
import io.millrace.frame.FreeSpace;
import io.millrace.index.CommitData;
import io.millrace.index.MergeRoom;
import io.millrace.index.PayloadSizes;
import io.millrace.index.PinnedCommit;
import io.millrace.index.PointIndex;
import io.millrace.index.SegmentList;
import io.millrace.index.Segments;
import io.millrace.log.Durability;
import io.millrace.log.FileLog;
import io.millrace.log.LogSettings;
import io.millrace.log.OperationLog;
import io.millrace.meter.Jobs;
import io.millrace.meter.MergeLog;
import io.millrace.model.CollectionConfig;
import io.millrace.model.Deadline;
import io.millrace.model.Failure;
import io.millrace.model.Operation;
import io.millrace.model.PayloadPath;
import io.millrace.search.PointSearch;
import io.millrace.search.SharedSearch;
import io.millrace.search.facet.IndexedPoints;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One collection: what is written to it and read from it. Safe for use by several threads.
///
/// It is one of three: writing (has an [Applier]), following another process (has [Publications]),
/// or red (has neither, only the reason).
public final class Collection {
  private static final Logger LOG = LoggerFactory.getLogger(Collection.class);

  /// How long a read waits for the writes before it to become searchable. Past it the read sees
  /// what there is: a reader is never held up by a slow disk for longer.
  private static final Duration READ_YOUR_WRITES = Duration.ofSeconds(5);

  private final long uid;

  /// Opening again begins to write at once.
  private static final long REOPEN_BYTES = 4L << 20;

  private final String name;
  private final SharedSearch shared;
  private final Quotas quotas;
  private final Jobs jobs;
  private final Views views = new Views();
  private final PayloadSizes payloadSizes = new PayloadSizes();
  private final IndexedPoints indexedPoints = new IndexedPoints();
  private volatile CollectionConfig config;
  private final Place place;
  private final StoreSettings settings;
  private final FreeSpace space;
  private final Reopening reopening;
  private final WriteErrors writeErrors = new WriteErrors();
  private final WriterFacts facts = new WriterFacts();
  private volatile @Nullable Applier applier; // changed by reopening only
  private final @Nullable Publications publications;
  private final Optional<String> recovery;
  private volatile @Nullable Failure openFailure;
  private volatile boolean writerIsBusy; // in another process, as last told
  private long writerLook; // that saw it; under this

  /// What a collection is opened from.
  ///
  /// @param room on the volume that it shares with other collections
  record Place(
      Disk disk, long uid, String name, CollectionConfig config, Path folder, MergeRoom room) {
    Path log() {
      return folder.resolve("log");
    }

    Path index() {
      return folder.resolve("index");
    }
  }

  private Collection(
      Place place,
      SharedSearch shared,
      Quotas quotas,
      Jobs jobs,
      Mode mode,
      Optional<String> recovery,
      StoreSettings settings) {
    this.recovery = recovery;
    this.uid = place.uid();
    this.name = place.name();
    this.config = place.config();
    this.shared = shared;
    this.quotas = quotas;
    this.jobs = jobs;
    this.place = place;
    this.settings = settings;
    this.space = new FreeSpace(place.disk(), place.folder());
    this.reopening = new Reopening(name, this::opensAgain);
    Applier writing = null;
    Publications following = null;
    @Nullable Breakdown failed = null;
    try {
      switch (mode) {
        case WRITE -> writing = openWriting();
        case FOLLOW -> {
          following = new Publications(place.index(), this::config, views);
          if (recovery.isPresent()) {
            following.openDurable();
          } else {
            following.refresh();
          }
        }
      }
    } catch (IOException | RuntimeException e) {
      Breakdown why = Breakdown.of(name, place.folder(), place.disk(), e);
      failed =
          new Breakdown(
              new Failure.Damaged("Collection " + name + " cannot be opened: " + e.getMessage(), e),
              why.passes());
      LOG.error("collection is red collection={} folder={}", name, place.folder(), e);
    }
    this.applier = writing;
    this.publications = following;
    this.openFailure = failed == null ? null : failed.failure();
    if (failed != null && failed.passes() && mode == Mode.WRITE) {
      reopening.begin();
    }
  }

  private enum Mode {
    WRITE,
    FOLLOW
  }

  /// Opens for writing. One that cannot be opened is red and says why.
  ///
  /// @param jobs gets a replay that takes long, and the filling of indexes
  static Collection open(
      Place place, SharedSearch shared, Quotas quotas, Jobs jobs, StoreSettings settings) {
    return new Collection(place, shared, quotas, jobs, Mode.WRITE, Optional.empty(), settings);
  }

  /// Opens beside a writing process.
  static Collection follow(
      Place place, SharedSearch shared, Quotas quotas, Jobs jobs, StoreSettings settings) {
    return new Collection(place, shared, quotas, jobs, Mode.FOLLOW, Optional.empty(), settings);
  }

  /// Opens the newest commit for reads. No log is replayed, nothing is merged, and writes are
  /// refused with the reason.
  static Collection recover(
      Place place,
      SharedSearch shared,
      Quotas quotas,
      Jobs jobs,
      String reason,
      StoreSettings settings) {
    return new Collection(place, shared, quotas, jobs, Mode.FOLLOW, Optional.of(reason), settings);
  }

  private Applier openWriting() throws IOException {
    // Before Lucene does: its folders are open to all, and a power cut may take their names.
    place.disk().createFolder(place.index());
    PointIndex index =
        PointIndex.open(
            place.index(),
            this::config,
            (reader, filter) -> new PointSearch(reader, config(), shared).ids(filter),
            settings.mergeThreads(),
            place.room());
    @Nullable OperationLog log = null;
    try {
      log =
          FileLog.open(
              place.disk(),
              place.log(),
              LogSettings.of(
                      name,
                      switch (settings.durability()) {
                        case FSYNC -> Durability.FSYNC;
                        case INTERVAL -> Durability.INTERVAL;
                      })
                  .withGathering(settings.logGathering()),
              index.opened().sequence() + 1);
      return new Applier(
          name,
          this::config,
          settings,
          log,
          index,
          views,
          facts,
          jobs,
          Clock.systemUTC(),
          thrown -> Breakdown.of(name, place.folder(), place.disk(), thrown),
          this::broke);
    } catch (IOException | RuntimeException e) {
      if (log != null) {
        log.close();
      }
      index.close();
      throw e;
    }
  }

  /// On the apply thread.
  private void broke(Breakdown why) {
    if (why.passes()) {
      reopening.begin();
    }
  }

  /// What was acknowledged comes back from the log; reads go on from the last view meanwhile.
  private boolean opensAgain() {
    if (space.bytes() < REOPEN_BYTES) {
      return false;
    }
    try {
      Applier before = applier;
      if (before != null) {
        before.discard(new Failure.Unavailable("Collection " + name + " is opened again"));
      }
      Applier opened = openWriting();
      if (before != null) {
        facts.groups().addAll(before.log().groups());
      }
      applier = opened;
      openFailure = null;
      LOG.info("collection takes writes again collection={}", name);
      return true;
    } catch (IOException | RuntimeException e) {
      LOG.warn("opening a collection again failed, it is tried on collection={}", name, e);
      return false;
    }
  }

  public String name() {
    return name;
  }

  /// Never reused, also not after the collection is gone.
  public long uid() {
    return uid;
  }

  public CollectionConfig config() {
    return config;
  }

  /// Checks operations against the configuration: vector names, dimensions, finite numbers. Throws
  /// [BadInput]; [#submit] calls it itself.
  public void validate(List<Operation> operations) {
    CollectionConfig now = config;
    for (Operation operation : operations) {
      OperationCheck.check(operation, now);
    }
  }

  /// Appends to the log. Returns as soon as the sequence numbers are given; wait on the futures for
  /// more. Blocks while the pipeline is full. Throws [BadInput] with nothing changed,
  /// [Failure.TooMuch] when an interactive write finds no room, [Failure.Unavailable] while closing
  /// or when another process writes, [Failure.Damaged] when the collection is red.
  public Submission submit(WriteBatch batch) {
    validate(batch.operations());
    Submission submission;
    try {
      Applier writing = writing();
      if (batch.operations().stream().anyMatch(Collection::adds)) {
        space.check();
        quotas.check();
      }
      submission = writing.submit(batch, space::written);
    } catch (Failure refused) {
      writeErrors.count(refused);
      throw refused;
    }
    submission
        .durable()
        .whenComplete((_, thrown) -> {
          if (thrown instanceof Failure failed) {
            writeErrors.count(failed);
          }
        });
    return submission;
  }

  /// Whether reads go on while writes are refused: the volume is as good as full, a quota is
  /// reached, the log or the index could not be written and are not open again yet, or the server
  /// is in recovery mode.
  public boolean isReadOnly() {
    return readOnly().isPresent();
  }

  /// Why it takes no writes.
  public enum ReadOnly {
    RECOVERY,
    /// The volume is as good as full.
    DISK,
    QUOTA,
    /// The log or the index could not be written.
    FAILED
  }

  /// Why reads go on while writes are refused; empty for a red collection, which has no reads
  /// either.
  public Optional<ReadOnly> readOnly() {
    if (openFailure != null) {
      return Optional.empty();
    }
    if (recovery.isPresent()) {
      return Optional.of(ReadOnly.RECOVERY);
    }
    if (space.isLow()) {
      return Optional.of(ReadOnly.DISK);
    }
    if (isOverQuota()) {
      return Optional.of(ReadOnly.QUOTA);
    }
    return failure().map(_ -> ReadOnly.FAILED);
  }

  /// The memory of a process that reads refuses no write.
  private boolean isOverQuota() {
    return applier != null && quotas.exceeded().any();
  }

  private static boolean adds(Operation operation) {
    return switch (operation) {
      case Operation.Upsert o -> true;
      case Operation.SetPayload o -> true;
      case Operation.OverwritePayload o -> true;
      case Operation.UpdateVectors o -> true;
      case Operation.Delete o -> false;
      case Operation.DeletePayload o -> false;
      case Operation.ClearPayload o -> false;
      case Operation.DeleteVectors o -> false;
      case Operation.Versioned o -> adds(o.operation());
    };
  }

  private Applier writing() {
    checkOpened();
    Applier writing = applier;
    if (writing == null) {
      throw new Failure.Unavailable(
          recovery
              .map(why -> "Collection " + name + " takes no writes in recovery mode: " + why)
              .orElse("Collection " + name + " is written by another process"));
    }
    return writing;
  }

  private void checkOpened() {
    Failure failed = openFailure;
    if (failed != null) {
      throw new Failure.Damaged(String.valueOf(failed.getMessage()), failed);
    }
  }

  /// What is done with a held commit.
  interface Copying<T> {
    T copy(Pinned pinned) throws IOException;
  }

  /// Copies a durable commit that holds every interactive write submitted before the call, while
  /// writes go on. Throws [Failure.TimedOut] when what is logged is not applied in time.
  <T> T snapshot(Deadline deadline, Copying<T> copying) {
    Pinned pinned = pin(deadline);
    try (PinnedCommit _ = pinned.commit()) {
      return copying.copy(pinned);
    } catch (IOException e) {
      throw new Failure.Unavailable("Copying collection " + name + " failed: " + e.getMessage(), e);
    }
  }

  private Pinned pin(Deadline deadline) {
    CompletableFuture<Pinned> pinned = writing().pin();
    try {
      return pinned.get(deadline.remainingNanos(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      if (!pinned.cancel(false)) {
        return pinned.join();
      }
      throw new Failure.TimedOut("The writes before the snapshot were not applied in time");
    } catch (ExecutionException e) {
      if (e.getCause() instanceof Failure failure) {
        throw failure;
      }
      throw new IllegalStateException("a commit failed", e.getCause());
    } catch (InterruptedException e) {
      pinned.cancel(false);
      Thread.currentThread().interrupt();
      throw new Failure.Unavailable("The server is stopping");
    }
  }

  /// Returns once a searcher opened from now on contains `sequence`; asks for a refresh at once.
  /// Throws [Failure.TimedOut].
  public void awaitSearchable(long sequence, Deadline deadline) {
    if (!reaches(sequence, deadline)) {
      throw new Failure.TimedOut("Operation " + sequence + " did not become searchable in time");
    }
  }

  private boolean reaches(long sequence, Deadline deadline) {
    if (views.searchable() >= sequence) {
      return true;
    }
    Applier writing = applier;
    if (writing != null) {
      writing.wantSearchable(sequence);
    }
    return views.await(sequence, deadline);
  }

  /// The newest point in time that includes every interactive write submitted before the call, or,
  /// if that takes longer than a bounded moment, the newest there is. Close it.
  public Searcher searcher(Deadline deadline) {
    checkOpened();
    awaitInteractive(deadline);
    return new LeasedSearcher(name, views.acquire(), config, shared);
  }

  /// Returns once readers see every interactive write submitted before the call, or after a bounded
  /// moment.
  public void awaitInteractive(Deadline deadline) {
    Applier writing = applier;
    if (writing != null && !isCurrent()) {
      Deadline bounded = Deadline.in(READ_YOUR_WRITES);
      reaches(
          writing.lastInteractive(),
          bounded.remainingNanos() < deadline.remainingNanos() ? bounded : deadline);
    }
  }

  /// Whether [#awaitInteractive] would return at once.
  public boolean isCurrent() {
    Applier writing = applier;
    return writing == null
        || views.searchable() >= writing.lastInteractive()
        || writing.failure().isPresent();
  }

  /// Looks for a newer publication of the writing process; nothing to do in the writer itself.
  public void refresh() {
    if (publications != null) {
      try {
        publications.refresh();
      } catch (IOException e) {
        throw new Failure.Unavailable(
            "Opening the newest publication of collection " + name + " failed: " + e.getMessage(),
            e);
      }
    }
  }

  /// Why it was not opened, or why it takes no more writes.
  Optional<String> failure() {
    Failure unopened = openFailure;
    Applier writing = applier;
    return (unopened != null
            ? Optional.of(unopened)
            : writing == null ? Optional.<Failure>empty() : writing.failure())
        .map(Failure::getMessage);
  }

  public Progress progress() {
    Applier writing = applier;
    if (writing != null) {
      return writing.progress();
    }
    long seen = views.searchable();
    return new Progress(seen, seen, seen);
  }

  /// Highest durable position of a stream in that epoch. Waits a bounded moment for what is on its
  /// way, so that who asks neither skips a record that a crash would lose nor repeats one in
  /// flight. Throws a [Failure] while the collection takes no writes: what a failed log holds is
  /// known when it is opened again.
  public OptionalLong position(String source, long epoch, String stream) {
    Applier writing = applier;
    if (writing != null) {
      return writing.position(source, epoch, stream);
    }
    CommitData newest = publications == null ? CommitData.NONE : publications.newest();
    return newest.positions().last(source, epoch, stream);
  }

  public CollectionInfo info() {
    Optional<String> failure = failure();
    if (openFailure != null) {
      return new CollectionInfo(Status.RED, 0, 0, 0, 0, failure);
    }
    if (views.isUnpublished()) {
      return new CollectionInfo(Status.YELLOW, 0, 0, 0, 0, failure);
    }
    boolean busy = isBusy(); // before the view is taken, which then holds what was merged
    Views.View view = views.acquire();
    try {
      Segments segments = Segments.of(view.reader(), config);
      Status status =
          failure.isPresent()
              ? Status.RED
              : segments.areDue() || busy ? Status.YELLOW : Status.GREEN;
      return new CollectionInfo(
          status,
          segments.points(),
          segments.indexedVectors(),
          segments.indexedDense(),
          segments.count(),
          failure);
    } catch (IOException e) {
      throw new Failure.Unavailable("Reading collection " + name + " failed: " + e.getMessage(), e);
    } finally {
      release(view);
    }
  }

  /// Points that are stored and not seen by readers, see [Deferral].
  public long deferredPoints() {
    Applier writing = applier;
    return writing == null ? 0 : writing.deferredPoints();
  }

  /// Deleted points whose version is remembered, as of the last durable commit.
  public long versionMarkers() {
    Applier writing = applier;
    if (writing != null) {
      return writing.versionMarkers();
    }
    return publications == null ? 0 : publications.newest().versionMarkers();
  }

  /// How many points have a value that each declared index holds, by path.
  public Map<PayloadPath, Long> indexedPoints(Deadline deadline) {
    if (hasNoView() || config.payloadSchema().isEmpty()) {
      return Map.of();
    }
    Views.View view = views.acquire();
    try {
      return indexedPoints.of(view.reader(), config.payloadSchema(), shared.filters(), deadline);
    } catch (IOException e) {
      throw new Failure.Unavailable("Reading collection " + name + " failed: " + e.getMessage(), e);
    } finally {
      release(view);
    }
  }

  /// Bytes of all payloads that can be read, as JSON.
  public long payloadBytes() {
    return payloadBytes(false);
  }

  /// Of a point, on average; asks for nothing else, so that reads can.
  public long meanPayloadBytes() {
    return payloadBytes(true);
  }

  private long payloadBytes(boolean mean) {
    if (hasNoView()) {
      return 0;
    }
    Views.View view = views.acquire();
    try {
      long bytes = payloadSizes.of(view.reader());
      return mean ? bytes / Math.max(1, view.reader().numDocs()) : bytes;
    } catch (IOException e) {
      throw new Failure.Unavailable("Reading collection " + name + " failed: " + e.getMessage(), e);
    } finally {
      release(view);
    }
  }

  /// The same and what writes since the last commit replaced.
  public long payloadStorageBytes() {
    Applier writing = applier;
    long replaced = writing == null ? 0 : writing.replacedPayloads().bytes(views.points());
    return payloadBytes() + replaced;
  }

  private boolean hasNoView() {
    return openFailure != null || views.isUnpublished();
  }

  private void release(Views.View view) {
    try {
      view.reader().decRef();
    } catch (IOException e) {
      LOG.warn("closing a view failed collection={}", name, e);
    }
  }

  /// Empty where another process writes.
  public Optional<WriterFacts> facts() {
    return Optional.ofNullable(applier).map(_ -> facts);
  }

  /// Adds what this collection did to what those did that are gone.
  void retireInto(WriterFacts gone) {
    Applier writing = applier;
    if (writing != null) {
      gone.addAll(facts);
      gone.groups().addAll(writing.log().groups());
    }
  }

  /// Empty where another process writes.
  public Optional<LogFacts> log() {
    return Optional.ofNullable(applier).map(Applier::log);
  }

  /// Writes that were refused or failed since it was opened, by reason.
  public Map<String, Long> writeErrors() {
    return writeErrors.counts();
  }

  /// The parts of what readers see now; empty for a red collection, and for one that another
  /// process has not published.
  public List<SegmentFacts> segments() {
    if (hasNoView()) {
      return List.of();
    }
    Views.View view = views.acquire();
    try {
      return SegmentList.of(view.reader(), config).stream()
          .map(s ->
              new SegmentFacts(
                  s.id(),
                  s.points(),
                  s.deleted(),
                  s.vectors(),
                  s.indexed(),
                  s.hasGraph(),
                  s.bytes()))
          .toList();
    } catch (IOException e) {
      throw new Failure.Unavailable("Reading collection " + name + " failed: " + e.getMessage(), e);
    } finally {
      try {
        view.reader().decRef();
      } catch (IOException e) {
        LOG.warn("closing a view failed collection={}", name, e);
      }
    }
  }

  /// Merges at work and those that ended since it was opened; empty where another process writes.
  public Optional<MergeLog> merges() {
    return Optional.ofNullable(applier).map(Applier::merges);
  }

  /// Makes a change of the declared payload indexes between two operations, see [Applier#between].
  ///
  /// @param durable makes it durable
  void reindex(CollectionConfig changed, Runnable durable) {
    Applier writing = applier;
    Runnable step =
        () -> {
          durable.run();
          config = changed;
        };
    if (writing == null) {
      step.run();
    } else {
      writing.between(step);
    }
  }

  /// Whether merges are at work, or text indexes are filled. Safe to call from any thread.
  public boolean isBusy() {
    Applier writing = applier;
    return writing == null ? writerIsBusy : writing.isMerging() || writing.isFilling();
  }

  /// What the process that writes says of its [#isBusy]; it changes nothing in the writer itself.
  ///
  /// @param look that saw it: what an older one saw is passed over
  public synchronized void writerIsBusy(boolean busy, long look) {
    if (look >= writerLook) {
      writerIsBusy = busy;
      writerLook = look;
    }
  }

  /// Nobody knows what the process that writes is at work on, and if it is; another may come.
  public synchronized void writerIsGone() {
    writerIsBusy = false;
    writerLook = 0;
  }

  void configure(CollectionConfig changed) {
    config = changed;
    Applier writing = applier;
    if (writing != null) {
      try {
        writing.settingsChanged();
      } catch (IOException e) {
        throw new Failure.Unavailable(
            "Merging collection " + name + " after a change failed: " + e.getMessage(), e);
      }
    }
  }

  /// Applies and commits what is logged, then closes.
  void close() {
    reopening.end();
    try {
      Applier writing = applier;
      if (writing != null) {
        writing.close();
      }
      if (publications != null) {
        publications.close();
      }
      views.close();
    } catch (IOException e) {
      LOG.error("closing failed, the log is replayed at the next start collection={}", name, e);
    }
  }

  /// Closes without a commit: the folder is about to be removed.
  ///
  /// @param why said to those who read on
  void discard(Failure why) {
    reopening.end();
    try {
      Applier writing = applier;
      if (writing != null) {
        writing.discard(why);
      }
      if (publications != null) {
        publications.close();
      }
      views.close(why);
    } catch (IOException e) {
      LOG.warn("closing a deleted collection failed collection={}", name, e);
    }
  }
}
