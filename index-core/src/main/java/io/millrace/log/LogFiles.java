package io.millrace.log;

import com.google.protobuf.InvalidProtocolBufferException;
import io.millrace.frame.Disk;
import io.millrace.frame.FileKind;
import io.millrace.frame.FrameReader;
import io.millrace.log.EntryCodec.Head;
import io.millrace.model.Failure;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;

/// The files of a log, read and never changed: for replay, and for whoever inspects a folder that
/// another process may be writing.
///
/// A file is named `<first sequence, 20 digits>.mlog` and is a framed file
/// ([io.millrace.frame.Frame]) with magic `MLOG`, version 1; a frame's body is [EntryCodec]'s.
/// Entries follow each other without gap or overlap, also from file to file. A file is written by
/// the append thread alone, unchanged once a later one exists, and deleted when a commit covers it.
/// In the last file the tail may be torn; anywhere else a bad frame is damage.
///
/// An entry without operations takes no sequence. One is written when the log is closed: it proves
/// that everything before it had been forced, so that damage there is never taken for a torn tail.
public final class LogFiles {
  static final FileKind KIND = new FileKind("MLOG", 1);
  static final String SUFFIX = ".mlog";

  static final FrameReader.Witness WITNESS =
      (bytes, body, n, frameOffset) -> {
        Optional<Head> head = EntryCodec.head(bytes, body, n);
        return head.isPresent() && head.get().forcedBytes() <= frameOffset
            ? head.get().forcedBytes()
            : -1;
      };

  /// @param files in order
  /// @param strangers names in the folder that are not the log's
  record Listing(List<LogFile> files, List<String> strangers) {}

  record LogFile(long firstSequence, Path path) {}

  /// What a scan of a file found.
  ///
  /// @param nextSequence after its last whole entry
  /// @param goodBytes header and whole frames
  /// @param tornBytes what follows them
  public record Extent(long nextSequence, long goodBytes, long tornBytes) {}

  private LogFiles() {}

  static String fileName(long firstSequence) {
    return "%020d%s".formatted(firstSequence, SUFFIX);
  }

  static Listing list(Disk disk, Path folder) throws IOException {
    List<LogFile> files = new ArrayList<>();
    List<String> strangers = new ArrayList<>();
    for (String name : disk.list(folder)) {
      OptionalLong first = firstSequence(name);
      if (first.isPresent()) {
        files.add(new LogFile(first.getAsLong(), folder.resolve(name)));
      } else {
        strangers.add(name);
      }
    }
    return new Listing(files, strangers); // 20 digits: the order of names is that of sequences
  }

  private static OptionalLong firstSequence(String name) {
    if (name.length() != 20 + SUFFIX.length() || !name.endsWith(SUFFIX)) {
      return OptionalLong.empty();
    }
    for (int i = 0; i < 20; i++) {
      if (name.charAt(i) < '0' || name.charAt(i) > '9') {
        return OptionalLong.empty();
      }
    }
    try {
      return OptionalLong.of(Long.parseLong(name.substring(0, 20)));
    } catch (NumberFormatException tooLarge) {
      return OptionalLong.empty();
    }
  }

  /// Reads a whole folder and changes nothing. Throws [Failure.Damaged] as [OperationLog#replay]
  /// does. Empty for a folder without log files; else what the last file ends with.
  public static Optional<Extent> inspect(Disk disk, Path folder, Consumer<LogEntry> consumer)
      throws IOException {
    List<LogFile> files = list(disk, folder).files();
    Optional<Extent> last = Optional.empty();
    for (int i = 0; i < files.size(); i++) {
      LogFile file = files.get(i);
      boolean isLast = i == files.size() - 1;
      if (last.isPresent() && last.get().nextSequence() != file.firstSequence()) {
        throw gap(files.get(i - 1), last.get().nextSequence(), file);
      }
      try (FrameReader reader = FrameReader.open(disk, file.path(), KIND)) {
        long next = readAll(reader, file, isLast, Long.MIN_VALUE, consumer);
        FrameReader.End end = reader.end(WITNESS);
        last = Optional.of(new Extent(next, end.goodBytes(), end.tornBytes()));
      }
    }
    return last;
  }

  /// Hands over the entries of `files` that hold `fromSequence` or a later one; of the last file
  /// only its first `lastBytes`.
  static void replay(
      Disk disk,
      List<LogFile> files,
      long lastBytes,
      long fromSequence,
      Consumer<LogEntry> consumer)
      throws IOException {
    int start = 0;
    while (start + 1 < files.size() && files.get(start + 1).firstSequence() <= fromSequence) {
      start++;
    }
    if (files.get(start).firstSequence() > fromSequence) {
      throw new Failure.Damaged(
          "The log begins at sequence %d (%s), and %d is needed: files are missing"
              .formatted(files.get(start).firstSequence(), files.get(start).path(), fromSequence));
    }
    for (int i = start; i < files.size(); i++) {
      LogFile file = files.get(i);
      boolean isLast = i == files.size() - 1;
      long limit = isLast ? lastBytes : Long.MAX_VALUE;
      try (FrameReader reader = FrameReader.open(disk, file.path(), KIND, limit)) {
        long next = readAll(reader, file, false, fromSequence, consumer);
        if (!isLast && next != files.get(i + 1).firstSequence()) {
          throw gap(file, next, files.get(i + 1));
        }
      }
    }
  }

  /// Reads to the end of a file; returns the sequence after its last whole entry.
  private static long readAll(
      FrameReader reader,
      LogFile file,
      boolean mayBeTorn,
      long fromSequence,
      Consumer<LogEntry> consumer)
      throws IOException {
    long next = checkHeader(reader, file, mayBeTorn);
    while (reader.next()) {
      Head head = checkedHead(reader, next);
      next += head.operations();
      if (head.operations() > 0 && next > fromSequence) {
        consumer.accept(decode(reader));
      }
    }
    if (!mayBeTorn && reader.fault().isPresent()) {
      throw reader.damaged(reader.fault().get());
    }
    return next;
  }

  /// The first sequence of a file.
  static long checkHeader(FrameReader reader, LogFile file, boolean mayBeTorn) {
    OptionalLong first = reader.firstSequence();
    if (mayBeTorn && reader.fileBytes() <= FileKind.HEADER_BYTES) {
      return file.firstSequence(); // whatever the header says, there is nothing behind it
    }
    if (first.isEmpty() || first.getAsLong() != file.firstSequence()) {
      throw new Failure.Damaged(
          "%s is damaged at byte 0: its header does not name sequence %d. It was left as it is."
              .formatted(file.path(), file.firstSequence()));
    }
    return first.getAsLong();
  }

  /// The head of the current frame, which must go on at `next`.
  static Head checkedHead(FrameReader reader, long next) {
    Optional<Head> head = EntryCodec.head(reader.bytes(), reader.bodyAt(), reader.bodyLength());
    if (head.isEmpty()) {
      throw reader.damaged("its checksum is right, but this is no log entry");
    }
    if (head.get().firstSequence() != next) {
      throw reader.damaged(
          "an entry has sequence %d where %d is next".formatted(head.get().firstSequence(), next));
    }
    return head.get();
  }

  private static LogEntry decode(FrameReader reader) throws IOException {
    try {
      return EntryCodec.decode(reader.bytes(), reader.bodyAt(), reader.bodyLength());
    } catch (InvalidProtocolBufferException | IllegalArgumentException e) {
      throw reader.damaged("its checksum is right, but this is no log entry (" + e + ")");
    }
  }

  static Failure.Damaged gap(LogFile file, long next, LogFile following) {
    return new Failure.Damaged(
        "%s ends before sequence %d, and %s begins at %d: something is missing between them"
            .formatted(file.path(), next, following.path(), following.firstSequence()));
  }
}
