package io.millrace.ingest.kafka;

import io.millrace.ingest.config.Glob;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/// Questions to a Kafka cluster, each answered within seconds or not at all.
final class KafkaCluster implements AutoCloseable {
  private static final long PATIENCE_SECONDS = 10;

  private final Admin admin;

  /// Throws [org.apache.kafka.common.KafkaException] when no address of the cluster resolves.
  KafkaCluster(Properties properties) {
    this.admin = Admin.create(properties);
  }

  /// @param id of the topic, it changes when a topic is made again
  record Topic(String id, int partitions) {}

  String id() throws ExecutionException, InterruptedException, TimeoutException {
    String id = get(admin.describeCluster().clusterId());
    return id == null ? "" : id;
  }

  /// Topics of dead letters: no glob takes them.
  static final String DEAD_PREFIX = "millrace-dead-";

  /// Names there are, and those that a glob takes.
  Set<String> matching(List<String> namesAndGlobs)
      throws ExecutionException, InterruptedException, TimeoutException {
    Set<String> names = new TreeSet<>();
    List<Glob> globs = new ArrayList<>();
    for (String name : namesAndGlobs) {
      if (Glob.isPattern(name)) {
        globs.add(new Glob(name));
      } else {
        names.add(name);
      }
    }
    if (!globs.isEmpty()) {
      for (String topic : get(admin.listTopics().names())) {
        if (!topic.startsWith(DEAD_PREFIX)
            && globs.stream().anyMatch(glob -> glob.matches(topic))) {
          names.add(topic);
        }
      }
    }
    return names;
  }

  /// Topics that do not exist are left out.
  Map<String, Topic> describe(Set<String> names)
      throws ExecutionException, InterruptedException, TimeoutException {
    Map<String, Topic> topics = new TreeMap<>();
    for (Map.Entry<String, KafkaFuture<TopicDescription>> answer :
        admin.describeTopics(names).topicNameValues().entrySet()) {
      try {
        TopicDescription topic = get(answer.getValue());
        topics.put(
            answer.getKey(), new Topic(topic.topicId().toString(), topic.partitions().size()));
      } catch (ExecutionException e) {
        if (!(e.getCause() instanceof UnknownTopicOrPartitionException)) {
          throw e;
        }
      }
    }
    return topics;
  }

  Map<TopicPartition, Long> logStarts(Set<TopicPartition> partitions)
      throws ExecutionException, InterruptedException, TimeoutException {
    return offsets(partitions, OffsetSpec.earliest());
  }

  /// Behind the last record that read_committed shows.
  Map<TopicPartition, Long> logEnds(Set<TopicPartition> partitions)
      throws ExecutionException, InterruptedException, TimeoutException {
    return offsets(partitions, OffsetSpec.latest());
  }

  /// Behind the last record there is, also of transactions that are still open.
  Map<TopicPartition, Long> uncommittedEnds(Set<TopicPartition> partitions)
      throws ExecutionException, InterruptedException, TimeoutException {
    return offsets(partitions, OffsetSpec.latest(), IsolationLevel.READ_UNCOMMITTED);
  }

  /// The first record at or after the time, or the end.
  Map<TopicPartition, Long> at(Set<TopicPartition> partitions, long epochMillis)
      throws ExecutionException, InterruptedException, TimeoutException {
    Map<TopicPartition, Long> found = offsets(partitions, OffsetSpec.forTimestamp(epochMillis));
    Set<TopicPartition> behind = new java.util.HashSet<>();
    found.forEach((partition, offset) -> {
      if (offset < 0) {
        behind.add(partition);
      }
    });
    if (!behind.isEmpty()) {
      found.putAll(logEnds(behind));
    }
    return found;
  }

  private Map<TopicPartition, Long> offsets(Set<TopicPartition> partitions, OffsetSpec which)
      throws ExecutionException, InterruptedException, TimeoutException {
    return offsets(partitions, which, IsolationLevel.READ_COMMITTED);
  }

  private Map<TopicPartition, Long> offsets(
      Set<TopicPartition> partitions, OffsetSpec which, IsolationLevel level)
      throws ExecutionException, InterruptedException, TimeoutException {
    Map<TopicPartition, OffsetSpec> asked = new HashMap<>();
    partitions.forEach(partition -> asked.put(partition, which));
    Map<TopicPartition, Long> offsets = new HashMap<>();
    if (asked.isEmpty()) {
      return offsets;
    }
    for (Map.Entry<TopicPartition, ListOffsetsResultInfo> answer :
        get(admin.listOffsets(asked, new ListOffsetsOptions(level)).all()).entrySet()) {
      offsets.put(answer.getKey(), answer.getValue().offset());
    }
    return offsets;
  }

  /// What a consumer group has committed.
  Map<TopicPartition, Long> committed(String group)
      throws ExecutionException, InterruptedException, TimeoutException {
    Map<TopicPartition, Long> offsets = new HashMap<>();
    get(admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata())
        .forEach((partition, at) -> {
          if (at != null) {
            offsets.put(partition, at.offset());
          }
        });
    return offsets;
  }

  /// For lag tools. Returns at once; done when it is committed.
  KafkaFuture<Void> publish(String group, Map<TopicPartition, OffsetAndMetadata> offsets) {
    return admin.alterConsumerGroupOffsets(group, offsets).all();
  }

  private static <T> T get(KafkaFuture<T> future)
      throws ExecutionException, InterruptedException, TimeoutException {
    return future.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
  }

  @Override
  public void close() {
    admin.close(Duration.ofSeconds(1));
  }
}
