package io.millrace.collection;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ReplayProgressTest {
  private static final long SECOND = 1_000_000_000L;

  @Test
  void a_long_replay_is_told_of_every_ten_seconds() {
    ReplayProgress progress = new ReplayProgress(1_000, 7);

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
    ReplayProgress progress = new ReplayProgress(1_000, 0);

    assertThat(progress.applied(1_000, SECOND)).isEmpty();
  }
}
