package io.millrace.ingest.inbox;

import com.github.luben.zstd.ZstdIOException;
import com.github.luben.zstd.ZstdInputStream;
import io.millrace.ingest.config.Binding;
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
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;
import org.jspecify.annotations.Nullable;

/// Reads one claimed file as the stream `file/<number>`: its lines are the records, their numbers
/// count from 1. Goes on where an earlier run stopped; what comes before is only hashed again.
final class InboxFile {
  /// No line end for so long: this is no file of lines.
  private static final long ENDLESS_BYTES = 1L << 30;

  private static final Set<String> OTHER_FORMATS = Set.of(".csv", ".tsv", ".parquet", ".npy");

  private final FilesSource source;
  private final InboxJournal.Claim claim;
  private final Path file;
  private final Optional<Binding> binding;
  private final MemoryBudget budget;
  private final Intake.Route route;
  private final StreamLane lane;
  private final AtomicLong held = new AtomicLong(); // bytes taken from the budget
  private final MessageDigest sha256;
  private final long startedNanos = System.nanoTime();

  private Mark reached; // behind the last line that was read
  private boolean stopped;

  // The chunk under construction.
  private List<RawRecord> records = new ArrayList<>();
  private long bytes;

  /// The file as a whole cannot be read on.
  private static final class FileFault extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final transient Decoded.Bad reason;

    FileFault(Code code, String message) {
      super(message, null, false, false);
      this.reason = new Decoded.Bad(code, "", message);
    }
  }

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
    this.reached = usable.map(Checkpoint.StreamPoint::next).orElse(new Mark(1, -1, 0));
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
    try {
      this.sha256 = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  StreamLane lane() {
    return lane;
  }

  private String plainName() {
    return InboxFolder.withoutCompression(InboxFolder.decoded(claim.name()).toString());
  }

  /// Null when `stopping` became true: what is submitted is finished, the rest is for the next run.
  @Nullable InboxReport read(BooleanSupplier stopping, Runnable checkpoint)
      throws IOException, InterruptedException {
    try {
      Optional<Decoded.Bad> fault = lines(stopping, checkpoint);
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
  private Optional<Decoded.Bad> lines(BooleanSupplier stopping, Runnable checkpoint)
      throws IOException, InterruptedException {
    Decoded.Bad fault;
    try {
      try {
        checkUnchanged();
        readLines(stopping, checkpoint);
        if (!stopped) {
          checkUnchanged();
        }
        return Optional.empty();
      } catch (LineReader.EndlessLine e) {
        fault = bad(Code.FILE_ENDLESS_LINE, e.getMessage());
      } catch (FileFault e) {
        fault = e.reason;
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
    return new InboxReport(
        source.name(),
        claim.name(),
        claim.number(),
        HexFormat.of().formatHex(sha256.digest()),
        claim.size(),
        tally,
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
      throw new FileFault(
          Code.FILE_CHANGED,
          "The file had "
              + claim.size()
              + " bytes when it was taken and has "
              + now.size()
              + ", or was touched; what was read of it stays");
    }
  }

  private void readLines(BooleanSupplier stopping, Runnable checkpoint)
      throws IOException, InterruptedException {
    String name = plainName();
    for (String ending : OTHER_FORMATS) {
      if (name.endsWith(ending)) {
        throw new FileFault(Code.FILE_FORMAT, "Files of the format '" + ending + "' are not read");
      }
    }
    int maxLine = binding.map(Binding::recordBytes).orElse(Binding.MAX_RECORD_BYTES);
    try (InputStream raw = open();
        InputStream in = inflated(raw)) {
      in.skipNBytes(reached.byteOffset());
      LineReader lines = new LineReader(in, reached.byteOffset(), maxLine, ENDLESS_BYTES);
      LineReader.Line line = lines.next();
      while (line != null) {
        add(reached.number(), line);
        reached = new Mark(reached.number() + 1, -1, lines.offset());
        if (reached.byteOffset() > source.maxInflatedBytes()) {
          throw new FileFault(
              Code.FILE_TOO_LARGE,
              "The file is larger than " + source.maxInflatedBytes() + " bytes");
        }
        if (bytes >= Chunk.MAX_BYTES || records.size() >= Chunk.MAX_RECORDS) {
          deliver();
          checkpoint.run();
          if (stopping.getAsBoolean()) {
            lane.settle();
            stopped = true;
            return;
          }
        }
        line = lines.next();
      }
      deliver();
      lane.end(reached);
      raw.transferTo(OutputStream.nullOutputStream()); // the hash is of the whole file
    }
  }

  private void add(long number, LineReader.Line line) {
    if (line.isBlank()) {
      return;
    }
    RawRecord record =
        line.isCut()
            ? RawRecord.faulty(
                number,
                claim.mtimeMillis(),
                line.bytes(),
                new Decoded.Bad(
                    Code.TOO_LARGE,
                    "",
                    "The line has " + line.length() + " bytes; its beginning is kept"))
            : new RawRecord(number, claim.mtimeMillis(), null, line.bytes(), List.of());
    records.add(record);
    bytes += record.bytes();
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

  /// Never follows a link; what is read is hashed.
  private InputStream open() throws IOException {
    InputStream in =
        Channels.newInputStream(
            Files.newByteChannel(file, Set.of(StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS)));
    return new BufferedInputStream(new DigestInputStream(in, sha256), 256 << 10);
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
