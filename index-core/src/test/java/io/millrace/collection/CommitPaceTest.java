package io.millrace.collection;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class CommitPaceTest {
  private static final long SECOND = 1_000_000_000;

  private final CommitPace pace = new CommitPace(Duration.ofSeconds(10), 1_000);

  @Test
  void a_commit_is_due_an_interval_after_the_start_and_after_the_last() {
    pace.start(5 * SECOND);

    assertThat(pace.isDue(15 * SECOND - 1)).isFalse();
    assertThat(pace.isDue(15 * SECOND)).isTrue();

    pace.committed(17 * SECOND);

    assertThat(pace.isDue(27 * SECOND - 1)).isFalse();
    assertThat(pace.isDue(27 * SECOND)).isTrue();
  }

  @Test
  void it_is_due_earlier_once_the_log_has_grown_enough_since_the_last() {
    pace.start(0);
    pace.applied(999);

    assertThat(pace.isDue(1)).isFalse();

    pace.applied(1);

    assertThat(pace.isDue(1)).isTrue();

    pace.committed(2);

    assertThat(pace.isDue(3)).isFalse();
  }
}
