package io.millrace.api.metrics;

import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.LongAdder;

/// How many answers each route gave, by status.
public final class RequestCounts {
  public record Key(String method, String template, int status) implements Comparable<Key> {
    @Override
    public int compareTo(Key o) {
      int c = template.compareTo(o.template);
      c = c != 0 ? c : method.compareTo(o.method);
      return c != 0 ? c : Integer.compare(status, o.status);
    }
  }

  /// Upper bounds in seconds; one more bucket takes what is above the last.
  public static final List<Double> BUCKETS =
      List.of(0.001, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 1.0, 5.0, 10.0, 50.0);

  /// @param micros in all
  /// @param upTo how many took at most the seconds of the bucket with this number
  public record Sum(long count, long micros, List<Long> upTo) {}

  private record Cell(LongAdder micros, AtomicLongArray buckets) {
    Cell() {
      this(new LongAdder(), new AtomicLongArray(BUCKETS.size() + 1));
    }

    Sum sum() {
      var upTo = new ArrayList<Long>();
      long n = 0;
      for (int i = 0; i < BUCKETS.size(); i++) {
        n += buckets.get(i);
        upTo.add(n);
      }
      return new Sum(n + buckets.get(BUCKETS.size()), micros.sum(), List.copyOf(upTo));
    }
  }

  private final ConcurrentHashMap<Key, Cell> cells = new ConcurrentHashMap<>();

  public void count(String method, String template, int status, long nanos) {
    Cell cell = cells.computeIfAbsent(new Key(method, template, status), _ -> new Cell());
    int bucket = 0;
    while (bucket < BUCKETS.size() && nanos > BUCKETS.get(bucket) * 1e9) {
      bucket++;
    }
    cell.buckets().incrementAndGet(bucket);
    cell.micros().add(nanos / 1_000);
  }

  public SortedMap<Key, Sum> sums() {
    SortedMap<Key, Sum> sums = new TreeMap<>();
    cells.forEach((key, cell) -> sums.put(key, cell.sum()));
    return sums;
  }
}
