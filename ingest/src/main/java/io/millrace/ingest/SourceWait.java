package io.millrace.ingest;

import io.millrace.ingest.pipeline.Health;
import io.millrace.ingest.pipeline.Intake;
import io.millrace.ingest.pipeline.SourceRun;
import io.millrace.ingest.pipeline.SourceState;
import io.millrace.ingest.pipeline.SourceStatus;
import io.millrace.ingest.pipeline.SourceStatus.StreamStatus;
import io.millrace.ingest.pipeline.Target;
import io.millrace.ingest.pipeline.Targets;
import io.millrace.model.Deadline;
import io.millrace.model.Failure;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/// Waits until readers see what a source has read up to given positions: first until the stream is
/// done that far, then until the collections are searchable that far.
public final class SourceWait {
  private static final long LOOK_AGAIN_NANOS = 20_000_000;

  private final Targets targets;
  private final Function<String, Asked> sources;

  /// @param epoch the present life, 0 before the first
  record Asked(SourceRun run, Optional<Intake> intake, long epoch) {
    Optional<SourceStatus> status() {
      return intake.map(Intake::status);
    }
  }

  SourceWait(Targets targets, Function<String, Asked> sources) {
    this.targets = targets;
    this.sources = sources;
  }

  public enum Outcome {
    COMPLETED,
    TIMED_OUT,
    /// The stream stands still until somebody acts.
    STOPPED
  }

  /// @param next by asked position: the number of the first record that is not done; −1 unknown
  /// @param deadLetters ids among the asked positions that were refused
  /// @param why of a stream that stands still, `""` otherwise
  public record Answer(
      Outcome outcome, Map<StreamPosition, Long> next, List<String> deadLetters, String why) {}

  Answer until(List<StreamPosition> positions, List<String> collections, Deadline deadline)
      throws InterruptedException {
    Map<StreamPosition, Long> next = new LinkedHashMap<>();
    List<String> dead = new ArrayList<>();
    for (StreamPosition position : positions) {
      Health end = untilDone(position, next, deadline);
      if (end.state() != SourceState.RUNNING) {
        return new Answer(Outcome.STOPPED, next, dead, end.state() + ": " + end.why());
      }
      if (next.getOrDefault(position, -1L) <= position.number()) {
        return new Answer(Outcome.TIMED_OUT, next, dead, "");
      }
      Asked asked = sources.apply(position.source());
      if (asked.run().refusals().contains(position.toString())) {
        dead.add(asked.epoch() + ":" + position);
      }
    }
    try {
      for (Target target : readBy(positions, collections)) {
        target.awaitSearchable(deadline);
      }
    } catch (Failure.TimedOut e) {
      return new Answer(Outcome.TIMED_OUT, next, dead, "");
    }
    return new Answer(Outcome.COMPLETED, next, dead, "");
  }

  /// [Health#RUNNING] when it is done or the time is over, else why the stream stands still.
  private Health untilDone(
      StreamPosition position, Map<StreamPosition, Long> next, Deadline deadline)
      throws InterruptedException {
    while (true) {
      Asked asked = sources.apply(position.source());
      checkEpoch(position, asked.epoch());
      Optional<StreamStatus> stream =
          asked.status().stream()
              .flatMap(status -> status.streams().stream())
              .filter(one -> one.stream().equals(position.stream()))
              .findFirst();
      next.put(position, stream.map(StreamStatus::next).orElse(-1L));
      if (stream.isPresent() && stream.get().next() > position.number()) {
        return Health.RUNNING;
      }
      if (stream.map(StreamStatus::isElsewhere).orElse(false)) {
        return new Health(SourceState.WAITING, stream.get().health().why());
      }
      if (stream.isEmpty() && wasDone(position, asked)) {
        next.put(position, position.number() + 1);
        return Health.RUNNING;
      }
      Health health =
          stream
              .map(StreamStatus::health)
              .or(() -> asked.status().map(SourceStatus::health))
              .orElse(Health.RUNNING);
      boolean still =
          switch (health.state()) {
            case RUNNING, WAITING -> false;
            case PAUSED, PARKED, SURGE, LOG_TRUNCATED, TOPIC_RECREATED, CLUSTER_CHANGED -> true;
            case DENIED, FAILED -> true;
          };
      if (still) {
        return health;
      }
      if (deadline.isPassed()) {
        return Health.RUNNING;
      }
      asked.run().moves().await(Math.min(LOOK_AGAIN_NANOS, deadline.remainingNanos() + 1));
    }
  }

  /// A file that was read to its end is no stream any more, and a partition is none before its
  /// cluster answers.
  private boolean wasDone(StreamPosition position, Asked asked) {
    return asked.intake().map(intake -> intake.isFinished(position.stream())).orElse(false)
        || asked.run().refusals().contains(position.toString())
        || targets.all().stream()
            .anyMatch(target ->
                target.position(position.source(), asked.epoch(), position.stream()).orElse(-1)
                    >= position.number());
  }

  private static void checkEpoch(StreamPosition position, long now) {
    if (position.epoch().isPresent() && now != 0 && position.epoch().getAsLong() != now) {
      throw new Failure.AlreadyExists(
          "The position "
              + position
              + " belongs to life "
              + position.epoch().getAsLong()
              + " of the source, which lives its "
              + now);
    }
  }

  private List<Target> readBy(List<StreamPosition> positions, List<String> collections) {
    if (!collections.isEmpty()) {
      return collections.stream()
          .map(name -> targets.find(name).orElseThrow(() -> Failure.NotFound.collection(name)))
          .toList();
    }
    List<Target> all = new ArrayList<>();
    for (Target target : targets.all()) {
      for (StreamPosition position : positions) {
        long epoch = sources.apply(position.source()).epoch();
        if (target.position(position.source(), epoch, position.stream()).isPresent()) {
          all.add(target);
          break;
        }
      }
    }
    return all;
  }
}
