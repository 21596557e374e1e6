package io.millrace.collection;

import java.time.Duration;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;

/// Opens a collection again whose writing ended by what may pass, such as a full disk: on a thread
/// of its own, at growing intervals, until it works or [#end].
final class Reopening {
  private static final Duration FIRST = Duration.ofSeconds(1);
  private static final Duration LAST = Duration.ofSeconds(4);

  private final String name;
  private final BooleanSupplier opens;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition ending = lock.newCondition();
  private boolean ended; // under the lock

  /// @param name of the collection
  /// @param opens tries once; false: it is tried again
  Reopening(String name, BooleanSupplier opens) {
    this.name = name;
    this.opens = opens;
  }

  void begin() {
    Thread.ofPlatform().daemon().name("reopen-" + name).start(this::run);
  }

  private void run() {
    Duration wait = FIRST;
    lock.lock();
    try {
      while (true) {
        long left = wait.toNanos();
        while (left > 0 && !ended) {
          left = ending.awaitNanos(left);
        }
        if (ended || opens.getAsBoolean()) {
          return;
        }
        wait = wait.compareTo(LAST) < 0 ? wait.multipliedBy(2) : wait;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      lock.unlock();
    }
  }

  /// From when this returns on nothing is tried any more.
  void end() {
    lock.lock();
    try {
      ended = true;
      ending.signalAll();
    } finally {
      lock.unlock();
    }
  }
}
