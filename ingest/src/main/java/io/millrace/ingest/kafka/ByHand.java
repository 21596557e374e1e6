package io.millrace.ingest.kafka;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.common.TopicPartition;

/// The consumer reads what it is told. There is no group, so there are no rebalances.
final class ByHand implements Assigning {

  @Override
  public void begin(Consumer<byte[], byte[]> consumer, Map<TopicPartition, KafkaFeed> feeds) {
    changed(consumer, feeds);
  }

  @Override
  public void changed(Consumer<byte[], byte[]> consumer, Map<TopicPartition, KafkaFeed> feeds) {
    Set<TopicPartition> before = consumer.assignment();
    List<KafkaFeed> added =
        feeds.values().stream().filter(feed -> !before.contains(feed.partition())).toList();
    consumer.assign(feeds.keySet());
    added.forEach(feed -> feed.seek(consumer));
  }

  @Override
  public boolean alwaysPolls() {
    return false;
  }

  @Override
  public boolean has(TopicPartition partition) {
    return true;
  }
}
