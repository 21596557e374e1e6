package io.millrace.ingest.pipeline;

import io.millrace.ingest.record.Code;
import java.util.EnumMap;
import java.util.Map;

/// What became of records.
///
/// @param applied in the log of their collection
/// @param duplicate dropped, since the log already had them
/// @param skipped they carry no change
/// @param unbound no binding matches
/// @param dead refused, by code
public record Tally(
    long records, long applied, long duplicate, long skipped, long unbound, Map<Code, Long> dead) {
  public static final Tally NONE = new Tally(0, 0, 0, 0, 0, Map.of());

  public Tally {
    dead = Map.copyOf(dead);
  }

  public Tally plus(Tally other) {
    if (this == NONE) {
      return other;
    }
    Map<Code, Long> sum = new EnumMap<>(Code.class);
    sum.putAll(dead);
    other.dead.forEach((code, n) -> sum.merge(code, n, Long::sum));
    return new Tally(
        records + other.records,
        applied + other.applied,
        duplicate + other.duplicate,
        skipped + other.skipped,
        unbound + other.unbound,
        sum);
  }

  public long deadTotal() {
    return dead.values().stream().mapToLong(Long::longValue).sum();
  }
}
