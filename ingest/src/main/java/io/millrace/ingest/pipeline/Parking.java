package io.millrace.ingest.pipeline;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.function.LongSupplier;

/// How long one stream has waited for collections that a person has to mend. Once that was
/// `park_timeout`, it waits no more for that collection until it was seen well again. One thread.
final class Parking {
  private final Duration patience;
  private final LongSupplier nanoTime;
  private final Map<String, Long> since = new HashMap<>(); // by collection

  /// @param patience zero = for ever
  Parking(Duration patience, LongSupplier nanoTime) {
    this.patience = patience;
    this.nanoTime = nanoTime;
  }

  /// How much longer to wait, at most `pause`; zero when it was long enough. The first call begins
  /// the wait.
  Duration atMost(Duration pause, String collection) {
    if (patience.isZero()) {
      return pause;
    }
    long now = nanoTime.getAsLong();
    long left = patience.toNanos() - (now - since.computeIfAbsent(collection, _ -> now));
    return left <= 0 ? Duration.ZERO : pause.toNanos() < left ? pause : Duration.ofNanos(left);
  }

  /// The collection is well.
  void ended(String collection) {
    since.remove(collection);
  }
}
