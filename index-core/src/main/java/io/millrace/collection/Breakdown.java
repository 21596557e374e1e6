package io.millrace.collection;

import io.millrace.frame.Disk;
import io.millrace.model.Failure;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import org.apache.lucene.index.CorruptIndexException;
import org.apache.lucene.index.IndexFormatTooNewException;
import org.apache.lucene.index.IndexFormatTooOldException;

/// Why a collection takes no more writes.
///
/// @param failure told to everyone who writes
/// @param passes whether opening the collection again may help: the disk was full or failed, and
///   nothing on it is known to be damaged
record Breakdown(Failure failure, boolean passes) {

  /// With less than this free, an I/O error is put down to the full disk.
  private static final long FULL_BYTES = 1L << 20;

  /// Finds the reason in a chain of causes.
  static Breakdown of(String collection, Path folder, Disk disk, Throwable thrown) {
    Failure told = null;
    boolean failedIo = false;
    boolean damaged = false;
    boolean full = false;
    int depth = 0;
    for (Throwable t = thrown; t != null && depth < 20; t = t.getCause(), depth++) {
      damaged |=
          t instanceof Failure.Damaged
              || t instanceof CorruptIndexException
              || t instanceof IndexFormatTooNewException
              || t instanceof IndexFormatTooOldException;
      full |= t instanceof Failure.StorageFull || saysFull(t);
      failedIo |= t instanceof IOException;
      if (told == null && (t instanceof Failure.StorageFull || t instanceof Failure.Unavailable)) {
        told = (Failure) t;
      }
    }
    if (damaged) {
      return new Breakdown(
          new Failure.Damaged("Collection " + collection + " is damaged: " + thrown, thrown),
          false);
    }
    long free = freeSpace(disk, folder);
    if (full || (failedIo && free < FULL_BYTES)) {
      return new Breakdown(
          told instanceof Failure.StorageFull
              ? told
              : new Failure.StorageFull(
                  "No space left to write %s: %d bytes are free".formatted(folder, free)),
          true);
    }
    if (told != null || failedIo) {
      return new Breakdown(
          new Failure.Unavailable(
              "Collection %s cannot be written (%s), it is opened again soon"
                  .formatted(collection, told == null ? thrown : told.getMessage()),
              thrown),
          true);
    }
    return new Breakdown(
        new Failure.Damaged(
            "Collection %s stopped: applying an operation failed (%s)"
                .formatted(collection, thrown),
            thrown),
        false);
  }

  private static boolean saysFull(Throwable t) {
    if (!(t instanceof IOException)) {
      return false;
    }
    String text = t instanceof FileSystemException f ? f.getReason() : t.getMessage();
    return text != null
        && (text.contains("No space left on device") || text.contains("Disk quota exceeded"));
  }

  private static long freeSpace(Disk disk, Path folder) {
    try {
      return disk.freeSpace(folder);
    } catch (IOException e) {
      return Long.MAX_VALUE;
    }
  }
}
