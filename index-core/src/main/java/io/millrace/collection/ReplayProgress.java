package io.millrace.collection;

import io.millrace.meter.Jobs;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// What is told of a replay that takes long: a job as soon as it takes two seconds, a line every
/// ten. Times are as those of [RefreshPace].
final class ReplayProgress {
  private static final long JOB_NANOS = Duration.ofSeconds(2).toNanos();
  private static final long EVERY_NANOS = Duration.ofSeconds(10).toNanos();

  private final Jobs jobs;
  private final String collection;
  private final long all;
  private final long bytes;
  private final long begunNanos;
  private long toldNanos;
  private long done;
  private long doneBytes;
  private Jobs.@Nullable Running job;

  /// @param all operations that there are, or more where sequences were skipped
  /// @param bytes that they take in the log; each operation counts as the same share of them
  ReplayProgress(Jobs jobs, String collection, long all, long bytes, long nowNanos) {
    this.jobs = jobs;
    this.collection = collection;
    this.all = all;
    this.bytes = bytes;
    this.begunNanos = nowNanos;
    this.toldNanos = nowNanos;
  }

  /// @param operations applied since the last call
  /// @return how far it is, when it is time to say so
  Optional<String> applied(int operations, long nowNanos) {
    done += operations;
    if (all <= 0) {
      return Optional.empty();
    }
    advanceJob(nowNanos);
    if (nowNanos - toldNanos < EVERY_NANOS) {
      return Optional.empty();
    }
    toldNanos = nowNanos;
    double seconds = (nowNanos - begunNanos) / 1e9;
    return Optional.of(
        String.format(
            Locale.ROOT,
            "%d of %d operations, %.0f a second, %.0f seconds left",
            done,
            all,
            done / seconds,
            Math.max(0, all - done) * seconds / done));
  }

  private void advanceJob(long nowNanos) {
    if (job == null && nowNanos - begunNanos >= JOB_NANOS) {
      Duration ago = Duration.ofNanos(nowNanos - begunNanos);
      job = jobs.begin(Jobs.Kind.REPLAY, collection, "", bytes, ago);
    }
    if (job != null) {
      long now = (long) ((double) bytes * done / all);
      job.advance(now - doneBytes);
      doneBytes = now;
    }
  }

  /// A replay is over. One that was short has left no job.
  void end(Jobs.Outcome how) {
    if (job != null) {
      job.end(how);
    }
  }

  /// Operations applied.
  long done() {
    return done;
  }
}
