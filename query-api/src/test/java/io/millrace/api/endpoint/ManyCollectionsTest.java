package io.millrace.api.endpoint;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/// When collections are too many.
class ManyCollectionsTest {
  private static final Instant BEGIN = Instant.parse("2026-01-02T03:04:05Z");

  private final AtomicReference<Instant> now = new AtomicReference<>(BEGIN);
  private final InstantSource clock = now::get;
  private final ManyCollections many = new ManyCollections(clock);

  @Test
  void thirty_are_never_too_many_and_their_points_are_not_counted() {
    assertThat(
            many.since(
                30,
                () -> {
                  throw new AssertionError("counted");
                }))
        .isEmpty();
  }

  @Test
  void more_are_too_many_while_they_hold_little() {
    assertThat(many.since(31, () -> 0)).contains(BEGIN);
    now.set(BEGIN.plusSeconds(5));
    assertThat(many.since(32, () -> 0)).contains(BEGIN);
    assertThat(many.since(31, () -> 31 * 10_333)).contains(BEGIN);
    assertThat(many.since(31, () -> 31 * 10_334)).isEmpty();
    assertThat(many.since(31, () -> 0)).contains(now.get());
  }

  @Test
  void a_reminder_that_was_cleared_comes_back_with_another_collection() {
    many.since(31, () -> 0);
    many.clear(31);

    assertThat(many.since(31, () -> 0)).isEmpty();
    assertThat(many.since(30, () -> 0)).isEmpty();
    assertThat(many.since(31, () -> 0)).isPresent();
    many.clear(31);
    assertThat(many.since(32, () -> 0)).isPresent();
  }
}
