package io.millrace.meter;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;

/// A histogram of durations. Adding takes no lock.
public final class Durations {
  /// Upper bounds in nanoseconds, from 0.1 ms to 60 s.
  private static final long[] BOUNDS = {
    100_000L,
    500_000L,
    1_000_000L,
    5_000_000L,
    10_000_000L,
    25_000_000L,
    50_000_000L,
    100_000_000L,
    250_000_000L,
    500_000_000L,
    1_000_000_000L,
    2_500_000_000L,
    5_000_000_000L,
    10_000_000_000L,
    30_000_000_000L,
    60_000_000_000L
  };

  private final LongAdder[] classes = new LongAdder[BOUNDS.length + 1];
  private final LongAdder nanos = new LongAdder();

  public Durations() {
    for (int i = 0; i < classes.length; i++) {
      classes[i] = new LongAdder();
    }
  }

  public void addSince(long beginNanos) {
    add(System.nanoTime() - beginNanos);
  }

  public void add(long tookNanos) {
    int i = 0;
    while (i < BOUNDS.length && tookNanos > BOUNDS[i]) {
      i++;
    }
    classes[i].increment();
    nanos.add(tookNanos);
  }

  public Counts counts() {
    List<Long> cumulated = new ArrayList<>(BOUNDS.length);
    long sum = 0;
    for (int i = 0; i < BOUNDS.length; i++) {
      sum += classes[i].sum();
      cumulated.add(sum);
    }
    return new Counts(cumulated, sum + classes[BOUNDS.length].sum(), nanos.sum() / 1e9);
  }

  /// Upper bounds in seconds.
  public static List<Double> bounds() {
    List<Double> seconds = new ArrayList<>(BOUNDS.length);
    for (long bound : BOUNDS) {
      seconds.add(bound / 1e9);
    }
    return seconds;
  }

  /// @param cumulated how many took at most as long as each bound
  public record Counts(List<Long> cumulated, long count, double seconds) {
    public static final Counts NONE =
        new Counts(java.util.Collections.nCopies(BOUNDS.length, 0L), 0, 0);

    public Counts {
      cumulated = List.copyOf(cumulated);
    }

    public Counts plus(Counts other) {
      List<Long> both = new ArrayList<>(cumulated.size());
      for (int i = 0; i < cumulated.size(); i++) {
        both.add(cumulated.get(i) + other.cumulated.get(i));
      }
      return new Counts(both, count + other.count, seconds + other.seconds);
    }
  }
}
