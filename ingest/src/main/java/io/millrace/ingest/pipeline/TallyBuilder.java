package io.millrace.ingest.pipeline;

import io.millrace.ingest.record.Code;
import java.util.EnumMap;
import java.util.Map;

/// A [Tally] that grows while the records of one chunk find their places. The stream's own thread.
final class TallyBuilder {
  private final long records;
  private final Map<Code, Long> dead = new EnumMap<>(Code.class);
  private long applied;
  private long duplicate;
  private long skipped;
  private long unbound;

  TallyBuilder(long records) {
    this.records = records;
  }

  void applied() {
    applied++;
  }

  void duplicate() {
    duplicate++;
  }

  void skipped() {
    skipped++;
  }

  void unbound() {
    unbound++;
  }

  void dead(Code code) {
    dead.merge(code, 1L, Long::sum);
  }

  /// A record that was counted as applied was refused after all.
  void deadAfterAll(Code code) {
    applied--;
    dead(code);
  }

  long good() {
    return records - bad();
  }

  long bad() {
    return dead.values().stream().mapToLong(Long::longValue).sum();
  }

  Tally build() {
    return new Tally(records, applied, duplicate, skipped, unbound, dead);
  }
}
