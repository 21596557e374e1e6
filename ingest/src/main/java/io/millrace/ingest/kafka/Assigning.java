package io.millrace.ingest.kafka;

import java.util.Map;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.common.TopicPartition;

/// How the consumer of a poll thread comes to its partitions. The poll thread's own, except for
/// what says otherwise.
interface Assigning {

  /// A new consumer takes the place of the one before.
  ///
  /// @param feeds what is to be read, of the poll thread
  void begin(Consumer<byte[], byte[]> consumer, Map<TopicPartition, KafkaFeed> feeds);

  /// Feeds came or went: the consumer reads exactly these, new ones from where they are.
  void changed(Consumer<byte[], byte[]> consumer, Map<TopicPartition, KafkaFeed> feeds);

  /// Whether polling makes sense although nothing is read.
  boolean alwaysPolls();

  /// Whether the partition can be read by this consumer. Safe to call from any thread.
  boolean has(TopicPartition partition);
}
