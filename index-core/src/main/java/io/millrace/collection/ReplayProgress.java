package io.millrace.collection;

import java.time.Duration;
import java.util.Locale;
import java.util.Optional;

/// What is said of a replay that takes long: a line every ten seconds. Times are as those of
/// [RefreshPace].
final class ReplayProgress {
  private static final long EVERY_NANOS = Duration.ofSeconds(10).toNanos();

  private final long all;
  private final long begunNanos;
  private long toldNanos;
  private long done;

  /// @param all operations that there are, or more where sequences were skipped
  ReplayProgress(long all, long nowNanos) {
    this.all = all;
    this.begunNanos = nowNanos;
    this.toldNanos = nowNanos;
  }

  /// @param operations applied since the last call
  /// @return how far it is, when it is time to say so
  Optional<String> applied(int operations, long nowNanos) {
    done += operations;
    if (nowNanos - toldNanos < EVERY_NANOS || all <= 0) {
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

  /// Operations applied.
  long done() {
    return done;
  }
}
