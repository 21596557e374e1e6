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

/// Work that people wait for, at work and lately ended, with how far it is in bytes. Safe for many
/// threads.
public final class Jobs {
  /// Of those that ended.
  public static final int KEPT = 64;

  public enum Kind {
    SNAPSHOT,
    RESTORE,
    /// Of a log, when a collection is opened.
    REPLAY
  }

  public enum Outcome {
    DONE,
    FAILED
  }

  /// @param about the collection, `""` = all of them
  /// @param doneBytes at most `ofBytes`
  /// @param took until its end, or until now
  /// @param outcome empty while it is at work
  public record Job(
      long id,
      Kind kind,
      String about,
      Instant begun,
      long doneBytes,
      long ofBytes,
      Duration took,
      Optional<Outcome> outcome) {
    /// From 0 to 1.
    public double progress() {
      return outcome.filter(Outcome.DONE::equals).isPresent()
          ? 1
          : ofBytes == 0 ? 0 : (double) doneBytes / ofBytes;
    }

    public double bytesPerSecond() {
      double seconds = took.toNanos() / 1e9;
      return seconds == 0 ? 0 : doneBytes / seconds;
    }

    /// At the pace so far; empty where that is not known, and at its end.
    public Optional<Duration> left() {
      double pace = bytesPerSecond();
      return outcome.isPresent() || pace == 0
          ? Optional.empty()
          : Optional.of(Duration.ofMillis(Math.round(1e3 * (ofBytes - doneBytes) / pace)));
    }
  }

  /// One that is at work.
  public final class Running {
    private final long id;
    private final Kind kind;
    private final String about;
    private final long ofBytes;
    private final Instant begun;
    private final AtomicLong doneBytes = new AtomicLong();

    private Running(long id, Kind kind, String about, long ofBytes, Instant begun) {
      this.id = id;
      this.kind = kind;
      this.about = about;
      this.ofBytes = ofBytes;
      this.begun = begun;
    }

    public void advance(long bytes) {
      doneBytes.addAndGet(bytes);
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
          begun,
          Math.min(doneBytes.get(), ofBytes),
          ofBytes,
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
  /// @param ofBytes about how many there will be
  public Running begin(Kind kind, String about, long ofBytes) {
    return begin(kind, about, ofBytes, Duration.ZERO);
  }

  /// @param about the collection, `""` = all of them
  /// @param ofBytes about how many there will be
  /// @param ago for how long it has been at work
  public synchronized Running begin(Kind kind, String about, long ofBytes, Duration ago) {
    Running begun = new Running(++lastId, kind, about, ofBytes, clock.instant().minus(ago));
    running.add(begun);
    return begun;
  }

  /// Those at work in the order they began, then those that ended, the newest first.
  public synchronized List<Job> all() {
    return Stream.concat(running.stream().map(job -> job.shown(Optional.empty())), ended.stream())
        .toList();
  }

  public Optional<Job> find(long id) {
    return all().stream().filter(job -> job.id() == id).findFirst();
  }

  /// How many ended so since the start.
  public synchronized long ended(Kind kind, Outcome how) {
    return counts.getOrDefault(kind, Map.of()).getOrDefault(how, 0L);
  }
}
