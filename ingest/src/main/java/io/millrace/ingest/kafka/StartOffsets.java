package io.millrace.ingest.kafka;

import io.millrace.ingest.config.Binding;
import io.millrace.ingest.config.SourceConfig.KafkaSource;
import io.millrace.ingest.config.Start;
import io.millrace.ingest.pipeline.Checkpoint.StreamPoint;
import io.millrace.ingest.pipeline.Mark;
import io.millrace.ingest.pipeline.ResumePoint;
import io.millrace.ingest.pipeline.SourceRun;
import io.millrace.ingest.pipeline.Tally;
import io.millrace.ingest.pipeline.Target;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.common.TopicPartition;

/// Where partitions begin: at their point of the life, at the source's start, or, when they are
/// younger than the life, at their earliest record. The watch thread's own.
final class StartOffsets {
  private final KafkaSource source;
  private final SourceRun run;
  private final KafkaLife life;

  StartOffsets(KafkaSource source, SourceRun run, KafkaLife life) {
    this.source = source;
    this.run = run;
    this.life = life;
  }

  /// Gives partitions that have no point yet one, and says where they begin. Durable when the life
  /// is written.
  Map<TopicPartition, ResumePoint> begin(KafkaCluster open, Set<TopicPartition> partitions)
      throws ExecutionException, InterruptedException, TimeoutException {
    Set<TopicPartition> fromStart = new HashSet<>();
    Set<TopicPartition> fromEarliest = new HashSet<>();
    for (TopicPartition partition : partitions) {
      if (life.point(KafkaLife.stream(partition)).isEmpty()) {
        boolean isNew = life.isFirst() || life.isFresh(partition.topic());
        (isNew ? fromStart : fromEarliest).add(partition);
      }
    }
    Map<TopicPartition, Long> begins = new HashMap<>(start(open, fromStart));
    begins.putAll(open.logStarts(fromEarliest));
    Map<TopicPartition, ResumePoint> resumes = new HashMap<>();
    begins.forEach((partition, at) -> {
      ResumePoint resume = new ResumePoint(notAbovePositions(partition, at), bound(partition));
      resumes.put(partition, resume);
      life.put(
          KafkaLife.stream(partition),
          new StreamPoint(resume.mark(), resume.vouched(), Tally.NONE));
    });
    return resumes;
  }

  /// Where partitions with a point go on.
  Map<TopicPartition, ResumePoint> resume(KafkaCluster open, Set<TopicPartition> partitions)
      throws ExecutionException, InterruptedException, TimeoutException {
    Map<TopicPartition, Long> starts = start(open, partitions);
    Map<TopicPartition, ResumePoint> resumes = new HashMap<>();
    for (TopicPartition partition : partitions) {
      resumes.put(
          partition,
          ResumePoint.of(
              run.targets(),
              source.name(),
              life.epoch(),
              KafkaLife.stream(partition),
              binding(partition.topic()),
              life.point(KafkaLife.stream(partition)),
              run.onMissing(),
              () -> Mark.offset(starts.getOrDefault(partition, 0L))));
    }
    return resumes;
  }

  /// The partition begins again for another collection: behind the last record of its own if it was
  /// restored or rebuilt, else from the start.
  ///
  /// @param done up to where the records are done, for the collection of before
  ResumePoint again(KafkaCluster open, TopicPartition partition, Mark done)
      throws ExecutionException, InterruptedException, TimeoutException {
    long at = start(open, Set.of(partition)).getOrDefault(partition, 0L);
    ResumePoint resume =
        ResumePoint.of(
            run.targets(),
            source.name(),
            life.epoch(),
            KafkaLife.stream(partition),
            binding(partition.topic()),
            Optional.of(new StreamPoint(done, Set.of(), Tally.NONE)),
            run.onMissing(),
            () -> notAbovePositions(partition, at));
    life.put(
        KafkaLife.stream(partition), new StreamPoint(resume.mark(), resume.vouched(), Tally.NONE));
    return resume;
  }

  /// The first binding that matches.
  Optional<Binding> binding(String topic) {
    return source.bindings().stream().filter(binding -> binding.matches(topic)).findFirst();
  }

  /// A start that depends on the moment never passes what an earlier, forgotten run has left.
  private Mark notAbovePositions(TopicPartition partition, long at) {
    long lowest = at;
    for (Target target : run.targets().all()) {
      OptionalLong position =
          target.position(source.name(), life.epoch(), KafkaLife.stream(partition));
      if (position.isPresent()) {
        lowest = Math.min(lowest, position.getAsLong() + 1);
      }
    }
    return Mark.offset(lowest);
  }

  /// The collection of a fixed binding, as far as it exists: it has everything below the start.
  Set<Long> bound(TopicPartition partition) {
    return binding(partition.topic())
        .filter(Binding::isFixed)
        .flatMap(Binding::collection)
        .flatMap(name -> run.targets().find(name))
        .map(target -> Set.of(target.uid()))
        .orElse(Set.of());
  }

  /// Where the first life begins. For partitions that are not new, `latest` and a group have no
  /// meaning any more: their checkpoint stands for them.
  private Map<TopicPartition, Long> start(KafkaCluster open, Set<TopicPartition> partitions)
      throws ExecutionException, InterruptedException, TimeoutException {
    if (partitions.isEmpty()) {
      return Map.of();
    }
    return switch (source.start()) {
      case Start.Earliest ignored -> open.logStarts(partitions);
      case Start.At(var time) -> open.at(partitions, time.toEpochMilli());
      case Start.Latest ignored -> orPoints(partitions, open.logEnds(partitions));
      case Start.Group(String name) -> {
        Map<TopicPartition, Long> starts = new HashMap<>(open.logStarts(partitions));
        open.committed(name).forEach((partition, at) -> starts.replace(partition, at));
        yield orPoints(partitions, starts);
      }
    };
  }

  private Map<TopicPartition, Long> orPoints(
      Set<TopicPartition> partitions, Map<TopicPartition, Long> starts) {
    Map<TopicPartition, Long> result = new HashMap<>(starts);
    for (TopicPartition partition : partitions) {
      life.point(KafkaLife.stream(partition))
          .ifPresent(point -> result.put(partition, point.next().number()));
    }
    return result;
  }
}
