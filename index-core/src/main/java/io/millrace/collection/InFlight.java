package io.millrace.collection;

import io.millrace.collection.WriteBatch.Lane;
import io.millrace.model.Failure;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/// Bytes of operations that are accepted and not yet applied. Streams may fill three quarters of
/// the budget, so that a person's write finds room behind a backlog.
final class InFlight {
  private static final long BUDGET_BYTES = 64L << 20;
  private static final long STREAM_BYTES = BUDGET_BYTES / 4 * 3;

  /// How long an interactive write waits for room before it is told to come back.
  private static final Duration INTERACTIVE_WAIT = Duration.ofSeconds(5);

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition freed = lock.newCondition();
  private long bytes; // under lock
  private boolean closed; // under lock

  /// Waits for room. A batch larger than the whole budget goes alone.
  void acquire(long size, Lane lane) {
    long budget = lane == Lane.STREAM ? STREAM_BYTES : BUDGET_BYTES;
    lock.lock();
    try {
      long waitNanos = INTERACTIVE_WAIT.toNanos();
      while (!closed && bytes > 0 && bytes + size > budget) {
        if (lane == Lane.STREAM) {
          freed.await(1, TimeUnit.SECONDS);
        } else {
          waitNanos = freed.awaitNanos(waitNanos);
          if (waitNanos <= 0) {
            throw new Failure.TooMuch(
                "Too many writes are waiting to be applied, try again later",
                Duration.ofSeconds(1));
          }
        }
      }
      if (closed) {
        throw new Failure.Unavailable("The collection is closed");
      }
      bytes += size;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Failure.Unavailable("Interrupted while waiting for room in the write pipeline");
    } finally {
      lock.unlock();
    }
  }

  void release(long size) {
    lock.lock();
    try {
      bytes -= size;
      freed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  void close() {
    lock.lock();
    try {
      closed = true;
      freed.signalAll();
    } finally {
      lock.unlock();
    }
  }
}
