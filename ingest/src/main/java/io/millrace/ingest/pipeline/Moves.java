package io.millrace.ingest.pipeline;

import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/// Wakes who waits for a source to get on.
public final class Moves {
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition moved = lock.newCondition();

  public void signal() {
    lock.lock();
    try {
      moved.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /// Returns after a move or after that time, whichever is first.
  public void await(long nanos) throws InterruptedException {
    lock.lockInterruptibly();
    try {
      long unused = moved.awaitNanos(nanos);
    } finally {
      lock.unlock();
    }
  }
}
