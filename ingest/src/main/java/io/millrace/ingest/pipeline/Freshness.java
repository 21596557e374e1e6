package io.millrace.ingest.pipeline;

import io.millrace.meter.Histogram;
import io.millrace.model.Failure;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.OptionalDouble;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// How old the records of a source are when readers can see them: from the time of the record to
/// the refresh that shows it. A thread of its own looks every 20 ms how far the collections are.
/// Safe for use by several threads.
public final class Freshness implements AutoCloseable {
  private static final long LOOK_MILLIS = 20;

  /// Batches that are logged and not searchable; more are not measured.
  private static final int MOST_BATCHES = 10_000;

  /// A collection that takes no writes never shows what is in its log.
  private static final long GIVE_UP_NANOS = TimeUnit.MINUTES.toNanos(10);

  /// Records over which quantiles are told.
  private static final int RECENT = 10_000;

  private static final class Logged {
    private final Target target;
    private final long sequence;
    private final long[] times;
    private final long sinceNanos = System.nanoTime();

    Logged(Target target, long sequence, long[] times) {
      this.target = target;
      this.sequence = sequence;
      this.times = times;
    }
  }

  private final Clock clock;
  private final ArrayBlockingQueue<Logged> logged = new ArrayBlockingQueue<>(MOST_BATCHES);
  private final Histogram seconds =
      new Histogram(0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0);
  private final ReentrantLock lock = new ReentrantLock();
  private final float[] recent = new float[RECENT]; // seconds, a ring, under the lock
  private long added; // under the lock
  private @Nullable Thread thread; // under the lock
  private boolean isClosed; // under the lock

  public Freshness(Clock clock) {
    this.clock = clock;
  }

  /// A batch is durable in the log.
  ///
  /// @param sequence of its last operation
  /// @param times of its records, milliseconds since 1970; negative = unknown
  void note(Target target, long sequence, long[] times) {
    if (times.length > 0 && logged.offer(new Logged(target, sequence, times))) {
      start();
    }
  }

  private void start() {
    lock.lock();
    try {
      if (thread == null && !isClosed) {
        thread = Thread.ofVirtual().name("freshness").start(this::run);
      }
    } finally {
      lock.unlock();
    }
  }

  private void run() {
    List<Logged> waiting = new ArrayList<>();
    try {
      while (true) {
        if (waiting.isEmpty()) {
          waiting.add(logged.take());
        }
        logged.drainTo(waiting, MOST_BATCHES - waiting.size());
        look(waiting);
        if (!waiting.isEmpty()) {
          Thread.sleep(LOOK_MILLIS);
        }
      }
    } catch (InterruptedException e) {
      // the end
    }
  }

  private void look(List<Logged> waiting) {
    for (Iterator<Logged> all = waiting.iterator(); all.hasNext(); ) {
      Logged one = all.next();
      if (isSearchable(one)) {
        all.remove();
        add(one.times);
      } else if (System.nanoTime() - one.sinceNanos > GIVE_UP_NANOS) {
        all.remove();
      }
    }
  }

  private static boolean isSearchable(Logged one) {
    try {
      return one.target.searchable() >= one.sequence;
    } catch (Failure dropped) {
      return false; // until it is given up
    }
  }

  private void add(long[] times) {
    long now = clock.millis();
    lock.lock();
    try {
      for (long time : times) {
        if (time >= 0) {
          double age = Math.max(0, now - time) / 1e3; // times in the future count as now
          seconds.add(age);
          recent[(int) (added++ % RECENT)] = (float) age;
        }
      }
    } finally {
      lock.unlock();
    }
  }

  /// Since the start of the process.
  public Histogram.Counts counts() {
    return seconds.counts();
  }

  /// In seconds, of the last records; empty before the first.
  ///
  /// @param share 0.99 = all but one of a hundred are at most as old
  public OptionalDouble quantile(double share) {
    float[] sorted;
    lock.lock();
    try {
      sorted = Arrays.copyOf(recent, (int) Math.min(added, RECENT));
    } finally {
      lock.unlock();
    }
    if (sorted.length == 0) {
      return OptionalDouble.empty();
    }
    Arrays.sort(sorted);
    int at = (int) Math.ceil(share * sorted.length) - 1;
    // To the millisecond, as it was measured.
    return OptionalDouble.of(Math.round(sorted[Math.max(0, at)] * 1e3) / 1e3);
  }

  @Override
  public void close() {
    lock.lock();
    try {
      isClosed = true;
      if (thread != null) {
        thread.interrupt();
      }
    } finally {
      lock.unlock();
    }
  }
}
