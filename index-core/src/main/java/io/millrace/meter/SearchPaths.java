package io.millrace.meter;

import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Stream;

/// How segments were searched: how often by which path, for how long, and what that cost. Safe for
/// many threads.
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

  /// What is known of one path.
  private static final class Path {
    private final Histogram seconds = Histogram.ofSteps();
    private final LongAdder rows = new LongAdder();
  }

  /// One segment that is being searched.
  public final class Running {
    private final long begunNanos = System.nanoTime();

    private Running() {}

    /// @param rows that were compared with the query there
    public void end(Taken taken, long rows) {
      Path path = paths[taken.ordinal()];
      path.seconds.addSecondsSince(begunNanos);
      path.rows.add(rows);
    }
  }

  /// By ordinal.
  private final Path[] paths =
      Stream.generate(Path::new).limit(Taken.values().length).toArray(Path[]::new);

  public Running begin() {
    return new Running();
  }

  /// Whose search came to its end.
  public long segments(Taken taken) {
    return seconds(taken).count();
  }

  /// Of one segment each.
  public Histogram.Counts seconds(Taken taken) {
    return paths[taken.ordinal()].seconds.counts();
  }

  /// Whose vectors were compared.
  public long rows(Taken taken) {
    return paths[taken.ordinal()].rows.sum();
  }
}
