package io.millrace.ingest.kafka;

import io.millrace.ingest.config.ResetTo;
import io.millrace.ingest.config.SourceConfig.KafkaSource;
import io.millrace.ingest.pipeline.Checkpoint;
import io.millrace.ingest.pipeline.Mark;
import io.millrace.ingest.pipeline.Tally;
import io.millrace.model.BadInput;
import io.millrace.model.Failure;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;

/// Questions to the cluster of a source that is not running: where it would begin again, and
/// whether what its configuration names is there.
public final class KafkaReset {
  private KafkaReset() {}

  private interface Question<T> {
    T ask(KafkaCluster cluster) throws ExecutionException, InterruptedException, TimeoutException;
  }

  private static <T> T ask(KafkaSource source, Question<T> question) {
    try (KafkaCluster cluster =
        new KafkaCluster(KafkaProperties.admin(source, "millrace-" + source.name() + "-ask"))) {
      return question.ask(cluster);
    } catch (ExecutionException e) {
      throw away(source, e.getCause() == null ? e : e.getCause());
    } catch (TimeoutException | KafkaException e) {
      throw away(source, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Failure.Unavailable("Interrupted while asking the cluster");
    }
  }

  private static Failure away(KafkaSource source, Throwable why) {
    return new Failure.Unavailable(
        "The cluster at "
            + source.bootstrap()
            + " does not answer: "
            + (why.getMessage() == null ? why.toString() : why.getMessage()));
  }

  /// One sentence per topic that is named and not there. Throws [Failure.Unavailable].
  public static List<String> faults(KafkaSource source) {
    return ask(
        source,
        cluster -> {
          Set<String> named = cluster.matching(source.topics());
          Map<String, KafkaCluster.Topic> there = cluster.describe(named);
          List<String> faults = new ArrayList<>();
          for (String topic : named) {
            if (!there.containsKey(topic)) {
              faults.add("There is no topic '" + topic + "' at " + source.bootstrap());
            }
          }
          return faults;
        });
  }

  /// The checkpoint of a new life. Throws [BadInput] for positions of no stream of the source,
  /// [Failure.Unavailable].
  ///
  /// @param streams that begin again, empty = all; the others keep their position
  /// @param vouched collections that have nothing to ask for below the new positions
  public static Checkpoint plan(
      KafkaSource source,
      Optional<Checkpoint> before,
      long epoch,
      ResetTo to,
      Set<String> streams,
      Set<Long> vouched) {
    return ask(
        source,
        cluster -> {
          Map<String, String> topicIds = new HashMap<>();
          Map<String, TopicPartition> partitions = new HashMap<>();
          cluster
              .describe(cluster.matching(source.topics()))
              .forEach((name, topic) -> {
                topicIds.put(name, topic.id());
                for (int i = 0; i < topic.partitions(); i++) {
                  partitions.put(name + "/" + i, new TopicPartition(name, i));
                }
              });
          Map<String, TopicPartition> moved = new HashMap<>(partitions);
          if (!streams.isEmpty()) {
            moved.keySet().retainAll(streams);
            known(streams, partitions.keySet());
          }
          Map<String, Checkpoint.StreamPoint> points =
              new HashMap<>(before.map(Checkpoint::streams).orElse(Map.of()));
          points.keySet().retainAll(partitions.keySet());
          offsets(cluster, to, moved)
              .forEach((stream, next) ->
                  points.put(
                      stream, new Checkpoint.StreamPoint(Mark.offset(next), vouched, Tally.NONE)));
          return new Checkpoint(epoch, cluster.id(), topicIds, points);
        });
  }

  private static void known(Set<String> streams, Set<String> there) {
    for (String stream : streams) {
      if (!there.contains(stream)) {
        throw BadInput.badRequest("The source has no stream '" + stream + "'");
      }
    }
  }

  private static Map<String, Long> offsets(
      KafkaCluster cluster, ResetTo to, Map<String, TopicPartition> moved)
      throws ExecutionException, InterruptedException, TimeoutException {
    Set<TopicPartition> asked = Set.copyOf(moved.values());
    Map<String, Long> result = new HashMap<>();
    switch (to) {
      case ResetTo.Earliest ignored -> name(cluster.logStarts(asked), result);
      case ResetTo.Latest ignored -> name(cluster.logEnds(asked), result);
      case ResetTo.At(var time) -> name(cluster.at(asked, time.toEpochMilli()), result);
      case ResetTo.Positions(var next) -> {
        known(next.keySet(), moved.keySet());
        result.putAll(next);
      }
    }
    return result;
  }

  private static void name(Map<TopicPartition, Long> offsets, Map<String, Long> into) {
    offsets.forEach(
        (partition, at) -> into.put(partition.topic() + "/" + partition.partition(), at));
  }
}
