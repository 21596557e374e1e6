package io.millrace.meter;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/// How segments were searched, counted. Safe for many threads.
public final class SearchPaths {
  public enum Taken {
    /// A walk where everything matches.
    GRAPH,
    FILTERED_GRAPH,
    /// A walk that cost too much or found too little, and the scan after it.
    DROPPED_GRAPH,
    COARSE_SCAN,
    INT8_SCAN,
    /// Every row that matches by its raw vector: few match, or it was asked for.
    EXACT
  }

  private final Map<Taken, LongAdder> counts = new ConcurrentHashMap<>();

  public void count(Taken taken) {
    counts.computeIfAbsent(taken, _ -> new LongAdder()).increment();
  }

  public long segments(Taken taken) {
    LongAdder count = counts.get(taken);
    return count == null ? 0 : count.sum();
  }
}
