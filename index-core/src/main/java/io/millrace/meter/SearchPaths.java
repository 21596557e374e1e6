package io.millrace.meter;

import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Stream;

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
    /// Every row that matches by its raw vector: few match, it was asked for, or the vectors are
    /// multivectors without a graph or compared with several examples.
    EXACT,
    /// The lists of a sparse query.
    SPARSE,
    /// A walk for each row of a multivector, then MaxSim of the documents found.
    ROW_GRAPH
  }

  /// By ordinal.
  private final LongAdder[] counts =
      Stream.generate(LongAdder::new).limit(Taken.values().length).toArray(LongAdder[]::new);

  public void count(Taken taken) {
    counts[taken.ordinal()].increment();
  }

  public long segments(Taken taken) {
    return counts[taken.ordinal()].sum();
  }
}
