package io.millrace.ingest.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.ingest.config.Limits;
import java.time.Duration;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class QuotaTest {
  private final AtomicLong nanos = new AtomicLong();

  private Quota quota(long recordsPerSecond, long bytesPerSecond) {
    return new Quota(
        new Limits(
            OptionalLong.of(recordsPerSecond),
            OptionalLong.of(bytesPerSecond),
            OptionalLong.empty()),
        nanos::get);
  }

  private void pass(Duration time) {
    nanos.addAndGet(time.toNanos());
  }

  @Test
  void what_was_taken_is_paid_for_by_time() {
    Quota quota = quota(100, 1_000_000);

    quota.take(50, 10);

    assertThat(quota.untilFree()).isEqualTo(Duration.ofMillis(500));
    pass(Duration.ofMillis(499));
    assertThat(quota.untilFree()).isEqualTo(Duration.ofMillis(1));
    pass(Duration.ofMillis(1));
    assertThat(quota.untilFree()).isZero();
  }

  @Test
  void the_dearer_of_records_and_bytes_counts() {
    Quota quota = quota(100, 1_000);

    quota.take(1, 3_000);

    assertThat(quota.untilFree()).isEqualTo(Duration.ofSeconds(3));
  }

  @Test
  void idle_time_is_not_saved_up() {
    Quota quota = quota(100, 1_000_000);
    pass(Duration.ofHours(1));

    quota.take(100, 1);

    assertThat(quota.untilFree()).isEqualTo(Duration.ofSeconds(1));
  }

  @Test
  void without_limits_nothing_waits() {
    Quota quota = new Quota(Limits.NONE, nanos::get);

    quota.take(1_000_000, 1L << 40);

    assertThat(quota.untilFree()).isZero();
  }
}
