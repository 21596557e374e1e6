package io.millrace.log;

import io.millrace.frame.Disk;
import io.millrace.frame.Frame;
import io.millrace.frame.FrameAppender;
import io.millrace.frame.FrameAppender.Forcing;
import io.millrace.frame.FrameReader;
import io.millrace.log.LogFiles.LogFile;
import io.millrace.meter.Histogram;
import io.millrace.model.Failure;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A log in the files of one folder ([LogFiles] describes them).
public final class FileLog implements OperationLog {
  private static final Logger LOG = LoggerFactory.getLogger(FileLog.class);

  private static final Duration BACKGROUND_FORCE = Duration.ofMillis(100);

  /// How fine [#bytesSince] knows where a sequence lies.
  private static final long MARK_BYTES = 256 << 10;

  private final Disk disk;
  private final Path folder;
  private final LogSettings settings;
  private final long tornBytes;
  private final FrameAppender appender;

  /// First sequence to file; the append thread adds, trimming removes.
  private final ConcurrentSkipListMap<Long, Path> files;

  private final Marks marks;
  private final Histogram groups = Histogram.ofCounts();
  private volatile boolean appended; // since it was opened

  private FileLog(
      Disk disk, Path folder, LogSettings settings, Opened opened, Disk.AppendFile last) {
    this.disk = disk;
    this.folder = folder;
    this.settings = settings;
    this.tornBytes = opened.tornBytes;
    this.files = opened.files;
    this.marks = opened.marks;
    Forcing forcing =
        switch (settings.durability()) {
          case FSYNC -> new Forcing.EveryGroup(settings.gathering());
          case INTERVAL -> new Forcing.Every(BACKGROUND_FORCE);
        };
    this.appender =
        new FrameAppender(
            disk,
            folder,
            LogFiles.KIND,
            LogFiles::fileName,
            last,
            opened.nextSequence,
            new FrameAppender.Settings(settings.rollBytes(), forcing, "log-" + settings.name()),
            new FrameAppender.Listener() {
              @Override
              public void rolled(long firstSequence, Path file) {
                files.put(firstSequence, file);
              }

              @Override
              public void written(long firstSequence, int frameBytes) {
                marks.add(firstSequence, frameBytes);
              }

              @Override
              public void grouped(long sequences) {
                groups.add(sequences);
              }
            });
  }

  /// Opens the log of a folder for writing; makes the folder if need be. Cuts a torn tail of the
  /// last file, see [#tornBytes]. Throws [Failure.Damaged] for a bad frame that is no torn tail and
  /// for a newer format, with everything left as it is.
  ///
  /// @param atLeast the sequence after the last one that a commit covers, 0 for none. A log that
  ///   ends before it holds nothing that is needed and begins anew there.
  public static FileLog open(Disk disk, Path folder, LogSettings settings, long atLeast)
      throws IOException {
    disk.createFolder(folder);
    disk.forceFolder(Disk.folderOf(folder)); // it may be there and not yet forced
    LogFiles.Listing listing = LogFiles.list(disk, folder);
    if (!listing.strangers().isEmpty()) {
      LOG.warn("Left unknown files alone folder={} names={}", folder, listing.strangers());
    }
    Opened opened = new Opened(disk, listing.files());
    opened.checkHeaders();
    opened.scanLast();
    if (opened.nextSequence < atLeast) {
      opened.removeAll(folder);
      opened.nextSequence = atLeast;
    }
    Disk.AppendFile last = opened.appendable(folder);
    try {
      return new FileLog(disk, folder, settings, opened, last);
    } catch (RuntimeException e) {
      last.close();
      throw e;
    }
  }

  /// What the folder turned out to hold, while it is made ready for writing.
  private static final class Opened {
    final Disk disk;
    final ConcurrentSkipListMap<Long, Path> files = new ConcurrentSkipListMap<>();
    final Marks marks = new Marks();
    long nextSequence;
    long tornBytes;
    private long goodBytes; // of the last file
    private long tornHere; // at the end of the last file

    Opened(Disk disk, List<LogFile> found) {
      this.disk = disk;
      found.forEach(file -> files.put(file.firstSequence(), file.path()));
    }

    void checkHeaders() throws IOException {
      for (Map.Entry<Long, Path> file : files.entrySet()) {
        boolean isLast = file.equals(files.lastEntry());
        try (FrameReader reader = FrameReader.open(disk, file.getValue(), LogFiles.KIND)) {
          LogFiles.checkHeader(reader, new LogFile(file.getKey(), file.getValue()), isLast);
          if (!isLast) {
            marks.add(file.getKey(), reader.fileBytes());
          }
        }
      }
    }

    /// Finds where the last file ends. One without a whole frame is made anew: its header may be
    /// torn or, after a force that failed, be in the system's cache and nowhere else. Then the file
    /// before it, whole and forced by then, is the last.
    void scanLast() throws IOException {
      Map.Entry<Long, Path> last = files.lastEntry();
      if (last == null) {
        return;
      }
      LogFile file = new LogFile(last.getKey(), last.getValue());
      boolean isEmpty = true;
      try (FrameReader reader = FrameReader.open(disk, file.path(), LogFiles.KIND)) {
        nextSequence = file.firstSequence();
        while (reader.next()) {
          isEmpty = false;
          int operations = LogFiles.checkedHead(reader, nextSequence).operations();
          marks.add(nextSequence, Frame.HEAD_BYTES + reader.bodyLength());
          nextSequence += operations;
        }
        FrameReader.End end = reader.end(LogFiles.WITNESS);
        goodBytes = end.goodBytes();
        tornHere = end.tornBytes();
        tornBytes += tornHere;
      }
      if (isEmpty) {
        files.remove(file.firstSequence());
        tornHere = 0;
        scanLast();
        if (!files.isEmpty() && nextSequence != file.firstSequence()) {
          Map.Entry<Long, Path> before = files.lastEntry();
          throw LogFiles.gap(new LogFile(before.getKey(), before.getValue()), nextSequence, file);
        }
        nextSequence = file.firstSequence();
        disk.delete(file.path());
      }
    }

    /// Oldest first and each on its own, so that what a crash leaves has no gap.
    void removeAll(Path folder) throws IOException {
      if (!files.isEmpty()) {
        LOG.warn("The log ends before its commit and begins anew folder={}", folder);
      }
      while (!files.isEmpty()) {
        disk.delete(files.firstEntry().getValue());
        disk.forceFolder(folder);
        files.pollFirstEntry();
      }
      marks.clear();
    }

    /// The last file at the end of its whole frames, forced.
    Disk.AppendFile appendable(Path folder) throws IOException {
      Map.Entry<Long, Path> last = files.lastEntry();
      if (last == null) {
        Disk.AppendFile made =
            FrameAppender.createFile(
                disk, folder, LogFiles.KIND, LogFiles.fileName(nextSequence), nextSequence);
        files.put(nextSequence, made.path());
        return made;
      }
      Disk.AppendFile file = disk.append(last.getValue());
      try {
        if (tornHere > 0) {
          file.cut(goodBytes);
          LOG.warn("Cut a torn tail file={} at={} bytes={}", file.path(), goodBytes, tornHere);
        }
        file.force(); // What a killed process wrote may not have been; from here on it counts.
        disk.forceFolder(folder);
        return file;
      } catch (IOException | RuntimeException e) {
        file.close();
        throw e;
      }
    }
  }

  /// Where sequences lie among all bytes of the log, roughly. One thread adds.
  private static final class Marks {
    private final ConcurrentSkipListMap<Long, Long> bytesBefore = new ConcurrentSkipListMap<>();
    private volatile long total;
    private long lastMark = Long.MIN_VALUE / 2;

    void add(long firstSequence, long bytes) {
      if (total - lastMark >= MARK_BYTES) {
        bytesBefore.put(firstSequence, total);
        lastMark = total;
      }
      total += bytes;
    }

    void forgetBefore(long sequence) {
      Long keep = bytesBefore.floorKey(sequence);
      if (keep != null) {
        bytesBefore.headMap(keep).clear();
      }
    }

    void clear() {
      bytesBefore.clear();
      lastMark = Long.MIN_VALUE / 2;
    }

    long all() {
      Map.Entry<Long, Long> first = bytesBefore.firstEntry();
      return first == null ? 0 : total - first.getValue();
    }

    long since(long sequence) {
      Map.Entry<Long, Long> mark = bytesBefore.floorEntry(sequence);
      if (mark == null) {
        mark = bytesBefore.firstEntry();
      }
      return mark == null ? 0 : total - mark.getValue();
    }
  }

  /// Bytes that were cut off the last file when the log was opened.
  public long tornBytes() {
    return tornBytes;
  }

  @Override
  public CompletableFuture<Void> append(long firstSequence, long timeMillis, EncodedBatch batch) {
    if (batch.operations() == 0) {
      throw new IllegalArgumentException("a log entry holds at least one operation");
    }
    CompletableFuture<Void> done =
        appender.append(
            batch.frame(firstSequence, timeMillis),
            EntryCodec.FORCED_AT,
            firstSequence,
            batch.operations());
    appended = true;
    return done;
  }

  @Override
  public long nextSequence() {
    return appender.nextSequence();
  }

  @Override
  public CompletableFuture<Void> force() {
    return appender.force();
  }

  @Override
  public void replay(long fromSequence, Consumer<LogEntry> consumer) throws IOException {
    FrameAppender.Readable end = appender.readable();
    List<LogFile> upToNow = new ArrayList<>();
    for (Map.Entry<Long, Path> file : files.entrySet()) {
      upToNow.add(new LogFile(file.getKey(), file.getValue()));
      if (file.getValue().equals(end.file())) {
        break;
      }
    }
    LogFiles.replay(disk, upToNow, end.bytes(), fromSequence, consumer);
  }

  @Override
  public void trimTo(long sequence) throws IOException {
    while (true) {
      Map.Entry<Long, Path> oldest = files.firstEntry();
      Long second = oldest == null ? null : files.higherKey(oldest.getKey());
      if (oldest == null || second == null || second > sequence + 1) {
        return;
      }
      disk.delete(oldest.getValue());
      disk.forceFolder(folder); // One by one: files that come back after a crash leave no gap.
      files.remove(oldest.getKey());
      marks.forgetBefore(second);
      LOG.debug("Removed a log file file={} covered={}", oldest.getValue(), sequence);
    }
  }

  @Override
  public long bytesSince(long sequence) {
    return sequence + 1 >= nextSequence() ? 0 : marks.since(sequence + 1);
  }

  @Override
  public long bytes() {
    return marks.all();
  }

  @Override
  public Histogram groups() {
    return groups;
  }

  @Override
  public Optional<Failure> failure() {
    return appender.failure();
  }

  @Override
  public void close() {
    boolean failedBefore = appender.failure().isPresent();
    if (appended && !failedBefore) {
      appended = false;
      try {
        appender.force().join(); // forced first: that is what the entry says
        long next = appender.nextSequence();
        byte[] proof = EncodedBatch.of(List.of(), List.of()).frame(next, 0);
        appender.append(proof, EntryCodec.FORCED_AT, next, 0);
      } catch (CompletionException e) {
        LOG.debug("Could not force a log before closing it folder={}", folder, e);
      }
    }
    appender.close();
    if (!failedBefore && appender.failure().isPresent()) {
      throw appender.failure().get();
    }
  }

  @Override
  public String toString() {
    return "log of " + settings.name() + " in " + folder;
  }
}
