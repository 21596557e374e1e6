package io.millrace.api.strict;

import io.millrace.api.status.Fault;
import java.util.Locale;
import java.util.function.LongSupplier;

/// A token bucket: a minute's worth at the start, filled up as time goes by. Safe for many threads.
final class RateLimit {
  private final String kind;
  private final double capacity;
  private final LongSupplier nanos;
  private double tokens; // under this
  private long filledAt; // under this

  /// @param kind `Read` or `Write`
  RateLimit(String kind, double perMinute, LongSupplier nanos) {
    this.kind = kind;
    this.capacity = perMinute;
    this.nanos = nanos;
    this.tokens = perMinute;
    this.filledAt = nanos.getAsLong();
  }

  /// Throws a [Fault] of status 429 and takes nothing if there are too few.
  synchronized void take(long cost) {
    if (cost > capacity) {
      throw Fault.tooOften(
          "Rate limiting exceeded: "
              + kind
              + " rate limit exceeded, request larger than rate limiter capacity, please try to"
              + " split your request");
    }
    long now = nanos.getAsLong();
    tokens = Math.min(capacity, tokens + (now - filledAt) * capacity / 60e9);
    filledAt = now;
    if (tokens < cost) {
      long seconds = (long) Math.ceil((cost - tokens) * 60 / capacity);
      throw Fault.tooOften(
          "Rate limiting exceeded: "
              + kind
              + " rate limit exceeded: Operation requires "
              + cost
              + " tokens but only "
              + String.format(Locale.ROOT, "%.1f", tokens)
              + " were available. Retry after "
              + seconds
              + "s",
          seconds);
    }
    tokens -= cost;
  }
}
