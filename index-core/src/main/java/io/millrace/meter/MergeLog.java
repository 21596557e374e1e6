package io.millrace.meter;

import java.time.Clock;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Supplier;

/// The merges of an index: those at work and the last that ended. Safe for many threads.
public final class MergeLog {
  /// Four times what a client gets unasked.
  public static final int KEPT = 64;

  /// Why there is a merge.
  public enum Kind {
    /// A graph is built.
    GRAPH,
    /// Few segments become fewer, none of them with a graph.
    FLAT,
    /// One with a graph is rewritten without its deleted points.
    DELETED,
    /// One with a graph is rewritten for other settings.
    SETTINGS
  }

  public enum Outcome {
    DONE,
    CANCELLED,
    FAILED
  }

  /// A segment that goes into a merge.
  ///
  /// @param points live ones
  public record Part(UUID id, int points) {}

  public record Ended(Instant at, Outcome how) {}

  /// @param id of the segment that it makes
  public record Merge(UUID id, Kind kind, List<Part> parts, Instant begun, Optional<Ended> ended) {
    public Merge {
      parts = List.copyOf(parts);
    }
  }

  /// Who counts them.
  public interface Told {
    /// @param written bytes of the segment that it made; 0 without one
    void ended(Outcome how, long written);
  }

  /// One that was told as begun.
  public final class Running {
    private final Supplier<Optional<UUID>> id;
    private final UUID before = UUID.randomUUID();
    private final Kind kind;
    private final List<Part> parts;
    private final Instant begun = clock.instant();
    private final long begunNanos = System.nanoTime();

    private Running(Supplier<Optional<UUID>> id, Kind kind, List<Part> parts) {
      this.id = id;
      this.kind = kind;
      this.parts = parts;
    }

    private Merge shown(Optional<Ended> ended) {
      return new Merge(id.get().orElse(before), kind, parts, begun, ended);
    }

    /// @param written of the segment that it made; 0 without one
    public void end(Outcome how, long written) {
      seconds.addSecondsSince(begunNanos);
      told.ended(how, written);
      synchronized (MergeLog.this) {
        running.remove(this);
        ended.addFirst(shown(Optional.of(new Ended(clock.instant(), how))));
        if (ended.size() > KEPT) {
          ended.removeLast();
        }
      }
    }
  }

  private final Clock clock;
  private final Histogram seconds;
  private final Told told;
  private final List<Running> running = new ArrayList<>(); // guarded by this
  private final Deque<Merge> ended = new ArrayDeque<>(); // guarded by this; newest first

  /// @param seconds gets how long each takes
  public MergeLog(Clock clock, Histogram seconds, Told told) {
    this.told = told;
    this.clock = clock;
    this.seconds = seconds;
  }

  /// @param id of the segment that it makes, as soon as that is known
  public synchronized Running begin(Kind kind, List<Part> parts, Supplier<Optional<UUID>> id) {
    Running begun = new Running(id, kind, parts);
    running.add(begun);
    return begun;
  }

  /// In the order they began.
  public synchronized List<Merge> running() {
    return running.stream().map(merge -> merge.shown(Optional.empty())).toList();
  }

  /// The newest first.
  public synchronized List<Merge> ended() {
    return List.copyOf(ended);
  }
}
