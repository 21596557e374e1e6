package io.millrace.index;

import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongSupplier;

/// The room on a data folder's volume, as merges of all its collections share it: what those at
/// work have yet to write is not free for the next one. Safe for use by several threads.
public final class MergeRoom {
  private final LongSupplier freeBytes;
  private final Set<Claim> claims = new HashSet<>(); // under this

  /// @param freeBytes left on the volume
  public MergeRoom(LongSupplier freeBytes) {
    this.freeBytes = freeBytes;
  }

  /// What one merge may write.
  final class Claim {
    private final long bytes;
    private final LongSupplier written;

    private Claim(long bytes, LongSupplier written) {
      this.bytes = bytes;
      this.written = written;
    }

    private long left() {
      return Math.max(0, bytes - written.getAsLong());
    }

    /// Gives back what is left of it. May be called twice.
    void release() {
      synchronized (MergeRoom.this) {
        claims.remove(this);
      }
    }
  }

  /// Whether so many bytes can be written and leave `spare` on the volume.
  synchronized boolean has(long bytes, long spare) {
    long claimed = 0;
    for (Claim claim : claims) {
      claimed += claim.left();
    }
    return bytes <= freeBytes.getAsLong() - spare - claimed; // asked last: what is written is gone
  }

  /// Claims so many bytes; empty if they cannot be written and leave `spare` on the volume.
  ///
  /// @param written so many of them lie on the volume by now
  synchronized Optional<Claim> claim(long bytes, long spare, LongSupplier written) {
    if (!has(bytes, spare)) {
      return Optional.empty();
    }
    Claim claim = new Claim(bytes, written);
    claims.add(claim);
    return Optional.of(claim);
  }
}
