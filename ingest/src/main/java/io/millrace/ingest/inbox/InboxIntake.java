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
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Clock;
import java.time.Duration;
import java.time.LocalDate;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
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

  private static final int CLAIMS_PER_ROUND = 256;

  /// Files up to here are read many at a time.
  private static final long SMALL_BYTES = 64 << 10;

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

  // Written by the inbox thread, read by all. Files that are claimed stand in `unfinished` before
  // `highest` reaches their number.
  private final Set<Long> unfinished = ConcurrentHashMap.newKeySet();
  private volatile long highest;

  // Inbox thread only.
  private final InboxFolder folder;
  private final InboxEndings endings;
  private @Nullable InboxJournal journal;
  private final ArrayDeque<InboxJournal.Claim> claimed = new ArrayDeque<>();
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
    this.endings = new InboxEndings(source.path(), folder.work());
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
  public boolean isOver(String stream) {
    if (!stream.startsWith("file/")) {
      return false;
    }
    try {
      long number = Long.parseLong(stream, 5, stream.length(), 10);
      return number > 0 && number <= highest && !unfinished.contains(number);
    } catch (NumberFormatException notOfOurs) {
      return false;
    }
  }

  @Override
  public SourceStatus status() {
    StreamLane lane = reading;
    Health worst = health.worse(run.gate().health());
    List<SourceStatus.StreamStatus> streams = new ArrayList<>();
    if (lane != null) {
      worst = worst.worse(lane.health());
      streams.add(
          new SourceStatus.StreamStatus(
              lane.stream(),
              lane.health(),
              lane.done().mark().number(),
              OptionalLong.empty(),
              OptionalLong.empty()));
    }
    return new SourceStatus(
        source.name(),
        "files",
        worst,
        epoch,
        streams,
        run.counts().tally(),
        run.counts().missing(),
        run.counts().stale(),
        run.counts().bytes(),
        0);
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
    InboxJournal opened = new InboxJournal(stateFolder);
    try {
      recover(opened);
    } catch (IOException e) {
      opened.close();
      throw e;
    }
    journal = opened;
  }

  private void recover(InboxJournal opened) throws IOException {
    claimed.clear();
    Map<InboxJournal.Claim, InboxJournal.Ending> ending = new LinkedHashMap<>();
    List<InboxJournal.Claim> gone = new ArrayList<>();
    for (InboxJournal.Open open : opened.open()) {
      if (open.ending().isPresent()) {
        ending.put(open.claim(), open.ending().get());
      } else if (isInWork(open.claim())) {
        claimed.add(open.claim());
      } else {
        gone.add(open.claim());
        LOG.warn("A claimed file is gone source={} name={}", source.name(), open.claim().name());
      }
    }
    if (!ending.isEmpty()) {
      endings.complete(opened, ending, InboxEndings.Reports.SOME_MAY_BE_WRITTEN);
    }
    opened.ended(gone);
    claimed.forEach(claim -> unfinished.add(claim.number()));
    highest = opened.nextNumber() - 1;
  }

  /// Whether the file is in `work`, where it is put if the crash came before its rename.
  private boolean isInWork(InboxJournal.Claim claim) throws IOException {
    Path inWork = endings.inWork(claim);
    if (Files.exists(inWork, LinkOption.NOFOLLOW_LINKS)) {
      return true;
    }
    Path dropped = source.path().resolve(InboxFolder.decoded(claim.name()));
    if (!Files.isRegularFile(dropped, LinkOption.NOFOLLOW_LINKS)
        || !InboxFolder.stat(dropped).key().equals(claim.key())) {
      return false;
    }
    Companions.move(dropped, inWork);
    Files.move(dropped, inWork, StandardCopyOption.ATOMIC_MOVE);
    syncBoth();
    return true;
  }

  private void syncBoth() throws IOException {
    InboxJournal.syncFolder(folder.work());
    InboxJournal.syncFolder(source.path());
  }

  /// Reads one file, or looks for new ones. False when there was nothing to do.
  private boolean step() throws IOException, InterruptedException {
    InboxJournal.Claim next = claimed.peek();
    if (next == null) {
      flushEndings();
      return run.gate().health().state() == SourceState.RUNNING && claim();
    }
    run.gate().pass();
    if (isSmall(next)) {
      readSmall();
    } else {
      read(next);
      claimed.remove();
    }
    if (endings.isDue()) {
      flushEndings();
    }
    return true;
  }

  private void flushEndings() throws IOException {
    Set<InboxJournal.Claim> over = endings.flush(open());
    for (InboxJournal.Claim claim : over) {
      points.remove("file/" + claim.number());
    }
    if (!over.isEmpty()) {
      LOG.info("Files were read source={} files={}", source.name(), over.size());
    }
  }

  private boolean claim() throws IOException {
    InboxJournal open = open();
    List<InboxFolder.Ready> ready = folder.ready(CLAIMS_PER_ROUND);
    if (ready.isEmpty()) {
      return false;
    }
    List<InboxJournal.Claim> claims = new ArrayList<>();
    long number = open.nextNumber();
    for (InboxFolder.Ready file : ready) {
      InboxFolder.Stat stat = file.stat();
      claims.add(
          new InboxJournal.Claim(
              number++,
              InboxFolder.encoded(file.name()),
              stat.size(),
              stat.mtimeMillis(),
              stat.key()));
    }
    open.claim(claims);
    claims.forEach(claim -> unfinished.add(claim.number()));
    highest = number - 1;
    for (int i = 0; i < claims.size(); i++) {
      Path name = ready.get(i).name();
      folder.forget(name);
      try {
        Companions.move(source.path().resolve(name), endings.inWork(claims.get(i)));
        Files.move(
            source.path().resolve(name),
            endings.inWork(claims.get(i)),
            StandardCopyOption.ATOMIC_MOVE);
      } catch (NoSuchFileException gone) {
        open.ended(List.of(claims.get(i)));
        unfinished.remove(claims.get(i).number());
        LOG.warn(
            "A file went away before it was taken source={} name={}",
            source.name(),
            claims.get(i).name());
        continue;
      }
      if (source.ready() == FilesSource.Ready.MARKER) {
        Files.deleteIfExists(folder.marker(name));
      }
      claimed.add(claims.get(i));
    }
    syncBoth();
    return true;
  }

  private InboxJournal open() {
    InboxJournal open = journal;
    if (open == null) {
      throw new IllegalStateException("the journal is read first");
    }
    return open;
  }

  // ---- many small files

  private boolean isSmall(InboxJournal.Claim claim) {
    return claim.size() <= SMALL_BYTES
        && run.onBad() != SourceConfig.OnBad.BLOCK
        && !points.containsKey("file/" + claim.number());
  }

  /// Reads the next small files, each in its order, into one entry of the log per collection, and
  /// then waits for all of them.
  private void readSmall() throws IOException, InterruptedException {
    JoinedBatches joined = new JoinedBatches();
    List<InboxFile> ahead = new ArrayList<>();
    long bytes = 0;
    try {
      for (InboxJournal.Claim claim : List.copyOf(claimed)) {
        if (!isSmall(claim)
            || ahead.size() == CLAIMS_PER_ROUND
            || bytes > Chunk.MAX_BYTES / 4
            || stopping) {
          break;
        }
        InboxFile file = file(claim);
        file.lane().by(joined);
        reading = file.lane();
        Optional<InboxReport> over = file.readAhead();
        if (over.isPresent()) {
          finishAll(ahead);
          ended(claim, over.get());
          claimed.remove();
        } else {
          ahead.add(file);
        }
        bytes += claim.size();
      }
    } finally {
      joined.flush();
      finishAll(ahead);
      reading = null;
    }
  }

  private void finishAll(List<InboxFile> ahead) throws IOException, InterruptedException {
    while (!ahead.isEmpty()) {
      InboxReport report = ahead.getFirst().finish();
      ahead.removeFirst();
      ended(claimed.element(), report);
      claimed.remove();
    }
  }

  // ---- one file

  private void read(InboxJournal.Claim claim) throws IOException, InterruptedException {
    InboxFile reader = file(claim);
    reading = reader.lane();
    try {
      InboxReport report = reader.read(() -> stopping, this::checkpoint);
      if (report == null) {
        return; // stopped in the middle
      }
      ended(claim, report);
      remember(reader.lane());
      reading = null;
    } finally {
      StreamLane lane = reading;
      if (lane != null && !stopping) {
        remember(lane);
      }
    }
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

  private void ended(InboxJournal.Claim claim, InboxReport report) {
    boolean failed = report.fault().isPresent() || isTooBad(report);
    endings.add(claim, LocalDate.now(clock).toString(), failed, report);
    unfinished.remove(claim.number());
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
