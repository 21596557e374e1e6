package io.millrace.api.strict;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.millrace.api.status.Fault;
import org.junit.jupiter.api.Test;

class RateLimitTest {
  private long now = 5;
  private final RateLimit limit = new RateLimit("Write", 10, () -> now);

  private Fault refused(long cost) {
    return catchThrowableOfType(Fault.class, () -> limit.take(cost));
  }

  @Test
  void a_full_bucket_is_spent_and_fills_up_within_a_minute() {
    limit.take(10);

    Fault fault = refused(10);
    assertThat(fault.status()).isEqualTo(429);
    assertThat(fault.text())
        .isEqualTo(
            "Rate limiting exceeded: Write rate limit exceeded: Operation requires 10 tokens but"
                + " only 0.0 were available. Retry after 60s");
    assertThat(fault.retryAfterSeconds()).hasValue(60);

    now += 30_000_000_000L;
    assertThat(refused(6).text()).contains("requires 6 tokens but only 5.0").endsWith("6s");
    limit.take(5);
    now += 3_600_000_000_000L;
    limit.take(10);
    assertThat(refused(1).retryAfterSeconds()).hasValue(6);
  }

  @Test
  void what_no_bucket_can_hold_is_refused_for_good() {
    Fault fault = refused(11);

    assertThat(fault.text())
        .isEqualTo(
            "Rate limiting exceeded: Write rate limit exceeded, request larger than rate limiter"
                + " capacity, please try to split your request");
    assertThat(fault.retryAfterSeconds()).isEmpty();
    limit.take(10);
  }
}
