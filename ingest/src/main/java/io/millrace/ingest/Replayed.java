package io.millrace.ingest;

import java.util.List;

/// What became of dead letters that were tried again.
public record Replayed(List<Result> results) {
  public Replayed {
    results = List.copyOf(results);
  }

  public enum Mode {
    /// Letters without a version insert missing points and do nothing else.
    SAFE,
    FORCE
  }

  public enum Run {
    FOR_REAL,
    /// Nothing is changed.
    DRY
  }

  public enum Outcome {
    /// Applied, and not shown any more.
    REPLAYED,
    UNSAFE,
    /// Refused again; it stays, with today's reason.
    REFUSED
  }

  public record Result(String id, Outcome outcome, String why) {}

  public long count(Outcome outcome) {
    return results.stream().filter(result -> result.outcome() == outcome).count();
  }
}
