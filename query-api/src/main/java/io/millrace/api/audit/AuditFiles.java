package io.millrace.api.audit;

import io.millrace.frame.Disk;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.IntStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The files of an audit log, one per day or hour, named as Qdrant names them. Times are UTC.
///
/// ```
/// audit.2026-11-27.log       daily
/// audit.2026-11-27-14.log    hourly
/// ```
///
/// Safe for many threads. Belongs to one process: two would write over each other's lines.
final class AuditFiles {
  private static final Logger LOG = LoggerFactory.getLogger(AuditFiles.class);
  private static final String PREFIX = "audit.";
  private static final String SUFFIX = ".log";

  private static final DateTimeFormatter DAY =
      DateTimeFormatter.ofPattern("uuuu-MM-dd", Locale.ROOT).withZone(ZoneOffset.UTC);
  private static final DateTimeFormatter HOUR =
      DateTimeFormatter.ofPattern("uuuu-MM-dd-HH", Locale.ROOT).withZone(ZoneOffset.UTC);

  private static final int DAY_CHARS = "2026-11-27".length();
  private static final int HOUR_CHARS = "2026-11-27-14".length();

  private final Disk disk;
  private final AuditLog.Settings settings;
  private Optional<Disk.AppendFile> open = Optional.empty();

  AuditFiles(Disk disk, AuditLog.Settings settings) {
    this.disk = disk;
    this.settings = settings;
  }

  /// Opens the file of that time, so that a start fails where no line could be written.
  synchronized void prepare(Instant time) throws IOException {
    fileOf(time);
  }

  /// After an exception the next call begins with the folder anew.
  synchronized void append(Instant time, byte[] line) throws IOException {
    try {
      fileOf(time).append(line, 0, line.length);
    } catch (IOException e) {
      close();
      throw e;
    }
  }

  /// Who moves or removes the file under us shall not make us write into nothing.
  private Disk.AppendFile fileOf(Instant time) throws IOException {
    Path path =
        settings.folder().resolve(PREFIX + pattern(settings.rotation()).format(time) + SUFFIX);
    if (open.isPresent() && open.get().path().equals(path) && disk.exists(path)) {
      return open.get();
    }
    close();
    disk.createFolder(settings.folder());
    boolean isNew = !disk.exists(path);
    Disk.AppendFile file = isNew ? disk.create(path) : disk.append(path);
    open = Optional.of(file);
    if (!isNew) {
      endTornLine(file);
    }
    removeOld(path);
    return file;
  }

  /// A full disk or the end of the process may have cut a line short.
  private void endTornLine(Disk.AppendFile file) throws IOException {
    byte[] last = new byte[1];
    try (Disk.ReadFile in = disk.read(file.path())) {
      if (file.size() == 0 || in.read(file.size() - 1, last, 0, 1) < 1 || last[0] == '\n') {
        return;
      }
    }
    file.append(new byte[] {'\n'}, 0, 1);
  }

  /// The file at work stays whatever its name; one that cannot be removed costs no line.
  private void removeOld(Path atWork) {
    try {
      List<String> names = names();
      int left = names.size() - settings.maxFiles();
      for (String name : names) {
        Path file = settings.folder().resolve(name);
        if (left > 0 && !file.equals(atWork)) {
          disk.delete(file);
          left--;
        }
      }
    } catch (IOException e) {
      LOG.warn("An old audit file cannot be removed folder={}", settings.folder(), e);
    }
  }

  /// Bytes of all files that are kept.
  long bytes() throws IOException {
    long bytes = 0;
    for (String name : names()) {
      try (Disk.ReadFile file = disk.read(settings.folder().resolve(name))) {
        bytes += file.size();
      } catch (NoSuchFileException removedMeanwhile) {
        // It was the oldest.
      }
    }
    return bytes;
  }

  /// Ours only, oldest first: whatever else is in the folder is not ours to remove.
  private List<String> names() throws IOException {
    return disk.list(settings.folder()).stream().filter(AuditFiles::isOurs).toList();
  }

  private static boolean isOurs(String name) {
    if (!name.startsWith(PREFIX)
        || !name.endsWith(SUFFIX)
        || name.length() < PREFIX.length() + SUFFIX.length()) {
      return false;
    }
    String time = name.substring(PREFIX.length(), name.length() - SUFFIX.length());
    return (time.length() == DAY_CHARS || time.length() == HOUR_CHARS)
        && IntStream.range(0, time.length()).allMatch(i -> isOfTime(time, i));
  }

  /// Digits, but for what stands between year, month, day and hour.
  private static boolean isOfTime(String time, int at) {
    char c = time.charAt(at);
    return at == 4 || at == 7 || at == DAY_CHARS ? c == '-' : c >= '0' && c <= '9';
  }

  private static DateTimeFormatter pattern(AuditLog.Rotation rotation) {
    return switch (rotation) {
      case DAILY -> DAY;
      case HOURLY -> HOUR;
    };
  }

  synchronized void close() throws IOException {
    if (open.isPresent()) {
      Disk.AppendFile file = open.get();
      open = Optional.empty();
      file.close();
    }
  }
}
