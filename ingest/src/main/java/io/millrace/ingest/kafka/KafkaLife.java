package io.millrace.ingest.kafka;

import io.millrace.ingest.pipeline.Checkpoint;
import io.millrace.ingest.pipeline.Checkpoint.StreamPoint;
import io.millrace.ingest.pipeline.CheckpointFile;
import io.millrace.ingest.pipeline.Mark;
import io.millrace.ingest.pipeline.SourceEpochs;
import io.millrace.ingest.pipeline.SourceState;
import io.millrace.ingest.pipeline.Tally;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The present life of a Kafka source: its epoch, the cluster and topics that its positions belong
/// to, and up to where each partition is done. The watch thread's own, except for what says
/// otherwise.
final class KafkaLife {
  private static final Logger LOG = LoggerFactory.getLogger(KafkaLife.class);

  private final String source;
  private final SourceEpochs epochs;
  private final CheckpointFile checkpoints;

  private volatile long epoch;
  private final Map<String, StreamPoint> points = new ConcurrentHashMap<>(); // read by all
  private final Map<String, String> topicIds = new HashMap<>();

  /// Topics that begin at the source's `start` although the source is not new.
  private final Set<String> fresh = new HashSet<>();

  private String clusterId = "";
  private boolean begun;
  private @Nullable Checkpoint written;

  KafkaLife(String source, SourceEpochs epochs, CheckpointFile checkpoints) {
    this.source = source;
    this.epochs = epochs;
    this.checkpoints = checkpoints;
  }

  static String stream(TopicPartition partition) {
    return partition.topic() + "/" + partition.partition();
  }

  static String topicOf(String stream) {
    return stream.substring(0, stream.lastIndexOf('/'));
  }

  /// 0 before it has begun. Safe to call from any thread.
  long epoch() {
    return epoch;
  }

  boolean hasBegun() {
    return begun;
  }

  /// What was written down by an earlier run, else a first life.
  ///
  /// @param cluster the one that answers
  void begin(String cluster) {
    OptionalLong current = epochs.current(source);
    epoch = current.isPresent() ? current.getAsLong() : epochs.next(source);
    Optional<Checkpoint> checkpoint = checkpoints.read().filter(read -> read.epoch() == epoch);
    clusterId = checkpoint.map(Checkpoint::cluster).orElse(cluster);
    topicIds.clear();
    checkpoint.ifPresent(read -> topicIds.putAll(read.topics()));
    points.clear();
    checkpoint.ifPresent(read -> points.putAll(read.streams()));
    written = checkpoint.orElse(null);
    begun = true;
  }

  /// A new epoch, durable with its positions before anything is read. All feeds have ended.
  ///
  /// @param keeps streams that keep their position
  /// @param moved streams that get a new one; all others begin at the source's start
  void anew(Predicate<String> keeps, Map<String, Long> moved) {
    Map<String, StreamPoint> kept = new HashMap<>();
    points.forEach((stream, point) -> {
      if (keeps.test(stream) && !moved.containsKey(stream)) {
        kept.put(stream, point);
      }
    });
    moved.forEach((stream, next) -> {
      StreamPoint before = points.get(stream);
      Set<Long> vouched = before == null ? Set.of() : before.vouched();
      kept.put(stream, new StreamPoint(Mark.offset(next), vouched, Tally.NONE));
    });
    Set<String> lost = new HashSet<>(topicIds.keySet());
    points.keySet().forEach(stream -> lost.add(topicOf(stream)));
    kept.keySet().forEach(stream -> lost.remove(topicOf(stream)));
    lost.forEach(topicIds::remove);
    epoch = epochs.next(source);
    LOG.warn("A source begins a new life source={} epoch={}", source, epoch);
    points.clear();
    points.putAll(kept);
    fresh.clear();
    fresh.addAll(lost);
    write();
  }

  // ---- whose positions these are

  /// Whether the positions belong to that cluster; the first one that answers is taken.
  boolean belongsTo(String cluster) {
    if (clusterId.isEmpty()) {
      clusterId = cluster;
    }
    return clusterId.equals(cluster);
  }

  String clusterId() {
    return clusterId;
  }

  void moveTo(String cluster) {
    clusterId = cluster;
  }

  /// Topics that have another id than the positions belong to. A topic not known so far is the
  /// right one.
  Set<String> recreated(Map<String, KafkaCluster.Topic> described) {
    Set<String> recreated = new HashSet<>();
    described.forEach((name, topic) -> {
      String known = topicIds.putIfAbsent(name, topic.id());
      if (known != null && !known.equals(topic.id())) {
        recreated.add(name);
      }
    });
    return recreated;
  }

  String topicId(String topic) {
    return topicIds.getOrDefault(topic, "");
  }

  // ---- how far the partitions are

  /// Whether nothing was ever written down in this life.
  boolean isFirst() {
    return written == null;
  }

  boolean isFresh(String topic) {
    return fresh.contains(topic);
  }

  void begun(Set<String> topics) {
    fresh.removeAll(topics);
  }

  /// Safe to call from any thread.
  Optional<StreamPoint> point(String stream) {
    return Optional.ofNullable(points.get(stream));
  }

  /// By stream. Safe to call from any thread.
  Map<String, StreamPoint> points() {
    return Map.copyOf(points);
  }

  void put(String stream, StreamPoint point) {
    points.put(stream, point);
  }

  void remember(KafkaFeed feed) {
    if (feed.health().state() != SourceState.TOPIC_RECREATED) {
      points.put(
          feed.lane().stream(),
          new StreamPoint(feed.checkpoint(), feed.lane().vouched(), Tally.NONE));
    }
  }

  /// Durable when this returns, if there is anything new. Throws [io.millrace.model.Failure].
  void write() {
    Checkpoint now = new Checkpoint(epoch, clusterId, topicIds, points);
    if (!now.equals(written)) {
      checkpoints.write(now);
      written = now;
    }
  }

  /// What was written last, by stream.
  Map<String, StreamPoint> durable() {
    Checkpoint last = written;
    return last == null ? Map.of() : last.streams();
  }
}
