package io.millrace.ingest.pipeline;

import java.util.LinkedHashSet;
import java.util.concurrent.locks.ReentrantLock;

/// The positions of the last refused records of a source, so that a producer who waits for its
/// record learns what became of it.
public final class Refusals {
  private static final int REMEMBERED = 10_000;

  private final ReentrantLock lock = new ReentrantLock();
  private final LinkedHashSet<String> positions = new LinkedHashSet<>(); // under the lock

  void note(String position) {
    lock.lock();
    try {
      if (positions.add(position) && positions.size() > REMEMBERED) {
        positions.removeFirst();
      }
    } finally {
      lock.unlock();
    }
  }

  /// @param position `<source>/<stream>@<number>`
  public boolean contains(String position) {
    lock.lock();
    try {
      return positions.contains(position);
    } finally {
      lock.unlock();
    }
  }
}
