package io.millrace.collection;

import io.millrace.frame.Disk;
import io.millrace.model.Failure;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/// The room left on a collection's volume, asked at most a few times a second. Below the reserve
/// writes that add data are refused, so that deletes, commits and merges still find room; a little
/// above it they are taken again.
final class FreeSpace {

  /// Twice what one write buffer and a log file's tail take.
  static final long RESERVE_BYTES = 128L << 20;

  /// The reserve of a small volume.
  private static final int RESERVE_SHARE = 10;

  private static final long ASK_EVERY_NANOS = TimeUnit.MILLISECONDS.toNanos(250);

  private final Disk disk;
  private final Path folder;
  private volatile long askedNanos = System.nanoTime() - ASK_EVERY_NANOS;
  private volatile boolean low;
  private volatile long free = Long.MAX_VALUE;

  FreeSpace(Disk disk, Path folder) {
    this.disk = disk;
    this.folder = folder;
  }

  /// Throws [Failure.StorageFull] while the volume is as good as full.
  void check() {
    if (isLow()) {
      throw new Failure.StorageFull(
          "No space left to write %s: %d bytes are free, the last %d are kept for deletes and merges"
              .formatted(folder, free, reserve()));
    }
  }

  boolean isLow() {
    long now = System.nanoTime();
    if (now - askedNanos >= ASK_EVERY_NANOS) {
      askedNanos = now;
      free = bytes();
      long reserve = reserve();
      low = free < (low ? reserve + reserve / 4 : reserve);
    }
    return low;
  }

  /// Bytes that can still be written, as of now.
  long bytes() {
    try {
      return disk.freeSpace(folder);
    } catch (IOException e) {
      return Long.MAX_VALUE; // who cannot tell does not forbid
    }
  }

  private long reserve() {
    long total;
    try {
      total = disk.totalSpace(folder);
    } catch (IOException e) {
      total = Long.MAX_VALUE;
    }
    return Math.min(RESERVE_BYTES, total / RESERVE_SHARE);
  }
}
