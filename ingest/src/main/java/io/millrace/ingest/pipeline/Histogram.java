package io.millrace.ingest.pipeline;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.DoubleAdder;
import java.util.concurrent.atomic.LongAdder;

/// How many values are how large, in classes of its own bounds. Adding takes no lock.
public final class Histogram {
  private final List<Double> bounds;
  private final LongAdder[] classes;
  private final DoubleAdder sum = new DoubleAdder();

  /// @param bounds upper bounds of the classes, rising; values above the last are counted too
  public Histogram(Double... bounds) {
    this.bounds = List.of(bounds);
    this.classes = new LongAdder[bounds.length + 1];
    for (int i = 0; i < classes.length; i++) {
      classes[i] = new LongAdder();
    }
  }

  public void add(double value) {
    int i = 0;
    while (i < bounds.size() && value > bounds.get(i)) {
      i++;
    }
    classes[i].increment();
    sum.add(value);
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
  }

  public Counts counts() {
    List<Long> cumulated = new ArrayList<>();
    long all = 0;
    for (int i = 0; i < bounds.size(); i++) {
      all += classes[i].sum();
      cumulated.add(all);
    }
    return new Counts(bounds, cumulated, all + classes[bounds.size()].sum(), sum.sum());
  }
}
