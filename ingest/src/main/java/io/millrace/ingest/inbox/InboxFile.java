package io.millrace.ingest.inbox;

import com.github.luben.zstd.ZstdIOException;
import com.github.luben.zstd.ZstdInputStream;
import io.millrace.ingest.config.Binding;
import io.millrace.ingest.config.Reading;
import io.millrace.ingest.config.SourceConfig.FilesSource;
import io.millrace.ingest.pipeline.BadStart;
import io.millrace.ingest.pipeline.Checkpoint;
import io.millrace.ingest.pipeline.Chunk;
import io.millrace.ingest.pipeline.Delivery;
import io.millrace.ingest.pipeline.Intake;
import io.millrace.ingest.pipeline.Mark;
import io.millrace.ingest.pipeline.MemoryBudget;
import io.millrace.ingest.pipeline.SourceRun;
import io.millrace.ingest.pipeline.StreamLane;
import io.millrace.ingest.pipeline.Tally;
import io.millrace.ingest.record.Code;
import io.millrace.ingest.record.Decoded;
import io.millrace.ingest.record.Origin;
import io.millrace.ingest.record.RawRecord;
import io.millrace.model.Failure;
import java.io.BufferedInputStream;
import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;
import org.jspecify.annotations.Nullable;

/// Reads one claimed file as the stream `file/<number>`: its lines are the records, their numbers
/// count from 1. Goes on where an earlier run stopped; what comes before is only hashed again.
final class InboxFile {
  /// Files up to here are held as a whole while they are read.
  static final long SMALL_BYTES = 64 << 10;

  private final FilesSource source;
  private final InboxJournal.Claim claim;
  private final Path file;
  private final Optional<Binding> binding;
  private final MemoryBudget budget;
  private final Intake.Route route;
  private final StreamLane lane;
  private final AtomicLong held = new AtomicLong(); // bytes taken from the budget
  private final MessageDigest sha256;
  private final String place;
  private final AtomicLong readBytes = new AtomicLong(); // of the file as it lies there
  private final long startedNanos = System.nanoTime();

  private byte @Nullable [] whole; // a small file
  private String hash = ""; // once it is known
  private String edges = ""; // likewise
  private Mark reached; // behind the last line that was read
  private boolean stopped;
  private boolean ahead; // the end is left to finish()

  // The chunk under construction.
  private List<RawRecord> records = new ArrayList<>();
  private long bytes;

  InboxFile(
      FilesSource source,
      SourceRun run,
      long epoch,
      InboxJournal.Claim claim,
      Path file,
      Optional<Binding> binding,
      Optional<Checkpoint.StreamPoint> point,
      MemoryBudget budget,
      Intake.Route route) {
    this.source = source;
    this.claim = claim;
    this.file = file;
    this.binding = binding;
    this.budget = budget;
    this.route = route;
    Optional<Checkpoint.StreamPoint> usable = point.filter(p -> p.next().byteOffset() >= 0);
    this.reached = usable.map(Checkpoint.StreamPoint::next).orElse(new Mark(first(), -1, 0));
    Tally before = usable.map(Checkpoint.StreamPoint::tally).orElse(Tally.NONE);
    this.lane =
        new StreamLane(
            run,
            epoch,
            "file/" + claim.number(),
            new Origin.DroppedFile(plainName()),
            claim.number(),
            binding,
            new StreamLane.Done(reached, before),
            Set.of(),
            done -> {
              held.addAndGet(-done);
              budget.release(done);
            },
            Optional.of(new BadStart(before.records())),
            StreamLane.Refill.NEVER);
    this.sha256 = InboxContents.sha256();
    OptionalLong uid =
        binding
            .filter(Binding::isFixed)
            .flatMap(Binding::collection)
            .flatMap(name -> run.targets().find(name))
            .map(target -> OptionalLong.of(target.uid()))
            .orElse(OptionalLong.empty());
    this.place =
        binding.map(rule -> InboxContents.place(rule, plainName(), uid.orElse(-1))).orElse("");
  }

  StreamLane lane() {
    return lane;
  }

  /// How much of the file was read. Safe to call from any thread.
  long readBytes() {
    return readBytes.get();
  }

  InboxJournal.Claim claim() {
    return claim;
  }

  /// What the file holds, where that can be told without reading a large file that is like no
  /// other.
  ///
  /// @param others of files that were read
  Optional<InboxContents.Content> content(InboxContents others) throws IOException {
    if (isCompanioned() || place.isEmpty()) {
      return Optional.empty();
    }
    try {
      if (claim.size() <= SMALL_BYTES) {
        byte[] bytes = whole();
        if (bytes.length != claim.size()) {
          return Optional.empty(); // it changed, reading it will say so
        }
        edges = InboxContents.edges(bytes);
        hash = InboxContents.sha256(bytes);
      } else {
        edges = InboxContents.edges(file, claim.size());
        if (!others.mayHold(edges)) {
          return Optional.empty();
        }
        hash = InboxContents.sha256(file);
      }
    } catch (NoSuchFileException gone) {
      return Optional.empty(); // reading it will say so
    }
    return Optional.of(new InboxContents.Content(hash, edges, place, claim.size()));
  }

  /// What a file holds that was read by a run before this one; empty when it lies there no more.
  Optional<InboxContents.Content> contentAnew() throws IOException {
    try {
      hash = InboxContents.sha256(file);
      return finishedContent();
    } catch (NoSuchFileException gone) {
      return Optional.empty();
    }
  }

  /// What the file held, once its report is made and while it lies where it was read.
  Optional<InboxContents.Content> finishedContent() throws IOException {
    if (hash.isEmpty() || isCompanioned() || place.isEmpty()) {
      return Optional.empty();
    }
    if (edges.isEmpty()) {
      edges =
          claim.size() <= SMALL_BYTES
              ? InboxContents.edges(whole())
              : InboxContents.edges(file, claim.size());
    }
    return Optional.of(new InboxContents.Content(hash, edges, place, claim.size()));
  }

  /// An array depends on files beside it.
  private boolean isCompanioned() {
    return plainName().endsWith(".npy");
  }

  private byte[] whole() throws IOException {
    byte[] held = whole;
    if (held == null) {
      try (InputStream in = Channels.newInputStream(channel())) {
        held = in.readNBytes((int) SMALL_BYTES + 1);
      }
      whole = held;
    }
    return held;
  }

  /// The file was put aside without a look at its records.
  InboxReport sameContent() {
    return report(Tally.NONE, true, Optional.empty());
  }

  /// Rows count from 0, lines and rows of text from 1.
  private long first() {
    String name = plainName();
    return name.endsWith(".npy") || name.endsWith(".parquet") ? 0 : 1;
  }

  private String plainName() {
    String dropped = InboxFolder.decoded(claim.name()).toString();
    return InboxFolder.withoutCompression(InboxFolder.given(source, dropped));
  }

  /// Reads a small file to its end without waiting for the log. Its report, if it failed as a
  /// whole; else [#finish] gives it.
  Optional<InboxReport> readAhead() throws IOException, InterruptedException {
    ahead = true;
    Optional<Decoded.Bad> fault = wholeFile(() -> false, () -> {});
    if (fault.isPresent()) {
      budget.release(held.getAndSet(0));
      return Optional.of(report(fault));
    }
    return Optional.empty();
  }

  /// Waits for what [#readAhead] left.
  InboxReport finish() throws IOException, InterruptedException {
    try {
      lane.end(reached);
      return report(Optional.empty());
    } finally {
      budget.release(held.getAndSet(0));
    }
  }

  /// Null when `stopping` became true: what is submitted is finished, the rest is for the next run.
  @Nullable InboxReport read(BooleanSupplier stopping, Runnable checkpoint)
      throws IOException, InterruptedException {
    try {
      Optional<Decoded.Bad> fault = wholeFile(stopping, checkpoint);
      if (fault.isEmpty() && stopped) {
        return null;
      }
      return report(fault);
    } catch (IOException | Failure e) {
      lane.settle(); // the next try must not find records in a log that are not durable
      throw e;
    } finally {
      budget.release(held.getAndSet(0)); // nothing, unless it ended in the middle
    }
  }

  /// The fault of the file as a whole, if there is one; its dead letter is written then.
  private Optional<Decoded.Bad> wholeFile(BooleanSupplier stopping, Runnable checkpoint)
      throws IOException, InterruptedException {
    Decoded.Bad fault;
    try {
      try {
        checkUnchanged();
        readRecords(stopping, checkpoint);
        if (!stopped) {
          checkUnchanged();
        }
        return Optional.empty();
      } catch (FileRecords.FileFault e) {
        fault = e.reason();
      } catch (ZipException | EOFException | ZstdIOException e) {
        fault = bad(Code.FILE_DECOMPRESS, "The file cannot be decompressed: " + e.getMessage());
      }
      deliver(); // what was read before the fault stays
      lane.end(reached);
    } catch (BadStart.NoGoodRecord e) {
      fault = bad(Code.FILE_FORMAT, e.getMessage());
    }
    lane.refuse(RawRecord.faulty(reached.number(), claim.mtimeMillis(), new byte[0], fault), fault);
    return Optional.of(fault);
  }

  private static Decoded.Bad bad(Code code, @Nullable String message) {
    return new Decoded.Bad(code, "", String.valueOf(message));
  }

  private InboxReport report(Optional<Decoded.Bad> fault) {
    Tally tally = lane.done().tally();
    if (fault.isPresent()) {
      Map<Code, Long> dead = new EnumMap<>(Code.class);
      dead.put(fault.get().code(), 1L);
      tally = tally.plus(new Tally(0, 0, 0, 0, 0, dead));
    }
    return report(tally, false, fault);
  }

  private InboxReport report(Tally tally, boolean isKnown, Optional<Decoded.Bad> fault) {
    if (hash.isEmpty()) {
      hash = HexFormat.of().formatHex(sha256.digest());
    }
    return new InboxReport(
        source.name(),
        claim.name(),
        claim.number(),
        hash,
        claim.size(),
        tally,
        isKnown,
        fault,
        lane.firstBad(),
        lane.lastBad(),
        (System.nanoTime() - startedNanos) / 1e9);
  }

  private void checkUnchanged() throws IOException {
    InboxFolder.Stat now = InboxFolder.stat(file);
    if (now.size() != claim.size()
        || now.mtimeMillis() != claim.mtimeMillis()
        || !now.key().equals(claim.key())) {
      throw new FileRecords.FileFault(
          Code.FILE_CHANGED,
          "The file had "
              + claim.size()
              + " bytes when it was taken and has "
              + now.size()
              + ", or was touched; what was read of it stays");
    }
  }

  private void readRecords(BooleanSupplier stopping, Runnable checkpoint)
      throws IOException, InterruptedException {
    try (InputStream raw = open();
        Counted in = new Counted(inflated(raw), source.maxInflatedBytes());
        FileRecords from = records(in)) {
      RawRecord record = from.next();
      while (record != null) {
        records.add(record);
        bytes += record.bytes();
        reached = from.reached();
        if (bytes >= Chunk.MAX_BYTES || records.size() >= Chunk.MAX_RECORDS) {
          deliver();
          checkpoint.run();
          if (stopping.getAsBoolean()) {
            lane.settle();
            stopped = true;
            return;
          }
        }
        record = from.next();
      }
      reached = from.reached();
      deliver();
      if (!ahead) {
        lane.end(reached);
      }
      raw.transferTo(OutputStream.nullOutputStream()); // the hash is of the whole file
    }
  }

  private FileRecords records(InputStream in) throws IOException {
    String name = plainName();
    int most = binding.map(Binding::recordBytes).orElse(Binding.MAX_RECORD_BYTES);
    Reading reading = binding.map(Binding::reading).orElse(Reading.DEFAULT);
    long time = claim.mtimeMillis();
    if (name.endsWith(".csv") || name.endsWith(".tsv")) {
      if (reading.mapping().isEmpty()) {
        throw new FileRecords.FileFault(
            Code.FILE_FORMAT, "Separated values need a 'mapping' in the binding of the source");
      }
      return new SeparatedRecords(in, name, reading.csv(), reached, most, time);
    }
    if (name.endsWith(".parquet")) {
      return new ParquetRecords(file, reading.mapping().isPresent(), reached, time);
    }
    if (name.endsWith(".npy")) {
      return new NpyRecords(
          in,
          existing(Companions.inWork(file, Companions.IDS)),
          existing(Companions.inWork(file, Companions.PAYLOADS)),
          reached,
          most,
          time);
    }
    return new LineRecords(in, reached, most, time, bufferBytes());
  }

  private static Optional<Path> existing(Path path) {
    return Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS)
        ? Optional.of(path)
        : Optional.empty();
  }

  /// Ends a file that inflates to more than is allowed.
  private static final class Counted extends FilterInputStream {
    private final long most;
    private long read;

    Counted(InputStream in, long most) {
      super(in);
      this.most = most;
    }

    @Override
    public int read() throws IOException {
      int b = super.read();
      count(b < 0 ? 0 : 1);
      return b;
    }

    @Override
    public int read(byte[] b, int off, int len) throws IOException {
      int n = super.read(b, off, len);
      count(Math.max(0, n));
      return n;
    }

    private void count(int more) {
      read += more;
      if (read > most) {
        throw new FileRecords.FileFault(
            Code.FILE_TOO_LARGE, "The file is larger than " + most + " bytes");
      }
    }
  }

  private void deliver() throws InterruptedException {
    if (records.isEmpty()) {
      return;
    }
    Chunk chunk = new Chunk(records, reached, bytes);
    records = new ArrayList<>();
    bytes = 0;
    budget.take(chunk.bytes());
    held.addAndGet(chunk.bytes());
    route.deliver(new Delivery.Arrived(lane, chunk));
  }

  /// Never follows a link; what is read is counted, and hashed unless the hash is known.
  private InputStream open() throws IOException {
    if (claim.size() <= SMALL_BYTES && !plainName().endsWith(".parquet")) {
      byte[] bytes = whole();
      readBytes.set(bytes.length);
      if (hash.isEmpty()) {
        hash = InboxContents.sha256(bytes);
      }
      return new ByteArrayInputStream(bytes);
    }
    InputStream in = new Watched(Channels.newInputStream(channel()), readBytes);
    return new BufferedInputStream(
        hash.isEmpty() ? new DigestInputStream(in, sha256) : in, bufferBytes());
  }

  private SeekableByteChannel channel() throws IOException {
    return Files.newByteChannel(file, Set.of(StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS));
  }

  /// Tells how far the reading of a file is.
  private static final class Watched extends FilterInputStream {
    private final AtomicLong read;

    Watched(InputStream in, AtomicLong read) {
      super(in);
      this.read = read;
    }

    @Override
    public int read(byte[] b, int off, int len) throws IOException {
      int n = super.read(b, off, len);
      read.addAndGet(Math.max(0, n));
      return n;
    }
  }

  private int bufferBytes() {
    return (int) Math.clamp(claim.size() + 1, 4 << 10, 256 << 10);
  }

  private static InputStream inflated(InputStream raw) throws IOException {
    raw.mark(8);
    int a = raw.read();
    int b = raw.read();
    int c = raw.read();
    int d = raw.read();
    raw.reset();
    if (a == 0x1F && b == 0x8B) {
      return new GZIPInputStream(raw, 64 << 10);
    }
    if (a == 0x28 && b == 0xB5 && c == 0x2F && d == 0xFD) {
      return new ZstdInputStream(raw);
    }
    return raw;
  }
}
