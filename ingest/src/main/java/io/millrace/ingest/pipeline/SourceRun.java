package io.millrace.ingest.pipeline;

import io.millrace.ingest.config.SourceConfig;
import io.millrace.ingest.config.SourceConfig.OnBad;
import io.millrace.ingest.config.SourceConfig.OnMissingCollection;
import io.millrace.ingest.config.Trouble;
import io.millrace.ingest.deadletter.DeadLetters;
import java.time.Clock;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;

/// What the streams of one running source share.
///
/// @param name of the source whose records these are: positions and dead letters bear it
/// @param surge off for files, which have rules of their own for bad beginnings
public record SourceRun(
    String name,
    Trouble trouble,
    Targets targets,
    CollectionCreator creator,
    DeadLetters deadLetters,
    Gate gate,
    Counts counts,
    Surge surge,
    Refusals refusals,
    Moves moves,
    Meters meters,
    Paces paces,
    Clock clock) {

  public OnBad onBad() {
    return trouble.onBad();
  }

  public OnMissingCollection onMissing() {
    return trouble.onMissing();
  }

  /// @param unavailable between tries while something does not answer
  /// @param parked between tries while a person has to do something
  public record Paces(Backoff.Pace unavailable, Backoff.Pace parked) {
    public static final Paces DEFAULT = new Paces(Backoff.UNAVAILABLE, Backoff.PARKED);
  }

  /// Sums since the start of the process.
  public static final class Counts {
    private final AtomicReference<Tally> tally = new AtomicReference<>(Tally.NONE);
    private final AtomicLong missing = new AtomicLong();
    private final AtomicLong stale = new AtomicLong();
    private final AtomicLong bytes = new AtomicLong();
    private final AtomicLong lost = new AtomicLong();
    private final AtomicLong parked = new AtomicLong();
    private final AtomicLong rebalances = new AtomicLong();
    private final AtomicLong silences = new AtomicLong();

    void add(Tally more, long moreBytes) {
      tally.updateAndGet(before -> before.plus(more));
      bytes.addAndGet(moreBytes);
    }

    void addMissing(long ids, long staleIds) {
      missing.addAndGet(ids);
      stale.addAndGet(staleIds);
    }

    void addParked() {
      parked.incrementAndGet();
    }

    /// Records that had to wait for a collection.
    public long parked() {
      return parked.get();
    }

    public void addRebalance() {
      rebalances.incrementAndGet();
    }

    /// How often a group gave its partitions anew.
    public long rebalances() {
      return rebalances.get();
    }

    public void addSilence() {
      silences.incrementAndGet();
    }

    /// How often a new consumer asked for a partition, of which nothing came although its log had
    /// more.
    public long silences() {
      return silences.get();
    }

    /// Records that left their log before they were read.
    public void addLost(long records) {
      lost.addAndGet(records);
    }

    public long lost() {
      return lost.get();
    }

    /// Ids that versioned operations left alone, because their version is not lower.
    public long stale() {
      return stale.get();
    }

    public Tally tally() {
      return tally.get();
    }

    /// Ids that operations named and that did not exist.
    public long missing() {
      return missing.get();
    }

    public long bytes() {
      return bytes.get();
    }
  }

  public static SourceRun of(
      SourceConfig config,
      Targets targets,
      CollectionCreator creator,
      DeadLetters deadLetters,
      Paces paces) {
    return new SourceRun(
        config instanceof SourceConfig.ShadowSource shadow ? shadow.of() : config.name(),
        config.trouble(),
        targets,
        creator,
        deadLetters,
        new Gate(),
        new Counts(),
        new Surge(System::nanoTime),
        new Refusals(),
        new Moves(),
        new Meters(Clock.systemUTC()),
        paces,
        Clock.systemUTC());
  }
}
