package io.millrace.ingest.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.ingest.Eventually;
import io.millrace.meter.Histogram;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class FreshnessTest {
  private static final Duration SOON = Duration.ofSeconds(20);
  private static final long NOW = 1_800_000_000_000L;

  private final FakeCollections collections = new FakeCollections();
  private final Clock clock = Clock.fixed(Instant.ofEpochMilli(NOW), ZoneOffset.UTC);

  @Test
  void a_record_is_fresh_from_its_time_until_readers_see_it() {
    FakeCollections.Fake quick = collections.make("quick");
    FakeCollections.Fake slow = collections.make("slow");
    try (Freshness freshness = new Freshness(clock)) {
      assertThat(freshness.quantile(0.5)).isEmpty();
      freshness.note(slow, 9, new long[] {NOW - 400_000});
      freshness.note(quick, 4, new long[] {NOW - 300, NOW - 2_000, NOW + 5_000, -1});
      quick.show(3);
      assertThat(freshness.counts().count()).isZero();

      quick.show(4);

      // One that stands still does not hold up the others.
      Eventually.equal(3L, SOON, () -> freshness.counts().count());
      Histogram.Counts counts = freshness.counts();
      assertThat(counts.bounds())
          .isEqualTo(List.of(0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0));
      assertThat(counts.cumulated()).isEqualTo(List.of(1L, 1L, 1L, 2L, 2L, 3L, 3L, 3L, 3L, 3L, 3L));
      assertThat(counts.sum()).isEqualTo(2.3);
      assertThat(freshness.quantile(0.5)).hasValue(0.3);
      assertThat(freshness.quantile(0.99)).hasValue(2.0);
      slow.show(9);
      Eventually.equal(4L, SOON, () -> freshness.counts().count());
      assertThat(freshness.counts().cumulated().getLast()).isEqualTo(3);
    }
  }
}
