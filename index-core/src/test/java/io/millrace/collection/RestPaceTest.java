package io.millrace.collection;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class RestPaceTest {
  private static final long LOAD = RestPace.MUCH;
  private final RestPace pace = new RestPace(Duration.ofNanos(50));

  @Test
  void it_rests_a_time_after_the_last_write() {
    assertThat(pace.nanosLeft(-7)).isEqualTo(Long.MAX_VALUE);

    pace.written(-5, LOAD);
    assertThat(pace.nanosLeft(10)).isEqualTo(35);
    pace.written(20, LOAD);
    assertThat(pace.nanosLeft(60)).isEqualTo(10);
    pace.begins(0, true);
    assertThat(pace.nanosLeft(71)).isEqualTo(Long.MAX_VALUE);
    pace.written(80, LOAD);
    assertThat(pace.nanosLeft(80)).isEqualTo(50);
  }

  @Test
  void merges_of_a_rest_take_an_eleventh_of_the_time_at_most() {
    pace.written(0, LOAD);
    pace.begins(5, true);
    pace.merged(120, 5 + 20e-9);
    pace.merged(130, 5 + 30e-9); // one after the other
    pace.written(140, LOAD);

    assertThat(pace.nanosLeft(200)).isBetween(130L + 10 * 29 - 200, 130L + 10 * 30 - 200);
    assertThat(pace.nanosLeft(430)).isNotPositive();
  }

  @Test
  void a_merge_that_ends_after_writes_counts_and_those_behind_it_do_not() {
    pace.written(0, LOAD);
    pace.begins(0, true);
    pace.written(110, LOAD);
    pace.merged(120, 20e-9);
    pace.merged(1_000, 1);

    assertThat(pace.nanosLeft(120)).isBetween(10 * 19L, 10 * 20L);
  }

  @Test
  void a_quiet_night_is_no_time_of_merges() {
    pace.written(0, LOAD);
    pace.begins(0, true);
    pace.written(1_000_000, LOAD);
    pace.merged(1_000_010, 7e-9);

    assertThat(pace.nanosLeft(1_000_010)).isLessThanOrEqualTo(10 * 7);
  }

  @Test
  void a_trickle_does_not_keep_it_from_resting() {
    long half = RestPace.TRICKLE_BYTES / 2;
    pace.written(100, half);
    pace.written(120, half);
    assertThat(pace.nanosLeft(120)).isEqualTo(30);
    pace.begins(0, false);
    pace.written(155, half);
    assertThat(pace.nanosLeft(155)).as("a time of its own").isEqualTo(50);
    pace.written(160, half);
    pace.written(165, 1);
    assertThat(pace.nanosLeft(165)).as("no longer a trickle").isEqualTo(50);
    pace.written(206, 1);
    assertThat(pace.nanosLeft(206)).as("one again").isEqualTo(50);
    pace.written(250, half);
    assertThat(pace.nanosLeft(250)).isEqualTo(6);
  }

  @Test
  void merges_of_writes_after_a_rest_without_any_count_for_nothing() {
    pace.written(0, LOAD);
    pace.begins(0, false);
    pace.written(100, LOAD);
    pace.merged(1_000, 500e-9);

    assertThat(pace.nanosLeft(1_000)).isNotPositive();
  }
}
