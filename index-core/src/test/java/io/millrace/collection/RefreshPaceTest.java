package io.millrace.collection;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Times are in milliseconds, behind a clock that is about to overflow, as one may be.
class RefreshPaceTest {
  private static final long MILLI = 1_000_000;
  private static final long ZERO = Long.MAX_VALUE - 100 * MILLI;

  private final RefreshPace pace = new RefreshPace(Duration.ofMillis(250));

  @BeforeEach
  void start() {
    pace.start(ZERO);
  }

  private void refreshed(long beginMillis, long tookMillis) {
    long begin = ZERO + beginMillis * MILLI;
    pace.refreshed(begin, begin + tookMillis * MILLI);
  }

  private void assertDueAt(long millis) {
    assertThat(pace.nanosLeft(ZERO + (millis - 1) * MILLI)).isEqualTo(MILLI);
    assertThat(pace.nanosLeft(ZERO + millis * MILLI)).isZero();
  }

  @Test
  void the_first_refresh_is_due_after_an_interval() {
    assertDueAt(250);
  }

  @Test
  void the_interval_counts_from_the_begin_of_the_last_refresh() {
    refreshed(300, 40);
    refreshed(600, 40);

    assertDueAt(850);
  }

  @Test
  void one_slow_refresh_does_not_delay_the_next() {
    refreshed(300, 2);
    refreshed(600, 5_000);

    assertDueAt(850);
  }

  @Test
  void the_first_of_all_may_be_slow() {
    refreshed(300, 5_000);

    assertDueAt(550);
  }

  @Test
  void two_slow_refreshes_delay_the_next_by_four_times_the_shorter() {
    refreshed(300, 5_000);
    refreshed(6_000, 100);

    assertDueAt(6_400);

    refreshed(7_000, 200);

    assertDueAt(7_400);
  }
}
