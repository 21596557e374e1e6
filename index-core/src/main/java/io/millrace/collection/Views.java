package io.millrace.collection;

import io.millrace.model.CollectionConfig;
import io.millrace.model.Deadline;
import io.millrace.model.Failure;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.apache.lucene.index.DirectoryReader;
import org.jspecify.annotations.Nullable;

/// What readers see of a collection: the newest view, replaced as a whole. Who opens a view holds a
/// reference to its reader until it is closed.
final class Views implements AutoCloseable {

  /// One point in time.
  ///
  /// @param searchable sequence of the last operation contained
  record View(long searchable, DirectoryReader reader, CollectionConfig config) {}

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition advanced = lock.newCondition();
  private volatile @Nullable View current; // written under lock
  private volatile boolean held; // written under lock
  private volatile @Nullable Failure closed; // why; written under lock

  /// Takes over one reference to `reader`.
  void publish(long searchable, DirectoryReader reader, CollectionConfig config)
      throws IOException {
    View before;
    lock.lock();
    try {
      before = current;
      if (closed != null) {
        before = new View(searchable, reader, config);
      } else {
        current = new View(searchable, reader, config);
      }
      advanced.signalAll();
    } finally {
      lock.unlock();
    }
    if (before != null) {
      before.reader().decRef();
    }
  }

  /// Whether there is no view yet.
  boolean isEmpty() {
    return current == null;
  }

  /// Whether the process that writes has published nothing that could be read.
  boolean isUnpublished() {
    return current == null && closed == null;
  }

  /// Points of the newest view.
  long points() {
    View now = current;
    return now == null ? 0 : now.reader().numDocs();
  }

  /// −1 before the first operation is searchable.
  long searchable() {
    View now = current;
    return now == null ? -1 : now.searchable();
  }

  /// The newest view with a reference for the caller, who gives it back with `reader().decRef()`.
  View acquire() {
    while (true) {
      View now = current;
      checkOpen();
      if (now == null) {
        throw new Failure.Unavailable(
            "The collection cannot be read yet: the process that writes it has published nothing");
      }
      if (now.reader().tryIncRef()) {
        return now;
      }
    }
  }

  /// Whether newer views are not to come for now.
  boolean isHeld() {
    return held;
  }

  /// From now on nobody waits for a newer view.
  void hold() {
    holding(true);
  }

  void release() {
    holding(false);
  }

  private void holding(boolean now) {
    lock.lock();
    try {
      held = now;
      advanced.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /// True once a view holds `sequence` or views are held, false when the deadline passes first.
  boolean await(long sequence, Deadline deadline) {
    if (held || searchable() >= sequence) {
      return true;
    }
    lock.lock();
    try {
      while (!held && searchable() < sequence) {
        checkOpen();
        if (deadline.isPassed()) {
          return false;
        }
        advanced.awaitNanos(Math.min(deadline.remainingNanos(), TimeUnit.SECONDS.toNanos(1)));
      }
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Failure.Unavailable("Interrupted while waiting for a refresh");
    } finally {
      lock.unlock();
    }
  }

  private void checkOpen() {
    Failure why = closed;
    if (why != null) {
      throw Stop.again(why);
    }
  }

  @Override
  public void close() throws IOException {
    close(new Failure.Unavailable("The collection is closed"));
  }

  /// @param why said to those who read on
  void close(Failure why) throws IOException {
    View last;
    lock.lock();
    try {
      last = current;
      closed = why;
      current = null;
      advanced.signalAll();
    } finally {
      lock.unlock();
    }
    if (last != null) {
      last.reader().decRef();
    }
  }
}
