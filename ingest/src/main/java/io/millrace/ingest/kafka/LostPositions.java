package io.millrace.ingest.kafka;

import io.millrace.ingest.config.SourceConfig.KafkaSource;
import io.millrace.ingest.config.SourceConfig.OnLost;
import io.millrace.ingest.pipeline.Health;
import io.millrace.ingest.pipeline.SourceRun;
import io.millrace.ingest.pipeline.SourceState;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.function.Predicate;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What becomes of positions that belong to nothing any more. A position counts only for (cluster
/// id, topic id, partition), and only within the reach of its log; elsewhere the source stops, or
/// begins a new life, as it is configured. The watch thread's own.
///
/// **A new life** (new epoch) carries the done positions of the partitions that are fine over and
/// begins the others again; all partitions are closed for it, so that nothing is under way.
final class LostPositions {
  private static final Logger LOG = LoggerFactory.getLogger(LostPositions.class);

  private final KafkaSource source;
  private final SourceRun run;
  private final KafkaLife life;
  private final KafkaFeeds feeds;

  LostPositions(KafkaSource source, SourceRun run, KafkaLife life, KafkaFeeds feeds) {
    this.source = source;
    this.run = run;
    this.life = life;
    this.feeds = feeds;
  }

  /// At the first look: which life this is. Later: whether it is still the same cluster.
  ///
  /// @return running when it is, waiting when a new life begins
  Health cluster(String id) {
    if (!life.hasBegun()) {
      life.begin(id);
    }
    if (life.belongsTo(id)) {
      return Health.RUNNING;
    }
    if (source.onClusterChanged() != OnLost.STOP) {
      life.moveTo(id);
      return newLife(stream -> false, Map.of());
    }
    feeds.end(feeds.all(), life);
    return new Health(
        SourceState.CLUSTER_CHANGED,
        "The positions belong to cluster " + life.clusterId() + ", this is cluster " + id);
  }

  /// Whether the topics are the same ones; those that were made again stop.
  ///
  /// @param recreated found under another id than before
  /// @return running when they are, waiting when a new life begins
  Health topics(Set<String> recreated, Map<String, KafkaCluster.Topic> described) {
    if (recreated.isEmpty()) {
      return Health.RUNNING;
    }
    if (source.onTopicRecreated() != OnLost.STOP) {
      return newLife(stream -> !recreated.contains(KafkaLife.topicOf(stream)), Map.of());
    }
    stopRecreated(recreated, described);
    String topic = recreated.iterator().next();
    return new Health(
        SourceState.TOPIC_RECREATED,
        "The positions belong to topic "
            + topic
            + " with id "
            + life.topicId(topic)
            + ", it has id "
            + idOf(topic, described));
  }

  private void stopRecreated(Set<String> recreated, Map<String, KafkaCluster.Topic> described) {
    List<KafkaFeed> stopped = new ArrayList<>();
    for (KafkaFeed feed : feeds.all()) {
      String topic = feed.partition().topic();
      if (recreated.contains(topic) && feed.health().state() != SourceState.TOPIC_RECREATED) {
        Health reason =
            new Health(
                SourceState.TOPIC_RECREATED,
                "The topic had id "
                    + life.topicId(topic)
                    + " and has id "
                    + idOf(topic, described)
                    + "; records up to "
                    + feed.lane().done().mark().number()
                    + " were read, those from "
                    + feed.checkpoint().number()
                    + " on maybe from the new topic");
        feed.stopAs(reason);
        LOG.error("A partition stopped partition={} why={}", feed.partition(), reason.why());
        stopped.add(feed);
      }
    }
    feeds.close(stopped);
  }

  /// Partitions whose position their log does not reach (any more). A topic that was made again
  /// shorter looks like that too: whose log it is, is asked first.
  void truncated(KafkaCluster open)
      throws ExecutionException, InterruptedException, TimeoutException {
    List<KafkaFeed> all = feeds.truncated();
    all.removeIf(feed -> feed.health().state() == SourceState.TOPIC_RECREATED);
    if (all.isEmpty()) {
      return;
    }
    Map<TopicPartition, Long> logStarts;
    Map<TopicPartition, Long> logEnds;
    try {
      feeds.putBack(takeThoseOfOthers(all, open)); // the next look finds the topic's new id
      Set<TopicPartition> partitions = new HashSet<>();
      all.forEach(feed -> partitions.add(feed.partition()));
      logStarts = open.logStarts(partitions);
      logEnds = open.logEnds(partitions);
    } catch (ExecutionException | TimeoutException | RuntimeException e) {
      feeds.putBack(all); // asked again
      throw e;
    }
    feeds.close(all);
    Map<String, Long> moved = new HashMap<>();
    for (KafkaFeed feed : all) {
      TopicPartition partition = feed.partition();
      long at = feed.polled().number();
      long logStart = logStarts.getOrDefault(partition, 0L);
      long logEnd = logEnds.getOrDefault(partition, 0L);
      long lost = Math.max(0, logStart - at);
      Health reason =
          new Health(
              SourceState.LOG_TRUNCATED,
              "The position is "
                  + at
                  + ", the log reaches from "
                  + logStart
                  + " to "
                  + logEnd
                  + "; "
                  + lost
                  + " records are lost");
      feed.stopAs(reason);
      LOG.error("A position is out of its log partition={} why={}", partition, reason.why());
      switch (source.onTruncated()) {
        case STOP -> {}
        case RESTART -> move(moved, partition, logStart, lost);
        case LATEST -> move(moved, partition, logEnd, Math.max(0, logEnd - at));
      }
    }
    if (!moved.isEmpty()) {
      Health unused = newLife(stream -> true, moved);
    }
  }

  /// Takes out of `all` what is gone or has another id than the positions belong to.
  private List<KafkaFeed> takeThoseOfOthers(List<KafkaFeed> all, KafkaCluster open)
      throws ExecutionException, InterruptedException, TimeoutException {
    Set<String> topics = new HashSet<>();
    all.forEach(feed -> topics.add(feed.partition().topic()));
    Map<String, KafkaCluster.Topic> described = open.describe(topics);
    List<KafkaFeed> others = new ArrayList<>();
    for (KafkaFeed feed : all) {
      String topic = feed.partition().topic();
      if (!described.containsKey(topic) || !idOf(topic, described).equals(life.topicId(topic))) {
        others.add(feed);
      }
    }
    all.removeAll(others);
    return others;
  }

  private void move(Map<String, Long> moved, TopicPartition partition, long to, long lost) {
    moved.put(KafkaLife.stream(partition), to);
    run.counts().addLost(lost);
  }

  /// A new epoch: all feeds end, then those streams that `keeps` tells keep their position, those
  /// in `moved` get a new one, the others begin at the source's start.
  private Health newLife(Predicate<String> keeps, Map<String, Long> moved) {
    feeds.end(feeds.all(), life);
    life.anew(keeps, moved);
    return new Health(SourceState.WAITING, "A new life begins");
  }

  private static String idOf(String topic, Map<String, KafkaCluster.Topic> described) {
    return Objects.requireNonNull(described.get(topic), topic).id();
  }
}
