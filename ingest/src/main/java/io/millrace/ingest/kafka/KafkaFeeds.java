package io.millrace.ingest.kafka;

import io.millrace.ingest.config.Assignment;
import io.millrace.ingest.config.SourceConfig.KafkaSource;
import io.millrace.ingest.pipeline.Health;
import io.millrace.ingest.pipeline.MemoryBudget;
import io.millrace.ingest.pipeline.SourceRun;
import io.millrace.ingest.pipeline.SourceState;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.CooperativeStickyAssignor;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.consumer.OffsetCommitCallback;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The partitions that are being read, and the poll threads that read them. The watch thread adds
/// and removes; anybody may look.
final class KafkaFeeds {
  private static final Logger LOG = LoggerFactory.getLogger(KafkaFeeds.class);

  private final String source;
  private final Map<TopicPartition, KafkaFeed> feeds = new ConcurrentHashMap<>();
  private final LinkedBlockingQueue<KafkaFeed> truncated = new LinkedBlockingQueue<>();
  private final List<KafkaPoller> pollers = new ArrayList<>();
  private final List<ByGroup> groups = new ArrayList<>(); // one per poller, none without a group

  /// @param moved told when a group gave or took partitions
  /// @param consumers makes a consumer by its properties
  KafkaFeeds(
      KafkaSource source,
      SourceRun run,
      MemoryBudget budget,
      Runnable moved,
      Function<Properties, Consumer<byte[], byte[]>> consumers) {
    this.source = source.name();
    for (int i = 0; i < source.consumers(); i++) {
      int number = i;
      Assigning assigning =
          switch (source.assignment()) {
            case Assignment.All ignored -> new ByHand();
            case Assignment.Group ignored -> {
              var group = new ByGroup(moved, run.counts()::addRebalance);
              groups.add(group);
              yield group;
            }
          };
      pollers.add(
          new KafkaPoller(
              "kafka-" + source.name() + "-poll-" + i,
              () -> consumers.apply(properties(source, budget, number)),
              assigning,
              run.meters().pollSeconds(),
              (feed, at) -> truncated.add(feed)));
    }
  }

  private static Properties properties(KafkaSource source, MemoryBudget budget, int number) {
    Properties all =
        KafkaProperties.consumer(
            source, budget.limit(), "millrace-" + source.name() + "-" + number);
    if (source.assignment() instanceof Assignment.Group(String name, Optional<String> member)) {
      all.put(ConsumerConfig.GROUP_ID_CONFIG, name);
      // Each keeps what it has, and the others go on meanwhile.
      all.put(
          ConsumerConfig.PARTITION_ASSIGNMENT_STRATEGY_CONFIG,
          CooperativeStickyAssignor.class.getName());
      member.ifPresent(id ->
          all.put(
              ConsumerConfig.GROUP_INSTANCE_ID_CONFIG,
              source.consumers() == 1 ? id : id + "-" + number));
    }
    return all;
  }

  void start() {
    pollers.forEach(KafkaPoller::start);
  }

  void stop() {
    pollers.forEach(KafkaPoller::stop);
  }

  /// The worst of the poll threads. Safe to call from any thread.
  Health health() {
    Health worst = Health.RUNNING;
    for (KafkaPoller poller : pollers) {
      worst = worst.worse(poller.health());
    }
    return worst;
  }

  /// Safe to call from any thread.
  Collection<KafkaFeed> all() {
    return List.copyOf(feeds.values());
  }

  /// Safe to call from any thread.
  boolean has(TopicPartition partition) {
    return feeds.containsKey(partition);
  }

  /// Topics whose partitions a group shall give.
  void want(Set<String> topics) {
    for (int i = 0; i < groups.size(); i++) {
      if (groups.get(i).wants(topics)) {
        pollers.get(i).reassign();
      }
    }
  }

  /// Whether a partition is read by this server. Safe to call from any thread.
  boolean isOurs(TopicPartition partition) {
    return groups.isEmpty() || pollers.stream().anyMatch(poller -> poller.has(partition));
  }

  private KafkaPoller poller(TopicPartition partition) {
    for (KafkaPoller poller : pollers) {
      if (!groups.isEmpty() && poller.has(partition)) {
        return poller;
      }
    }
    return pollers.get(Math.floorMod(partition.hashCode(), pollers.size()));
  }

  /// `consumer 0`, …: which poll thread reads it. Safe to call from any thread.
  String reader(TopicPartition partition) {
    return "consumer " + pollers.indexOf(poller(partition));
  }

  void open(KafkaFeed feed) {
    feeds.put(feed.partition(), feed);
    feed.start();
    poller(feed.partition()).add(feed);
  }

  /// Whether a consumer that works should ask for the feed's partition.
  boolean asks(KafkaFeed feed) {
    return feed.isAsking() && poller(feed.partition()).health().state() == SourceState.RUNNING;
  }

  /// A new consumer reads the feed's partition, and the others of its poll thread.
  void readAnew(KafkaFeed feed) {
    poller(feed.partition()).renew(feed);
  }

  void forget(KafkaFeed feed) {
    feeds.remove(feed.partition(), feed);
  }

  /// Nothing is read or submitted any more when this returns, what is submitted is durable. The
  /// feeds stay to be looked at.
  void close(Collection<KafkaFeed> closing) {
    List<CompletableFuture<Void>> removed = new ArrayList<>();
    for (KafkaFeed feed : closing) {
      pollers.forEach(poller -> removed.add(poller.remove(feed)));
      feed.beginClose();
    }
    try {
      CompletableFuture.allOf(removed.toArray(CompletableFuture[]::new)).get(2, TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException e) {
      LOG.warn("A poll thread is slow to let go source={}", source);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    for (KafkaFeed feed : closing) {
      feed.awaitClosed(Duration.ofSeconds(3));
    }
  }

  /// The same, and the feeds are remembered as far as they are, and forgotten.
  void end(Collection<KafkaFeed> ending, KafkaLife life) {
    close(ending);
    for (KafkaFeed feed : ending) {
      life.remember(feed);
      forget(feed);
    }
  }

  /// Feeds whose position is out of the range of their log, since the last call.
  List<KafkaFeed> truncated() {
    List<KafkaFeed> all = new ArrayList<>();
    truncated.drainTo(all);
    all.removeIf(feed -> feeds.get(feed.partition()) != feed);
    return all;
  }

  /// They are told again.
  void putBack(List<KafkaFeed> again) {
    truncated.addAll(again);
  }

  /// Commits positions to the group whose members the poll threads are.
  void publish(Map<TopicPartition, OffsetAndMetadata> offsets, OffsetCommitCallback answer) {
    pollers.forEach(poller -> poller.publish(offsets, answer));
  }
}
