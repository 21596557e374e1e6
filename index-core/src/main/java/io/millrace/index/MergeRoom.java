package io.millrace.index;

/// Room on the volume that merges of all collections count on: what one is about to write is no
/// room for another, though it is free yet. The collections of a process lie on one volume. Safe
/// for many threads.
final class MergeRoom {
  static final MergeRoom OF_PROCESS = new MergeRoom();

  private long taken;

  /// Whether so many bytes are left of the free ones; they are then taken until [#giveBack].
  synchronized boolean take(long bytes, long free) {
    if (bytes > free - taken) {
      return false;
    }
    taken += bytes;
    return true;
  }

  synchronized void giveBack(long bytes) {
    taken -= bytes;
  }

  /// Of the free bytes, those that no merge counts on.
  synchronized long left(long free) {
    return free - taken;
  }
}
