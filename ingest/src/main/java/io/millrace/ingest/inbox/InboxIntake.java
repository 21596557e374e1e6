package io.millrace.ingest.inbox;

import io.millrace.ingest.config.SourceConfig;
import io.millrace.ingest.config.SourceConfig.FilesSource;
import io.millrace.ingest.pipeline.Backoff;
import io.millrace.ingest.pipeline.Checkpoint;
import io.millrace.ingest.pipeline.CheckpointFile;
import io.millrace.ingest.pipeline.Chunk;
import io.millrace.ingest.pipeline.Health;
import io.millrace.ingest.pipeline.Intake;
import io.millrace.ingest.pipeline.JoinedBatches;
import io.millrace.ingest.pipeline.MemoryBudget;
import io.millrace.ingest.pipeline.SourceEpochs;
import io.millrace.ingest.pipeline.SourceRun;
import io.millrace.ingest.pipeline.SourceState;
import io.millrace.ingest.pipeline.SourceStatus;
import io.millrace.ingest.pipeline.StreamLane;
import io.millrace.model.Failure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One running inbox: takes finished files by renaming them, reads one after another, puts them
/// into `done` or `failed` with a report.
///
/// ```
/// <inbox>/a.ndjson ─ journal: claimed N ─► .millrace/work/N-a.ndjson ─ read as stream file/N ─►
///   journal: ending ─► done/<date>/a.ndjson or failed/<date>/… ─ report ─► journal: ended
/// ```
///
/// A crash between any two steps is completed at the next start; no file is ever in two places.
public final class InboxIntake implements Intake {
  private static final Logger LOG = LoggerFactory.getLogger(InboxIntake.class);

  private static final Duration SCAN = Duration.ofSeconds(1);
  private static final long CHECKPOINT_NANOS = 1_000_000_000L;

  private final FilesSource source;
  private final SourceRun run;
  private final SourceEpochs epochs;
  private final CheckpointFile checkpoints;
  private final Path stateFolder;
  private final MemoryBudget budget;
  private final Route route;
  private final Clock clock;
  private final Thread thread;

  private volatile boolean stopping;
  private volatile Health health = Health.RUNNING;
  private volatile long epoch;
  private volatile @Nullable StreamLane reading;

  private volatile @Nullable InboxFile current;
  private final AtomicLong readBytes = new AtomicLong(); // of files that were read to their end
  private final AtomicLong doneFiles = new AtomicLong();
  private final AtomicLong sameFiles = new AtomicLong(); // of those
  private final AtomicLong failedFiles = new AtomicLong();
  private volatile int waiting; // seen and not taken
  private final InboxClaims claims;

  // Inbox thread only.
  private final InboxFolder folder;
  private final InboxEndings endings;
  private final DoneFiles doneBefore;
  private @Nullable InboxJournal journal;
  private @Nullable InboxContents contents;

  // Of files that are read and whose endings are not yet written down.
  private final Map<InboxJournal.Claim, InboxContents.Content> finished = new LinkedHashMap<>();
  private final Map<String, Checkpoint.StreamPoint> points = new HashMap<>();
  private long nextCheckpointNanos;

  /// @param stateFolder of this source, for the journal
  public InboxIntake(
      FilesSource source,
      SourceRun run,
      SourceEpochs epochs,
      CheckpointFile checkpoints,
      Path stateFolder,
      MemoryBudget budget,
      Route route) {
    this.source = source;
    this.run = run;
    this.epochs = epochs;
    this.checkpoints = checkpoints;
    this.stateFolder = stateFolder;
    this.budget = budget;
    this.route = route;
    this.clock = run.clock();
    this.folder = new InboxFolder(source);
    this.endings = new InboxEndings(source.path(), folder.work(), !source.isSpool());
    this.doneBefore = new DoneFiles(source, clock);
    this.claims = new InboxClaims(source, folder, endings);
    this.thread = Thread.ofPlatform().daemon().name("inbox-" + source.name()).unstarted(this::run);
  }

  @Override
  public void start() {
    thread.start();
  }

  @Override
  public void stop() {
    stopping = true;
    run.gate().shut();
    try {
      if (!thread.join(Duration.ofSeconds(3))) {
        thread.interrupt();
        if (!thread.join(Duration.ofSeconds(3))) {
          LOG.warn("An inbox does not stop source={}", source.name());
        }
      }
    } catch (InterruptedException e) {
      thread.interrupt();
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public boolean isFinished(String stream) {
    return claims.isOver(stream);
  }

  @Override
  public SourceStatus status() {
    StreamLane lane = reading;
    Health worst = health.worse(run.gate().health());
    List<SourceStatus.StreamStatus> streams = new ArrayList<>();
    if (lane != null) {
      worst = worst.worse(lane.health());
      streams.add(
          SourceStatus.StreamStatus.of(
              lane.stream(), lane.health(), lane.done().mark().number(), lane.lastBad(), "inbox"));
    }
    return new SourceStatus(
        source.name(),
        "files",
        worst,
        epoch,
        streams,
        SourceStatus.Measured.of(run),
        0,
        Optional.of(files()));
  }

  private SourceStatus.Files files() {
    InboxFile file = current;
    return new SourceStatus.Files(
        file == null ? "" : file.claim().name(),
        file == null ? 0 : file.readBytes(),
        file == null ? 0 : file.claim().size(),
        readBytes.get() + (file == null ? 0 : file.readBytes()),
        Math.max(0, claims.waiting() - (file == null ? 0 : 1)) + waiting,
        doneFiles.get(),
        sameFiles.get(),
        failedFiles.get());
  }

  // ---- the inbox thread

  private void run() {
    Backoff backoff = run.paces().unavailable().start();
    try {
      while (!stopping) {
        try {
          if (journal == null) {
            begin();
          }
          boolean did = step();
          backoff = run.paces().unavailable().start();
          health = Health.RUNNING;
          if (!did) {
            run.gate().pause(idle());
          }
        } catch (IOException | Failure e) {
          Health now =
              new Health(
                  SourceState.WAITING, String.valueOf(e.getMessage() == null ? e : e.getMessage()));
          if (health.state() != now.state()) {
            LOG.warn("An inbox waits source={} why={}", source.name(), String.valueOf(e));
          }
          health = now;
          run.gate().pause(backoff.next());
        }
      }
    } catch (InterruptedException e) {
      // the end
    } catch (RuntimeException e) {
      health = new Health(SourceState.FAILED, String.valueOf(e));
      LOG.error("An inbox stopped, nothing of it is skipped source={}", source.name(), e);
    } finally {
      end();
    }
  }

  /// Often enough to see a file soon after it settled.
  private Duration idle() {
    Duration half = source.settle().dividedBy(2);
    Duration shortest = Duration.ofMillis(50);
    return half.compareTo(SCAN) > 0 ? SCAN : half.compareTo(shortest) < 0 ? shortest : half;
  }

  private void end() {
    var unused = Thread.interrupted(); // it would close the files that are written here
    try {
      StreamLane lane = reading;
      if (lane != null) {
        remember(lane);
        writeCheckpoint();
      }
      InboxJournal open = journal;
      if (open != null) {
        flushEndings();
        open.close();
      }
      InboxContents known = contents;
      if (known != null) {
        known.close();
      }
    } catch (IOException | Failure e) {
      LOG.warn("The state of an inbox could not be written source={}", source.name(), e);
    }
  }

  /// Finds out which life this is and completes what a crash left.
  private void begin() throws IOException {
    Files.createDirectories(source.path());
    folder.prepare();
    OptionalLong current = epochs.current(source.name());
    epoch = current.isPresent() ? current.getAsLong() : epochs.next(source.name());
    checkpoints
        .read()
        .filter(read -> read.epoch() == epoch)
        .ifPresent(read -> points.putAll(read.streams()));
    if (contents == null) {
      contents = new InboxContents(stateFolder, "contents", today().toEpochDay());
    }
    InboxJournal opened = new InboxJournal(stateFolder);
    try {
      claims.recover(opened, this::rememberContentsAnew);
    } catch (IOException e) {
      opened.close();
      throw e;
    }
    journal = opened;
  }

  private LocalDate today() {
    return LocalDate.now(clock);
  }

  /// Reads one file, or looks for new ones. False when there was nothing to do.
  private boolean step() throws IOException, InterruptedException {
    InboxJournal.Claim next = claims.peek();
    if (next == null) {
      flushEndings();
      doneBefore.letGo();
      boolean took = run.gate().health().state() == SourceState.RUNNING && claims.take(open());
      waiting = folder.waiting();
      return took;
    }
    run.gate().pass();
    if (isSmall(next)) {
      readSmall();
    } else {
      read(next);
      claims.remove();
    }
    if (endings.isDue()) {
      flushEndings();
    }
    return true;
  }

  private void flushEndings() throws IOException {
    Set<InboxJournal.Claim> over = endings.flush(open(), this::rememberContents);
    for (InboxJournal.Claim claim : over) {
      points.remove("file/" + claim.number());
      finished.remove(claim);
    }
    if (!over.isEmpty()) {
      LOG.info("Files were read source={} files={}", source.name(), over.size());
    }
  }

  private void rememberContents(Set<InboxJournal.Claim> decided) throws IOException {
    List<InboxContents.Content> known = new ArrayList<>();
    for (InboxJournal.Claim claim : decided) {
      InboxContents.Content content = finished.get(claim);
      if (content != null) {
        known.add(content);
      }
    }
    contents().add(known, today().toEpochDay());
  }

  /// The same for files that a run before this one decided: what still lies in `work` may not have
  /// been remembered by it.
  private void rememberContentsAnew(Set<InboxJournal.Claim> decided) throws IOException {
    List<InboxContents.Content> known = new ArrayList<>();
    for (InboxJournal.Claim claim : decided) {
      file(claim).contentAnew().ifPresent(known::add);
    }
    contents().add(known, today().toEpochDay());
  }

  private InboxJournal open() {
    InboxJournal open = journal;
    if (open == null) {
      throw new IllegalStateException("the journal is read first");
    }
    return open;
  }

  private InboxContents contents() {
    InboxContents known = contents;
    if (known == null) {
      throw new IllegalStateException("the contents are read first");
    }
    return known;
  }

  // ---- many small files

  private boolean isSmall(InboxJournal.Claim claim) {
    return claim.size() <= InboxFile.SMALL_BYTES
        && run.onBad() != SourceConfig.OnBad.BLOCK
        && !points.containsKey("file/" + claim.number());
  }

  /// Reads the next small files, each in its order, into one entry of the log per collection, and
  /// then waits for all of them.
  private void readSmall() throws IOException, InterruptedException {
    JoinedBatches joined = new JoinedBatches();
    List<InboxFile> ahead = new ArrayList<>();
    Set<InboxContents.Content> together = new HashSet<>();
    long bytes = 0;
    try {
      for (InboxJournal.Claim claim : claims.ahead()) {
        if (!isSmall(claim) || bytes > Chunk.MAX_BYTES / 4 || stopping) {
          break;
        }
        InboxFile file = file(claim);
        current = file;
        Optional<InboxReport> over = same(file, together);
        if (over.isEmpty()) {
          file.lane().by(joined);
          reading = file.lane();
          over = file.readAhead();
        }
        if (over.isPresent()) {
          finishAll(ahead);
          ended(file, over.get());
          claims.remove();
        } else {
          ahead.add(file);
        }
        bytes += claim.size();
      }
    } finally {
      joined.flush();
      finishAll(ahead);
      reading = null;
      current = null;
    }
  }

  private void finishAll(List<InboxFile> ahead) throws IOException, InterruptedException {
    while (!ahead.isEmpty()) {
      InboxFile file = ahead.getFirst();
      InboxReport report = file.finish();
      ahead.removeFirst();
      ended(file, report);
      claims.remove();
    }
  }

  // ---- one file

  private void read(InboxJournal.Claim claim) throws IOException, InterruptedException {
    InboxFile file = file(claim);
    current = file;
    try {
      Optional<InboxReport> same =
          points.containsKey(file.lane().stream()) ? Optional.empty() : same(file, new HashSet<>());
      if (same.isPresent()) {
        ended(file, same.get());
        return;
      }
      reading = file.lane();
      InboxReport report = file.read(() -> stopping, this::checkpoint);
      if (report == null) {
        return; // stopped in the middle
      }
      ended(file, report);
      remember(file.lane());
      reading = null;
    } finally {
      current = null;
      StreamLane lane = reading;
      if (lane != null && !stopping) {
        remember(lane);
      }
    }
  }

  /// The report of a file whose content was read before, now or within the last days.
  ///
  /// @param together contents that are read at this moment; it is added there
  private Optional<InboxReport> same(InboxFile file, Set<InboxContents.Content> together)
      throws IOException {
    if (source.reapply()) {
      return Optional.empty();
    }
    Optional<InboxContents.Content> content = file.content(contents());
    boolean isKnown =
        content.isPresent()
            && (contents().holds(content.get())
                || finished.containsValue(content.get())
                || !together.add(content.get()));
    return isKnown ? Optional.of(file.sameContent()) : Optional.empty();
  }

  private InboxFile file(InboxJournal.Claim claim) {
    return new InboxFile(
        source,
        run,
        epoch,
        claim,
        endings.inWork(claim),
        folder.binding(InboxFolder.decoded(claim.name()).toString()),
        Optional.ofNullable(points.get("file/" + claim.number())),
        budget,
        route);
  }

  private void ended(InboxFile file, InboxReport report) throws IOException {
    InboxJournal.Claim claim = file.claim();
    boolean failed = report.fault().isPresent() || isTooBad(report);
    if (!failed) {
      file.finishedContent().ifPresent(content -> finished.put(claim, content));
    }
    endings.add(claim, today().toString(), failed, report);
    claims.finished(claim);
    readBytes.addAndGet(claim.size());
    (failed ? failedFiles : doneFiles).incrementAndGet();
    sameFiles.addAndGet(report.isKnown() ? 1 : 0);
    run.moves().signal();
    if (failed) {
      LOG.warn(
          "A file failed source={} name={} records={} dead={}",
          source.name(),
          claim.name(),
          report.tally().records(),
          report.tally().deadTotal());
    }
  }

  private boolean isTooBad(InboxReport report) {
    long dead = report.tally().deadTotal();
    return dead > 0
        && (source.maxBadRatio() >= 1.0
            ? dead == report.tally().records()
            : dead > source.maxBadRatio() * report.tally().records());
  }

  // ---- checkpoints

  private void remember(StreamLane lane) {
    points.put(
        lane.stream(),
        new Checkpoint.StreamPoint(lane.done().mark(), lane.vouched(), lane.done().tally()));
  }

  private void checkpoint() {
    if (System.nanoTime() - nextCheckpointNanos >= 0) {
      nextCheckpointNanos = System.nanoTime() + CHECKPOINT_NANOS;
      StreamLane lane = reading;
      if (lane != null) {
        remember(lane);
      }
      writeCheckpoint();
    }
  }

  private void writeCheckpoint() {
    checkpoints.write(new Checkpoint(epoch, "", Map.of(), points));
  }
}
