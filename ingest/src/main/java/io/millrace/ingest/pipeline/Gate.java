package io.millrace.ingest.pipeline;

import java.time.Duration;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// What all streams of a source pass before their next records: open, or closed with a reason. Also
/// where retries wait, so that `resume` makes them try at once.
public final class Gate {
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private @Nullable Health closed; // under the lock
  private boolean shut; // under the lock
  private final Set<String> stopped = new TreeSet<>(); // streams, under the lock

  private static final Health BY_A_PERSON = new Health(SourceState.PAUSED, "Paused by a person");

  /// Stops single streams.
  public void close(Set<String> streams) {
    lock.lock();
    try {
      stopped.addAll(streams);
    } finally {
      lock.unlock();
    }
  }

  /// Lets single streams go on; they still wait while the gate as a whole is closed.
  public void open(Set<String> streams) {
    lock.lock();
    try {
      stopped.removeAll(streams);
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /// Streams that are stopped one by one.
  public Set<String> stoppedStreams() {
    lock.lock();
    try {
      return Set.copyOf(stopped);
    } finally {
      lock.unlock();
    }
  }

  public Health health(String stream) {
    lock.lock();
    try {
      return closed != null ? closed : stopped.contains(stream) ? BY_A_PERSON : Health.RUNNING;
    } finally {
      lock.unlock();
    }
  }

  public void close(Health reason) {
    lock.lock();
    try {
      closed = reason;
    } finally {
      lock.unlock();
    }
  }

  /// Opens for all streams, and wakes who waits before a retry.
  public void open() {
    lock.lock();
    try {
      closed = null;
      stopped.clear();
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  public Health health() {
    lock.lock();
    try {
      return closed == null ? Health.RUNNING : closed;
    } finally {
      lock.unlock();
    }
  }

  /// The source ends: who waits here, or comes to wait, is told so by an interrupt.
  public void shut() {
    lock.lock();
    try {
      shut = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /// Returns once the gate is open.
  public void pass() throws InterruptedException {
    pass("");
  }

  /// Returns once the gate is open for that stream.
  public void pass(String stream) throws InterruptedException {
    lock.lockInterruptibly();
    try {
      while ((closed != null || stopped.contains(stream)) && !shut) {
        changed.await();
      }
      if (closed != null || stopped.contains(stream)) {
        throw new InterruptedException("the source ends");
      }
    } finally {
      lock.unlock();
    }
  }

  /// Returns after the time, or earlier when somebody calls [#open].
  public void pause(Duration time) throws InterruptedException {
    lock.lockInterruptibly();
    try {
      if (!shut) {
        var unused = changed.await(time.toMillis(), TimeUnit.MILLISECONDS);
      }
      if (shut) {
        throw new InterruptedException("the source ends");
      }
    } finally {
      lock.unlock();
    }
  }
}
