package io.millrace.api.metrics;

import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
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

  /// @param micros in all
  public record Sum(long count, long micros) {}

  private record Cell(LongAdder count, LongAdder micros) {}

  private final ConcurrentHashMap<Key, Cell> cells = new ConcurrentHashMap<>();

  public void count(String method, String template, int status, long nanos) {
    Cell cell =
        cells.computeIfAbsent(
            new Key(method, template, status), _ -> new Cell(new LongAdder(), new LongAdder()));
    cell.count().increment();
    cell.micros().add(nanos / 1_000);
  }

  public SortedMap<Key, Sum> sums() {
    SortedMap<Key, Sum> sums = new TreeMap<>();
    cells.forEach((key, cell) -> sums.put(key, new Sum(cell.count().sum(), cell.micros().sum())));
    return sums;
  }
}
