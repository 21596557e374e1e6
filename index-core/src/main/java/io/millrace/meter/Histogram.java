package io.millrace.meter;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.DoubleAdder;
import java.util.concurrent.atomic.LongAdder;

/// How many values are how large, in classes of its own bounds. Adding takes no lock.
public final class Histogram {
  private final double[] bounds;
  private final LongAdder[] classes;
  private final DoubleAdder sum = new DoubleAdder();

  /// @param bounds upper bounds of the classes, rising; values above the last are counted too
  public Histogram(double... bounds) {
    this.bounds = bounds.clone();
    this.classes = new LongAdder[bounds.length + 1];
    for (int i = 0; i < classes.length; i++) {
      classes[i] = new LongAdder();
    }
  }

  /// Of seconds that steps of writing take: from 0.1 ms to a minute.
  public static Histogram ofSteps() {
    return new Histogram(
        0.0001, 0.0005, 0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60);
  }

  /// Of seconds that merges take: from a tenth to two hours.
  public static Histogram ofMerges() {
    return new Histogram(0.1, 0.5, 1, 5, 10, 30, 60, 300, 1800, 7200);
  }

  /// Of things that are handled together: from one to ten thousand.
  public static Histogram ofCounts() {
    return new Histogram(1, 2, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000);
  }

  public void add(double value) {
    int i = 0;
    while (i < bounds.length && value > bounds[i]) {
      i++;
    }
    classes[i].increment();
    sum.add(value);
  }

  /// Adds what another one of the same bounds has counted.
  public void addAll(Histogram other) {
    for (int i = 0; i < classes.length; i++) {
      long more = other.classes[i].sum();
      if (more != 0) { // most classes of most collections are empty
        classes[i].add(more);
      }
    }
    sum.add(other.sum());
  }

  /// Of all values.
  public double sum() {
    return sum.sum();
  }

  public void addSecondsSince(long beginNanos) {
    add((System.nanoTime() - beginNanos) / 1e9);
  }

  /// @param cumulated how many values are at most as large as each bound
  public record Counts(List<Double> bounds, List<Long> cumulated, long count, double sum) {
    public Counts {
      bounds = List.copyOf(bounds);
      cumulated = List.copyOf(cumulated);
    }

    /// @param other of the same bounds
    public Counts plus(Counts other) {
      List<Long> both = new ArrayList<>(cumulated.size());
      for (int i = 0; i < cumulated.size(); i++) {
        both.add(cumulated.get(i) + other.cumulated.get(i));
      }
      return new Counts(bounds, both, count + other.count, sum + other.sum);
    }
  }

  public Counts counts() {
    List<Double> upper = new ArrayList<>(bounds.length);
    List<Long> cumulated = new ArrayList<>(bounds.length);
    long all = 0;
    for (int i = 0; i < bounds.length; i++) {
      all += classes[i].sum();
      upper.add(bounds[i]);
      cumulated.add(all);
    }
    return new Counts(upper, cumulated, all + classes[bounds.length].sum(), sum.sum());
  }
}
