package io.millrace.codec.graph;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;

/// How fast a thread builds a graph. Rows that are written have precedence: while some are, and the
/// thread has to wait for a processor, it builds a fifth of the time. Rows without a graph are
/// searched by a scan, so that precedence ends once so many of them may lie there that searches
/// would suffer. Where processors are idle, nothing waits.
///
/// Not for several threads.
final class BuildPace {
  /// What was written into any index of this process.
  private static final LongAdder WRITTEN = new LongAdder();

  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

  /// Time of building after which it looks. Shorter than a few turns of the system's scheduler
  /// would tell nothing.
  private static final long LOOK_NANOS = 20_000_000;

  /// A thread that was on a processor for less of the time had to wait for it.
  private static final double SHORT = 0.85;

  /// Rest beside the time of building.
  private static final int REST = 4;

  /// Nobody waits longer to end a build.
  private static final long LONGEST_REST_NANOS = 200_000_000;

  /// In 384 components of float32 some 300 MiB, 20 to 40 ms of a scan.
  private static final int MOST_ROWS = 200_000;

  /// What a pace looks at.
  interface Clock {
    /// Nanoseconds that the thread was on a processor.
    long cpuNanos();

    long nanos();

    /// Rows written so far.
    long written();

    void rest(long nanos);
  }

  private static final Clock OF_THREAD =
      new Clock() {
        @Override
        public long cpuNanos() {
          return THREADS.getCurrentThreadCpuTime();
        }

        @Override
        public long nanos() {
          return System.nanoTime();
        }

        @Override
        public long written() {
          return WRITTEN.sum();
        }

        @Override
        public void rest(long nanos) {
          LockSupport.parkNanos(nanos);
        }
      };

  private final Clock clock;
  private final long writtenAtMost;
  private long cpu;
  private long nanos;
  private long written;

  /// @param writtenBefore rows written when the build began
  /// @param flat rows of it that were in no graph then
  BuildPace(Clock clock, long writtenBefore, int flat) {
    this.clock = clock;
    this.writtenAtMost = writtenBefore + MOST_ROWS - flat;
    begin();
  }

  /// See the constructor.
  static BuildPace ofThread(long writtenBefore, int flat) {
    return new BuildPace(OF_THREAD, writtenBefore, flat);
  }

  /// Rows written so far.
  static long rowsWritten() {
    return WRITTEN.sum();
  }

  /// Rows came that are not a merge's.
  static void rowsWritten(int count) {
    WRITTEN.add(count);
  }

  private void begin() {
    cpu = clock.cpuNanos();
    nanos = clock.nanos();
    written = clock.written();
  }

  /// Called between rows.
  void giveWay() {
    long built = clock.cpuNanos() - cpu;
    if (built < LOOK_NANOS) {
      return;
    }
    long now = clock.written();
    if (now != written && now < writtenAtMost && built < SHORT * (clock.nanos() - nanos)) {
      clock.rest(Math.min(REST * built, LONGEST_REST_NANOS));
    }
    begin();
  }
}
