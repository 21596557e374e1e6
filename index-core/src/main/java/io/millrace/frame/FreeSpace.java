package io.millrace.frame;

import io.millrace.model.Failure;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/// The room left on a folder's volume, asked a few times a second, and after a part of the reserve
/// was written. Below the reserve writes that add data are refused, so that deletes, commits and
/// merges still find room; a little above it they are taken again. Safe for use by several threads.
public final class FreeSpace {

  /// Twice what one write buffer and a log file's tail take.
  public static final long RESERVE_BYTES = 128L << 20;

  /// Of the volume in percent: from here on nothing is added that can wait ([#checkWatermark]).
  private static final int WATERMARK_PERCENT = 90;

  /// So many points lower it may be added again.
  private static final int RELEASE_POINTS = 5;

  /// Room for all that cannot wait, whatever share of a large volume it is.
  private static final long ROOMY_BYTES = 16L << 30;

  /// The reserve of a small volume.
  private static final int RESERVE_SHARE = 10;

  private static final long ASK_EVERY_NANOS = TimeUnit.MILLISECONDS.toNanos(250);

  /// So that a fast writer cannot use up the reserve between two times of asking.
  private static final int ASK_PER_RESERVE = 8;

  private final Disk disk;
  private final Path folder;
  private volatile long askedNanos = System.nanoTime() - ASK_EVERY_NANOS;
  private volatile boolean low;
  private volatile boolean aboveWatermark;
  private volatile long free = Long.MAX_VALUE;
  private volatile long reserve = RESERVE_BYTES;
  private final AtomicLong writtenSinceAsked = new AtomicLong();

  public FreeSpace(Disk disk, Path folder) {
    this.disk = disk;
    this.folder = folder;
  }

  /// Throws [Failure.StorageFull] while the volume is as good as full.
  public void check() {
    if (isLow()) {
      throw new Failure.StorageFull(
          "No space left to write %s: %d bytes are free, the last %d are kept for deletes and merges"
              .formatted(folder, free, reserve));
    }
  }

  /// Throws [Failure.StorageFull] when so many bytes more, known before the first one is written,
  /// would not leave the reserve alone.
  public void checkFor(long bytes) {
    ask();
    if (free - reserve < bytes) {
      throw new Failure.StorageFull(
          "No space left to write %s: %d bytes are wanted, %d are free, the last %d are kept for"
                  .formatted(folder, bytes, free, reserve)
              + " deletes and merges");
    }
  }

  /// Throws [Failure.StorageFull] from 90 % of the volume on until less than 85 % are used, unless
  /// 16 GiB are left. For what can wait, as a snapshot: what is left is for writes and merges.
  public void checkWatermark() {
    long total = totalBytes();
    if (total == Long.MAX_VALUE) {
      return; // who cannot tell does not forbid
    }
    int percent = (int) (100 * (1 - (double) bytes() / total));
    aboveWatermark =
        bytes() < ROOMY_BYTES
            && percent >= (aboveWatermark ? WATERMARK_PERCENT - RELEASE_POINTS : WATERMARK_PERCENT);
    if (aboveWatermark) {
      throw new Failure.StorageFull(
          ("%d%% of the volume of %s are used: from %d%% on no snapshots are made, until less than"
                  + " %d%% are used")
              .formatted(percent, folder, WATERMARK_PERCENT, WATERMARK_PERCENT - RELEASE_POINTS));
    }
  }

  /// So many bytes are on their way to the volume.
  public void written(long bytes) {
    writtenSinceAsked.addAndGet(bytes);
  }

  public boolean isLow() {
    if (System.nanoTime() - askedNanos >= ASK_EVERY_NANOS
        || writtenSinceAsked.get() >= reserve / ASK_PER_RESERVE) {
      ask();
    }
    return low;
  }

  private void ask() {
    askedNanos = System.nanoTime();
    writtenSinceAsked.set(0);
    free = bytes();
    reserve = reserveNow();
    low = free < (low ? reserve + reserve / 4 : reserve);
  }

  /// Bytes that can still be written, as of now.
  public long bytes() {
    try {
      return disk.freeSpace(folder);
    } catch (IOException e) {
      return Long.MAX_VALUE; // who cannot tell does not forbid
    }
  }

  private long reserveNow() {
    return Math.min(RESERVE_BYTES, totalBytes() / RESERVE_SHARE);
  }

  private long totalBytes() {
    try {
      return disk.totalSpace(folder);
    } catch (IOException e) {
      return Long.MAX_VALUE;
    }
  }
}
