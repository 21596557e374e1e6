package io.millrace.meter;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class JobsTest {
  private static final Instant BEGIN = Instant.parse("2026-01-02T03:04:05Z");

  private final AtomicReference<Instant> now = new AtomicReference<>(BEGIN);
  private final Jobs jobs = new Jobs(Clock.fixed(BEGIN, ZoneOffset.UTC));
  private final Jobs timed = new Jobs(new HandClock(now));

  /// Stands where the test puts it.
  private static final class HandClock extends Clock {
    private final AtomicReference<Instant> now;

    HandClock(AtomicReference<Instant> now) {
      this.now = now;
    }

    @Override
    public ZoneOffset getZone() {
      return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
      return this;
    }

    @Override
    public Instant instant() {
      return now.get();
    }
  }

  private static Optional<Jobs.Job> find(Jobs jobs, long id) {
    return jobs.all().stream().filter(job -> job.id() == id).findFirst();
  }

  @Test
  void a_job_tells_how_far_it_is_how_fast_and_when_it_will_be_done() {
    Jobs.Running running = timed.begin(Jobs.Kind.SNAPSHOT, "c", 1_000);
    running.advance(250);
    now.set(BEGIN.plusSeconds(5));

    Jobs.Job job = find(timed, 1).orElseThrow();

    assertThat(job.progress()).isEqualTo(0.25);
    assertThat(job.perSecond()).isEqualTo(50);
    assertThat(job.left()).contains(Duration.ofSeconds(15));
    assertThat(job.outcome()).isEmpty();
  }

  @Test
  void what_ended_is_done_whatever_was_expected_and_is_counted() {
    Jobs.Running made = jobs.begin(Jobs.Kind.SNAPSHOT, "c", 1_000);
    jobs.begin(Jobs.Kind.RESTORE, "d", 0).end(Jobs.Outcome.FAILED);
    made.advance(2_000);
    made.end(Jobs.Outcome.DONE);

    assertThat(jobs.all()).extracting(Jobs.Job::id).containsExactly(1L, 2L);
    assertThat(find(jobs, 1)).map(Jobs.Job::progress).contains(1.0);
    assertThat(find(jobs, 1)).map(Jobs.Job::done).contains(1_000L);
    assertThat(find(jobs, 1)).map(Jobs.Job::left).contains(Optional.empty());
    assertThat(find(jobs, 2)).map(Jobs.Job::progress).contains(0.0);
    assertThat(find(jobs, 3)).isEmpty();
    assertThat(jobs.ended(Jobs.Kind.SNAPSHOT, Jobs.Outcome.DONE)).isEqualTo(1);
    assertThat(jobs.ended(Jobs.Kind.RESTORE, Jobs.Outcome.FAILED)).isEqualTo(1);
    assertThat(jobs.ended(Jobs.Kind.RESTORE, Jobs.Outcome.DONE)).isZero();
  }

  @Test
  void old_ones_are_forgotten() {
    for (int i = 0; i < Jobs.KEPT + 3; i++) {
      jobs.begin(Jobs.Kind.SNAPSHOT, "c", 1).end(Jobs.Outcome.DONE);
    }

    assertThat(jobs.all()).hasSize(Jobs.KEPT);
    assertThat(find(jobs, 1)).isEmpty();
    assertThat(jobs.ended(Jobs.Kind.SNAPSHOT, Jobs.Outcome.DONE)).isEqualTo(Jobs.KEPT + 3);
  }
}
