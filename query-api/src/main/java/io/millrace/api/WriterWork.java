package io.millrace.api;

import io.millrace.collection.Collection;
import io.millrace.meter.Jobs;
import io.millrace.meter.MergeLog;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/// What the process that writes is at work on. In one process it is a look into the core
/// ([LocalWork]), in two it is asked over a link; then both methods throw
/// [io.millrace.model.Failure.Unavailable] while that process is not reachable.
public interface WriterWork {
  /// Of all collections.
  All all();

  Merges merges(Collection collection);

  /// @param jobs as [Jobs#all] has them
  /// @param merges at work, by collection, where there are any
  record All(List<Jobs.Job> jobs, SortedMap<String, List<MergeLog.Merge>> merges) {
    public All {
      jobs = List.copyOf(jobs);
      merges = Collections.unmodifiableSortedMap(new TreeMap<>(merges));
    }
  }

  /// @param running in the order they began
  /// @param ended since the collection was opened, the newest first
  record Merges(List<MergeLog.Merge> running, List<MergeLog.Merge> ended) {
    public static final Merges NONE = new Merges(List.of(), List.of());

    public Merges {
      running = List.copyOf(running);
      ended = List.copyOf(ended);
    }
  }
}
