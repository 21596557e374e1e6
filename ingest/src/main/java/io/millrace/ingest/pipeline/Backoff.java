package io.millrace.ingest.pipeline;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;

/// Growing pauses between tries: doubled each time up to a limit, each shortened by up to a quarter
/// at random, so that many streams do not knock at the same moment.
public final class Backoff {
  /// Something does not answer at the moment.
  public static final Pace UNAVAILABLE = new Pace(Duration.ofMillis(200), Duration.ofSeconds(30));

  /// A person has to do something first.
  public static final Pace PARKED = new Pace(Duration.ofSeconds(1), Duration.ofSeconds(60));

  public record Pace(Duration first, Duration longest) {
    public Backoff start() {
      return new Backoff(this);
    }
  }

  private final Pace pace;
  private long nextMillis;

  private Backoff(Pace pace) {
    this.pace = pace;
    this.nextMillis = pace.first().toMillis();
  }

  public Duration next() {
    long millis = nextMillis;
    nextMillis = Math.min(2 * millis, pace.longest().toMillis());
    return Duration.ofMillis(millis - ThreadLocalRandom.current().nextLong(millis / 4 + 1));
  }
}
