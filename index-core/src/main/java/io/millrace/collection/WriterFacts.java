package io.millrace.collection;

import io.millrace.meter.Histogram;
import io.millrace.meter.MergeLog;
import io.millrace.model.Operation;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/// What the writing half of a collection did since the start, also before it was opened again. Kept
/// by its [Collection], and for all that are gone by [Collections]: sums over collections do not
/// fall when one is dropped. Safe for many threads.
public final class WriterFacts {
  private final Timings timings = new Timings();
  private final Histogram groups = Histogram.ofCounts();
  private final Map<String, LongAdder> applied = new ConcurrentHashMap<>();
  private final Map<MergeLog.Outcome, LongAdder> merges = new ConcurrentHashMap<>();
  private final LongAdder replayed = new LongAdder();
  private final LongAdder mergedBytes = new LongAdder();
  private final AtomicLong committedMillis = new AtomicLong();

  public Timings timings() {
    return timings;
  }

  /// Of operations that were logged by one fsync; of a collection, those of logs that are closed.
  public Histogram groups() {
    return groups;
  }

  void applied(Operation operation) {
    applied.computeIfAbsent(kind(operation), _ -> new LongAdder()).increment();
  }

  /// Operations applied, by kind; replays of the log included.
  public Map<String, Long> applied() {
    Map<String, Long> counts = new TreeMap<>();
    applied.forEach((kind, count) -> counts.put(kind, count.sum()));
    return counts;
  }

  void replayed(long operations) {
    replayed.add(operations);
  }

  /// Operations that came back from the log when the collection was opened.
  public long replayed() {
    return replayed.sum();
  }

  void merged(MergeLog.Outcome how, long bytes) {
    merges.computeIfAbsent(how, _ -> new LongAdder()).increment();
    mergedBytes.add(bytes);
  }

  /// How many merges ended so.
  public long merges(MergeLog.Outcome how) {
    LongAdder count = merges.get(how);
    return count == null ? 0 : count.sum();
  }

  /// Of segments that merges have written.
  public long mergedBytes() {
    return mergedBytes.sum();
  }

  void committed(long nowMillis) {
    committedMillis.set(nowMillis);
  }

  /// When the index was last made durable, in milliseconds since the epoch; 0 = not since the
  /// start.
  public long committedMillis() {
    return committedMillis.get();
  }

  void addAll(WriterFacts other) {
    timings.addAll(other.timings);
    groups.addAll(other.groups);
    other
        .applied()
        .forEach((kind, count) -> applied.computeIfAbsent(kind, _ -> new LongAdder()).add(count));
    for (MergeLog.Outcome how : MergeLog.Outcome.values()) {
      merges.computeIfAbsent(how, _ -> new LongAdder()).add(other.merges(how));
    }
    replayed.add(other.replayed());
    mergedBytes.add(other.mergedBytes());
  }

  private static String kind(Operation operation) {
    return switch (operation) {
      case Operation.Upsert o -> "upsert";
      case Operation.SetPayload o -> "set_payload";
      case Operation.OverwritePayload o -> "overwrite_payload";
      case Operation.UpdateVectors o -> "update_vectors";
      case Operation.Delete o -> "delete";
      case Operation.DeletePayload o -> "delete_payload";
      case Operation.ClearPayload o -> "clear_payload";
      case Operation.DeleteVectors o -> "delete_vectors";
      case Operation.Versioned o -> kind(o.operation());
    };
  }
}
