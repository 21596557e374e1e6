package io.millrace.ingest.kafka;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The consumer group gives partitions and takes them away.
///
/// ```
/// assigned ─► paused, the watch thread opens a feed ─► read from our own position
/// revoked  ─► fences shut: nothing is appended any more; what was, gets its fsync ─► let go
/// lost     ─► the same without the wait: another server may have it already
/// ```
final class ByGroup implements Assigning {
  private static final Logger LOG = LoggerFactory.getLogger(ByGroup.class);

  /// What is submitted becomes durable in this time, or is looked for in the log later.
  private static final Duration SETTLE = Duration.ofSeconds(5);

  private final Runnable moved;
  private final Runnable rebalanced;
  private final Set<TopicPartition> assigned = ConcurrentHashMap.newKeySet();
  private volatile Set<String> topics = Set.of();

  // poll thread only
  private final Set<TopicPartition> reading = new HashSet<>();
  private Set<String> subscribed = Set.of();

  /// @param moved told when partitions were given or taken
  /// @param rebalanced told of each rebalance
  ByGroup(Runnable moved, Runnable rebalanced) {
    this.moved = moved;
    this.rebalanced = rebalanced;
  }

  /// Safe to call from any thread; who does lets the poll thread call [#changed].
  ///
  /// @return whether that is anything new
  boolean wants(Set<String> all) {
    boolean isNew = !all.equals(topics);
    topics = Set.copyOf(all);
    return isNew;
  }

  @Override
  public void begin(Consumer<byte[], byte[]> consumer, Map<TopicPartition, KafkaFeed> feeds) {
    assigned.clear();
    reading.clear();
    subscribed = Set.of();
    changed(consumer, feeds);
  }

  @Override
  public void changed(Consumer<byte[], byte[]> consumer, Map<TopicPartition, KafkaFeed> feeds) {
    Set<String> wanted = topics;
    if (!wanted.equals(subscribed)) {
      consumer.subscribe(wanted, new Listener(consumer, feeds));
      subscribed = wanted;
    }
    for (KafkaFeed feed : List.copyOf(feeds.values())) {
      TopicPartition partition = feed.partition();
      if (!assigned.contains(partition)) {
        // Taken away between the decision to read it and now.
        feeds.remove(partition, feed);
        take(List.of(feed), Duration.ZERO);
      } else if (reading.add(partition)) {
        feed.seek(consumer);
        consumer.resume(Set.of(partition));
      }
    }
    Set<TopicPartition> without = new HashSet<>(reading);
    without.removeAll(feeds.keySet());
    without.retainAll(consumer.assignment());
    consumer.pause(without);
    reading.retainAll(feeds.keySet());
  }

  @Override
  public boolean alwaysPolls() {
    return !topics.isEmpty();
  }

  @Override
  public boolean has(TopicPartition partition) {
    return assigned.contains(partition);
  }

  private void take(List<KafkaFeed> gone, Duration patience) {
    gone.forEach(KafkaFeed::takeAway);
    long end = System.nanoTime() + patience.toNanos();
    for (KafkaFeed feed : gone) {
      feed.awaitClosed(Duration.ofNanos(Math.max(0, end - System.nanoTime())));
    }
  }

  /// Called inside of polls.
  private final class Listener implements ConsumerRebalanceListener {
    private final Consumer<byte[], byte[]> consumer;
    private final Map<TopicPartition, KafkaFeed> feeds;

    Listener(Consumer<byte[], byte[]> consumer, Map<TopicPartition, KafkaFeed> feeds) {
      this.consumer = consumer;
      this.feeds = feeds;
    }

    @Override
    public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
      rebalanced.run();
      // Any position keeps the consumer from asking the group for one; it is not read from.
      partitions.forEach(partition -> consumer.seek(partition, 0));
      consumer.pause(partitions);
      assigned.addAll(partitions);
      if (!partitions.isEmpty()) {
        LOG.info("Partitions were given partitions={}", partitions);
        moved.run();
      }
    }

    @Override
    public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
      gone(partitions, SETTLE);
    }

    @Override
    public void onPartitionsLost(Collection<TopicPartition> partitions) {
      gone(partitions, Duration.ZERO);
    }

    private void gone(Collection<TopicPartition> partitions, Duration patience) {
      List<KafkaFeed> ending = new ArrayList<>();
      for (TopicPartition partition : partitions) {
        assigned.remove(partition);
        reading.remove(partition);
        KafkaFeed feed = feeds.remove(partition);
        if (feed != null) {
          ending.add(feed);
        }
      }
      take(ending, patience);
      if (!partitions.isEmpty()) {
        LOG.info("Partitions were taken away partitions={}", partitions);
        moved.run();
      }
    }
  }
}
