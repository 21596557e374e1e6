package io.millrace.api.metrics;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAccumulator;
import java.util.concurrent.atomic.LongAdder;

/// How many answers each route gave, by status, and how long they took; for routes of points also
/// by collection.
public final class RequestCounts {
  /// Upper bounds of the classes of durations, in microseconds.
  public static final List<Long> BUCKETS =
      List.of(
          1_000L,
          5_000L,
          10_000L,
          20_000L,
          50_000L,
          100_000L,
          500_000L,
          1_000_000L,
          5_000_000L,
          10_000_000L,
          50_000_000L);

  /// Rows by collection; names come from requests, so there must be an end to them.
  private static final int CELLS = 20_000;

  /// @param collection `""` for all together
  public record Key(String collection, String method, String template, int status)
      implements Comparable<Key> {
    @Override
    public int compareTo(Key o) {
      int c = collection.compareTo(o.collection);
      c = c != 0 ? c : template.compareTo(o.template);
      c = c != 0 ? c : method.compareTo(o.method);
      return c != 0 ? c : Integer.compare(status, o.status);
    }

    /// As telemetry names it.
    public String route() {
      return method + " " + template;
    }
  }

  /// @param micros in all
  /// @param buckets how many took at most as long as each of [#BUCKETS], cumulated
  public record Sum(
      long count,
      long micros,
      long leastMicros,
      long mostMicros,
      Instant last,
      List<Long> buckets) {
    public Sum {
      buckets = List.copyOf(buckets);
    }
  }

  private static final class Cell {
    private final LongAdder count = new LongAdder();
    private final LongAdder micros = new LongAdder();
    private final LongAccumulator least = new LongAccumulator(Math::min, Long.MAX_VALUE);
    private final LongAccumulator most = new LongAccumulator(Math::max, 0);
    private final LongAdder[] buckets = new LongAdder[BUCKETS.size()];
    private volatile long lastMillis;

    Cell() {
      for (int i = 0; i < buckets.length; i++) {
        buckets[i] = new LongAdder();
      }
    }

    void add(long took) {
      count.increment();
      micros.add(took);
      least.accumulate(took);
      most.accumulate(took);
      lastMillis = System.currentTimeMillis();
      for (int i = 0; i < buckets.length; i++) {
        if (took <= BUCKETS.get(i)) {
          buckets[i].increment();
          return;
        }
      }
    }

    Sum sum() {
      List<Long> cumulated = new ArrayList<>(buckets.length);
      long sum = 0;
      for (LongAdder bucket : buckets) {
        sum += bucket.sum();
        cumulated.add(sum);
      }
      long n = Math.max(count.sum(), sum);
      return new Sum(
          n,
          micros.sum(),
          n == 0 ? 0 : least.get(),
          most.get(),
          Instant.ofEpochMilli(lastMillis),
          cumulated);
    }
  }

  private final ConcurrentHashMap<Key, Cell> cells = new ConcurrentHashMap<>();
  private final Admissions admissions = new Admissions();

  /// What came of requests before they were answered.
  public Admissions admissions() {
    return admissions;
  }

  /// @param collection of the path, if there is one
  public void count(
      Optional<String> collection, String method, String template, int status, long nanos) {
    add(new Key("", method, template, status), nanos / 1_000);
    if (collection.isPresent() && status != 404 && isReported(template) && cells.size() < CELLS) {
      add(new Key(collection.get(), method, template, status), nanos / 1_000);
    }
  }

  private void add(Key key, long micros) {
    Cell cell = cells.get(key); // computeIfAbsent may lock where it finds
    (cell == null ? cells.computeIfAbsent(key, _ -> new Cell()) : cell).add(micros);
  }

  /// Of all collections together.
  public SortedMap<Key, Sum> sums() {
    return sums(false);
  }

  public SortedMap<Key, Sum> sumsByCollection() {
    return sums(true);
  }

  private SortedMap<Key, Sum> sums(boolean byCollection) {
    SortedMap<Key, Sum> sums = new TreeMap<>();
    cells.forEach((key, cell) -> {
      if (key.collection().isEmpty() != byCollection) {
        sums.put(key, cell.sum());
      }
    });
    return sums;
  }

  /// The routes that Qdrant reports: those of points, indexes and vectors.
  public static boolean isReported(String template) {
    return (template.startsWith("/collections/{collection_name}/points")
            && !template.endsWith("/{id}"))
        || template.equals("/collections/{collection_name}/index")
        || template.equals("/collections/{collection_name}/facet")
        || template.startsWith("/collections/{collection_name}/vectors");
  }
}
