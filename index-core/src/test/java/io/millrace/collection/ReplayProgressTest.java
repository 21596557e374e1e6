package io.millrace.collection;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.meter.Jobs;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import org.junit.jupiter.api.Test;

class ReplayProgressTest {
  private static final long SECOND = 1_000_000_000L;

  private static final Instant NOW = Instant.parse("2026-01-02T03:04:05Z");

  private final Jobs jobs = new Jobs(Clock.fixed(NOW, ZoneOffset.UTC));

  @Test
  void a_long_replay_is_told_of_every_ten_seconds() {
    ReplayProgress progress = new ReplayProgress(jobs, "c", 1_000, 8_000, 7);

    assertThat(progress.applied(100, 7 + 9 * SECOND)).isEmpty();
    assertThat(progress.applied(100, 7 + 10 * SECOND))
        .contains("200 of 1000 operations, 20 a second, 40 seconds left");
    assertThat(progress.applied(50, 7 + 19 * SECOND)).isEmpty();
    assertThat(progress.applied(150, 7 + 20 * SECOND))
        .contains("400 of 1000 operations, 20 a second, 30 seconds left");
    assertThat(progress.done()).isEqualTo(400);
  }

  @Test
  void a_short_one_says_nothing() {
    ReplayProgress progress = new ReplayProgress(jobs, "c", 1_000, 8_000, 0);

    assertThat(progress.applied(1_000, SECOND)).isEmpty();
    progress.end(Jobs.Outcome.DONE);
    assertThat(jobs.all()).isEmpty();
  }

  @Test
  void after_two_seconds_it_is_a_job_since_its_begin_with_its_share_of_the_log() {
    ReplayProgress progress = new ReplayProgress(jobs, "c", 1_000, 8_000, 7);

    progress.applied(100, 7 + 2 * SECOND - 1);
    assertThat(jobs.all()).isEmpty();
    progress.applied(100, 7 + 2 * SECOND);
    progress.applied(50, 7 + 3 * SECOND);

    Jobs.Job job = jobs.all().getFirst();
    assertThat(job.kind()).isEqualTo(Jobs.Kind.REPLAY);
    assertThat(job.about()).isEqualTo("c");
    assertThat(job.begun()).isEqualTo(NOW.minusSeconds(2));
    assertThat(job.took()).isEqualTo(Duration.ofSeconds(2));
    assertThat(job.done()).isEqualTo(2_000);
    assertThat(job.progress()).isEqualTo(0.25);
    assertThat(job.outcome()).isEmpty();

    progress.end(Jobs.Outcome.FAILED);
    assertThat(jobs.ended(Jobs.Kind.REPLAY, Jobs.Outcome.FAILED)).isEqualTo(1);
    assertThat(jobs.all().getFirst().outcome()).contains(Jobs.Outcome.FAILED);
  }
}
