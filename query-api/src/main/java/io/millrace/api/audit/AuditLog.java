package io.millrace.api.audit;

import io.millrace.frame.Disk;
import io.millrace.frame.RealDisk;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A line per request, handed to the operating system before the end of the answer: who has the
/// answer may rely on the line. It is not forced, so a loss of power may take the last ones. A line
/// that cannot be written is counted and its request goes on; the server's log says so once, and
/// once more when lines can be written again. Safe for many threads.
public final class AuditLog implements AutoCloseable {
  /// When the next file is begun.
  public enum Rotation {
    DAILY,
    HOURLY
  }

  /// @param maxFiles that are kept, the one at work among them
  /// @param trustForwarded whether the client's address is what `X-Forwarded-For` says
  public record Settings(Path folder, Rotation rotation, int maxFiles, boolean trustForwarded) {}

  private static final Logger LOG = LoggerFactory.getLogger(AuditLog.class);

  private final Settings settings;
  private final InstantSource clock;
  private final AuditFiles files;
  private final LongAdder lost = new LongAdder();
  private final AtomicBoolean failing = new AtomicBoolean();

  private AuditLog(Settings settings, Disk disk, InstantSource clock) {
    this.settings = settings;
    this.clock = clock;
    this.files = new AuditFiles(disk, settings);
  }

  /// Throws where it could not write a line now.
  public static AuditLog open(Settings settings) throws IOException {
    return open(settings, new RealDisk(), InstantSource.system());
  }

  static AuditLog open(Settings settings, Disk disk, InstantSource clock) throws IOException {
    AuditLog log = new AuditLog(settings, disk, clock);
    log.files.prepare(clock.instant());
    return log;
  }

  public Settings settings() {
    return settings;
  }

  public void write(AuditEntry entry) {
    Instant now = clock.instant();
    try {
      files.append(now, entry.line(now));
      if (failing.compareAndSet(true, false)) {
        LOG.warn("Audit lines are written again folder={} lost={}", settings.folder(), lost());
      }
    } catch (IOException e) {
      lost.increment();
      if (failing.compareAndSet(false, true)) {
        LOG.error(
            "Audit lines cannot be written, requests go on folder={} reason={}",
            settings.folder(),
            e.toString());
      }
    }
  }

  /// Lines that could not be written since the start.
  public long lost() {
    return lost.sum();
  }

  /// Bytes of the files that are kept; none if the folder cannot be read now.
  public OptionalLong bytes() {
    try {
      return OptionalLong.of(files.bytes());
    } catch (IOException e) {
      return OptionalLong.empty();
    }
  }

  @Override
  public void close() throws IOException {
    files.close();
  }
}
