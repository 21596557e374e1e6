package io.millrace.meter;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class MergeLogTest {
  private static final Instant NOW = Instant.parse("2026-01-02T03:04:05Z");
  private static final List<MergeLog.Part> PARTS =
      List.of(new MergeLog.Part(new UUID(1, 1), 3), new MergeLog.Part(new UUID(2, 2), 4));

  private final Histogram seconds = Histogram.ofMerges();
  private final AtomicLong bytes = new AtomicLong();
  private final MergeLog log =
      new MergeLog(
          Clock.fixed(NOW, ZoneOffset.UTC), seconds, (_, written) -> bytes.addAndGet(written));

  @Test
  void a_merge_runs_under_one_name_until_that_of_its_segment_is_known() {
    UUID segment = new UUID(3, 3);
    boolean[] known = {false};
    MergeLog.Running running =
        log.begin(
            MergeLog.Kind.GRAPH, PARTS, () -> known[0] ? Optional.of(segment) : Optional.empty());

    UUID before = log.running().getFirst().id();
    assertThat(log.running().getFirst().id()).isEqualTo(before);
    assertThat(log.ended()).isEmpty();
    known[0] = true;
    assertThat(log.running().getFirst().id()).isEqualTo(segment);

    running.end(MergeLog.Outcome.DONE, 7);
    assertThat(bytes).hasValue(7);
    assertThat(log.running()).isEmpty();
    assertThat(log.ended())
        .containsExactly(
            new MergeLog.Merge(
                segment,
                MergeLog.Kind.GRAPH,
                PARTS,
                NOW,
                Optional.of(new MergeLog.Ended(NOW, MergeLog.Outcome.DONE))));
  }

  @Test
  void the_last_that_ended_are_kept_newest_first() {
    for (int i = 1; i <= MergeLog.KEPT + 5; i++) {
      UUID id = new UUID(0, i);
      log.begin(MergeLog.Kind.FLAT, PARTS, () -> Optional.of(id))
          .end(MergeLog.Outcome.CANCELLED, 0);
    }

    assertThat(log.ended()).hasSize(MergeLog.KEPT);
    assertThat(seconds.counts().count()).isEqualTo(MergeLog.KEPT + 5);
    assertThat(log.ended().getFirst().id()).isEqualTo(new UUID(0, MergeLog.KEPT + 5));
    assertThat(log.ended().getLast().id()).isEqualTo(new UUID(0, 6));
  }
}
