package io.millrace.collection;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class RestPaceTest {
  private final RestPace pace = new RestPace(Duration.ofNanos(50));

  @Test
  void it_rests_a_time_after_the_last_write() {
    assertThat(pace.nanosLeft(-7)).isEqualTo(Long.MAX_VALUE);

    pace.written(-5);
    assertThat(pace.nanosLeft(10)).isEqualTo(35);
    pace.written(20);
    assertThat(pace.nanosLeft(60)).isEqualTo(10);
    pace.begins(70);
    assertThat(pace.nanosLeft(71)).isEqualTo(Long.MAX_VALUE);
    pace.written(80);
    assertThat(pace.nanosLeft(80)).isEqualTo(50);
  }

  @Test
  void merges_of_a_rest_take_an_eleventh_of_the_time_at_most() {
    pace.written(0);
    pace.begins(100);
    pace.merged(120);
    pace.merged(130); // one after the other
    pace.written(140);

    assertThat(pace.nanosLeft(200)).isEqualTo(130 + 10 * 30 - 200);
    assertThat(pace.nanosLeft(430)).isZero();
  }

  @Test
  void a_merge_that_ends_after_writes_counts_and_those_behind_it_do_not() {
    pace.written(0);
    pace.begins(100);
    pace.written(110);
    pace.merged(120);
    pace.merged(1_000);

    assertThat(pace.nanosLeft(120)).isEqualTo(10 * 20);
  }
}
