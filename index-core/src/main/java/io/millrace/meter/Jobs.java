package io.millrace.meter;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;

/// Work that people wait for, at work and lately ended, with how far it is. Safe for many threads.
public final class Jobs {
  /// Of those that ended.
  public static final int KEPT = 64;

  public enum Kind {
    SNAPSHOT("bytes"),
    RESTORE("bytes"),
    /// Of a log, when a collection is opened.
    REPLAY("bytes"),
    /// Points are written anew for a payload index declared after them.
    INDEX("points");

    private final String unit;

    Kind(String unit) {
      this.unit = unit;
    }

    /// What is counted of it.
    public String unit() {
      return unit;
    }
  }

  public enum Outcome {
    DONE,
    FAILED,
    /// Nobody wants it any more.
    CANCELLED
  }

  /// @param about the collection, `""` = all of them
  /// @param field of the payload, `""` where it is not about one
  /// @param done at most `of`, in the [Kind#unit()]
  /// @param took until its end, or until now
  /// @param outcome empty while it is at work
  public record Job(
      long id,
      Kind kind,
      String about,
      String field,
      Instant begun,
      long done,
      long of,
      Duration took,
      Optional<Outcome> outcome) {
    /// From 0 to 1.
    public double progress() {
      return outcome.filter(Outcome.DONE::equals).isPresent()
          ? 1
          : of == 0 ? 0 : (double) done / of;
    }

    public double perSecond() {
      double seconds = took.toNanos() / 1e9;
      return seconds == 0 ? 0 : done / seconds;
    }

    /// At the pace so far; empty where that is not known, and at its end.
    public Optional<Duration> left() {
      double pace = perSecond();
      return outcome.isPresent() || pace == 0
          ? Optional.empty()
          : Optional.of(Duration.ofMillis(Math.round(1e3 * (of - done) / pace)));
    }
  }

  /// One that is at work.
  public final class Running {
    private final long id;
    private final Kind kind;
    private final String about;
    private final String field;
    private final long of;
    private final Instant begun;
    private final AtomicLong done = new AtomicLong();

    private Running(long id, Kind kind, String about, String field, long of, Instant begun) {
      this.id = id;
      this.kind = kind;
      this.about = about;
      this.field = field;
      this.of = of;
      this.begun = begun;
    }

    /// @param by in the [Kind#unit()]
    public void advance(long by) {
      done.addAndGet(by);
    }

    public void end(Outcome how) {
      Job last = shown(Optional.of(how));
      synchronized (Jobs.this) {
        running.remove(this);
        ended.addFirst(last);
        if (ended.size() > KEPT) {
          ended.removeLast();
        }
        counts.computeIfAbsent(kind, _ -> new EnumMap<>(Outcome.class)).merge(how, 1L, Long::sum);
      }
    }

    private Job shown(Optional<Outcome> outcome) {
      return new Job(
          id,
          kind,
          about,
          field,
          begun,
          Math.min(done.get(), of),
          of,
          Duration.between(begun, clock.instant()),
          outcome);
    }
  }

  private final Clock clock;
  private final List<Running> running = new ArrayList<>(); // guarded by this
  private final Deque<Job> ended = new ArrayDeque<>(); // guarded by this; newest first
  private final Map<Kind, Map<Outcome, Long>> counts = new EnumMap<>(Kind.class); // by this
  private long lastId; // guarded by this

  public Jobs(Clock clock) {
    this.clock = clock;
  }

  /// @param about the collection, `""` = all of them
  /// @param of about how many there will be
  public Running begin(Kind kind, String about, long of) {
    return begin(kind, about, "", of, Duration.ZERO);
  }

  /// @param about the collection, `""` = all of them
  /// @param field of the payload, `""` where it is not about one
  /// @param of about how many there will be
  /// @param ago for how long it has been at work
  public synchronized Running begin(Kind kind, String about, String field, long of, Duration ago) {
    Running begun = new Running(++lastId, kind, about, field, of, clock.instant().minus(ago));
    running.add(begun);
    return begun;
  }

  /// Those at work in the order they began, then those that ended, the newest first.
  public synchronized List<Job> all() {
    return Stream.concat(running.stream().map(job -> job.shown(Optional.empty())), ended.stream())
        .toList();
  }

  /// How many ended so since the start.
  public synchronized long ended(Kind kind, Outcome how) {
    return counts.getOrDefault(kind, Map.of()).getOrDefault(how, 0L);
  }
}
