package io.millrace.ingest.inbox;

import io.millrace.ingest.config.SourceConfig.FilesSource;
import io.millrace.ingest.pipeline.Backoff;
import io.millrace.ingest.pipeline.Checkpoint;
import io.millrace.ingest.pipeline.CheckpointFile;
import io.millrace.ingest.pipeline.Health;
import io.millrace.ingest.pipeline.Intake;
import io.millrace.ingest.pipeline.MemoryBudget;
import io.millrace.ingest.pipeline.SourceEpochs;
import io.millrace.ingest.pipeline.SourceRun;
import io.millrace.ingest.pipeline.SourceState;
import io.millrace.ingest.pipeline.SourceStatus;
import io.millrace.ingest.pipeline.StreamLane;
import io.millrace.model.Failure;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.time.Duration;
import java.time.LocalDate;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
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

  // Inbox thread only.
  private final InboxFolder folder;
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
    try {
      StreamLane lane = reading;
      if (lane != null) {
        remember(lane);
        writeCheckpoint();
      }
      InboxJournal open = journal;
      if (open != null) {
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
    for (InboxJournal.Open open : opened.open()) {
      if (open.ending().isPresent()) {
        finish(opened, open.claim(), open.ending().get());
      } else if (isInWork(open.claim())) {
        claimed.add(open.claim());
      } else {
        opened.ended(open.claim());
        LOG.warn("A claimed file is gone source={} name={}", source.name(), open.claim().name());
      }
    }
  }

  /// Whether the file is in `work`, where it is put if the crash came before its rename.
  private boolean isInWork(InboxJournal.Claim claim) throws IOException {
    Path inWork = inWork(claim);
    if (Files.exists(inWork, LinkOption.NOFOLLOW_LINKS)) {
      return true;
    }
    Path dropped = source.path().resolve(InboxFolder.decoded(claim.name()));
    if (!Files.isRegularFile(dropped, LinkOption.NOFOLLOW_LINKS)
        || !InboxFolder.stat(dropped).key().equals(claim.key())) {
      return false;
    }
    Files.move(dropped, inWork, StandardCopyOption.ATOMIC_MOVE);
    syncBoth();
    return true;
  }

  private Path inWork(InboxJournal.Claim claim) {
    return folder.work().resolve(InboxFolder.workName(claim.number(), claim.name()));
  }

  private void syncBoth() throws IOException {
    InboxJournal.syncFolder(folder.work());
    InboxJournal.syncFolder(source.path());
  }

  /// Reads one file, or looks for new ones. False when there was nothing to do.
  private boolean step() throws IOException, InterruptedException {
    InboxJournal.Claim next = claimed.peek();
    if (next == null) {
      return run.gate().health().state() == SourceState.RUNNING && claim();
    }
    run.gate().pass();
    read(next);
    claimed.remove();
    return true;
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
    for (int i = 0; i < claims.size(); i++) {
      Path name = ready.get(i).name();
      folder.forget(name);
      try {
        Files.move(
            source.path().resolve(name), inWork(claims.get(i)), StandardCopyOption.ATOMIC_MOVE);
      } catch (NoSuchFileException gone) {
        open.ended(claims.get(i));
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

  // ---- one file

  private void read(InboxJournal.Claim claim) throws IOException, InterruptedException {
    InboxJournal open = open();
    Path file = inWork(claim);
    String stream = "file/" + claim.number();
    InboxFile reader =
        new InboxFile(
            source,
            run,
            epoch,
            claim,
            file,
            folder.binding(InboxFolder.decoded(claim.name()).toString()),
            Optional.ofNullable(points.get(stream)),
            budget,
            route);
    reading = reader.lane();
    try {
      InboxReport report = reader.read(() -> stopping, this::checkpoint);
      if (report == null) {
        return; // stopped in the middle
      }
      String day = LocalDate.now(clock).toString();
      boolean failed = report.fault().isPresent() || isTooBad(report);
      String into = (failed ? "failed/" : "done/") + day;
      String as = freeName(source.path().resolve(into), claim);
      InboxJournal.Ending ending = new InboxJournal.Ending(into, as, report.toJson(failed));
      open.ending(claim, ending);
      finish(open, claim, ending);
      points.remove(stream);
      reading = null;
      LOG.info(
          "A file was read source={} name={} outcome={} records={} applied={} dead={}",
          source.name(),
          claim.name(),
          failed ? "failed" : "done",
          report.tally().records(),
          report.applied(),
          report.tally().deadTotal());
    } finally {
      if (!stopping) {
        StreamLane lane = reading;
        if (lane != null) {
          remember(lane);
        }
      }
    }
  }

  private boolean isTooBad(InboxReport report) {
    long dead = report.tally().deadTotal();
    return dead > 0
        && (source.maxBadRatio() >= 1.0
            ? dead == report.tally().records()
            : dead > source.maxBadRatio() * report.tally().records());
  }

  private static String freeName(Path into, InboxJournal.Claim claim) {
    String name = claim.name();
    return Files.exists(into.resolve(InboxFolder.decoded(name)), LinkOption.NOFOLLOW_LINKS)
        ? name + "." + claim.number()
        : name;
  }

  /// Out of `work`, the report, the journal's last word. May run again after a crash.
  private void finish(InboxJournal open, InboxJournal.Claim claim, InboxJournal.Ending ending)
      throws IOException {
    Path into = source.path().resolve(ending.folder());
    Files.createDirectories(into);
    Path target = into.resolve(InboxFolder.decoded(ending.as()));
    if (Files.exists(inWork(claim), LinkOption.NOFOLLOW_LINKS)) {
      Files.move(inWork(claim), target, StandardCopyOption.ATOMIC_MOVE);
      InboxJournal.syncFolder(into);
      InboxJournal.syncFolder(folder.work());
    }
    Path reports = into.resolve("reports.ndjson");
    if (!holds(reports, claim.number())) {
      append(reports, ending.report());
      if (ending.report().contains("\"first_failure\"") || ending.report().contains("\"code\"")) {
        String name = ending.as().length() > 100 ? claim.number() + "" : ending.as();
        Path own = into.resolve(InboxFolder.decoded(name) + ".report.json");
        Files.deleteIfExists(own);
        append(own, ending.report());
      }
    }
    open.ended(claim);
  }

  /// Whether the report of that file is among the last ones.
  private static boolean holds(Path reports, long number) throws IOException {
    if (!Files.exists(reports)) {
      return false;
    }
    try (FileChannel in = FileChannel.open(reports, StandardOpenOption.READ)) {
      long from = Math.max(0, in.size() - (64 << 10));
      ByteBuffer tail = ByteBuffer.allocate((int) (in.size() - from));
      while (tail.hasRemaining() && in.read(tail, from + tail.position()) > 0) {
        // reads on
      }
      String text = new String(tail.array(), 0, tail.position(), StandardCharsets.UTF_8);
      return text.contains("{\"number\":" + number + ",");
    }
  }

  private static void append(Path file, String line) throws IOException {
    try (FileChannel out =
        FileChannel.open(
            file, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.APPEND)) {
      ByteBuffer bytes = ByteBuffer.wrap((line + "\n").getBytes(StandardCharsets.UTF_8));
      while (bytes.hasRemaining()) {
        out.write(bytes);
      }
      out.force(true);
    }
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
