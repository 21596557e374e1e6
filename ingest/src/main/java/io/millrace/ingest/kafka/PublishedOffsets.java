package io.millrace.ingest.kafka;

import io.millrace.ingest.config.Assignment;
import io.millrace.ingest.config.SourceConfig.KafkaSource;
import io.millrace.ingest.pipeline.Checkpoint.StreamPoint;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.AuthorizationException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Positions as offsets of a consumer group, for lag tools only: nobody here reads them. The watch
/// thread's own.
final class PublishedOffsets {
  private static final Logger LOG = LoggerFactory.getLogger(PublishedOffsets.class);

  private static final long EVERY_NANOS = Duration.ofSeconds(5).toNanos();

  private final String group;
  private final boolean isMember;
  private long nextNanos = System.nanoTime();
  private volatile boolean refused;

  /// @param dataId tells this data folder from others
  PublishedOffsets(KafkaSource source, String dataId) {
    switch (source.assignment()) {
      case Assignment.All(var name) -> {
        group = name.orElse("millrace-" + source.name() + "-" + dataId);
        isMember = false;
      }
      case Assignment.Group(var name, var member) -> {
        group = name;
        isMember = true;
      }
    }
  }

  /// Durable positions of what is read here, now and then.
  void publish(KafkaCluster open, KafkaFeeds feeds, Map<String, StreamPoint> durable) {
    long now = System.nanoTime();
    if (refused || durable.isEmpty() || now - nextNanos < 0) {
      return;
    }
    nextNanos = now + EVERY_NANOS;
    Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
    for (KafkaFeed feed : feeds.all()) {
      StreamPoint point = durable.get(feed.lane().stream());
      if (point != null) {
        offsets.put(feed.partition(), new OffsetAndMetadata(point.next().number()));
      }
    }
    if (offsets.isEmpty()) {
      return;
    }
    if (isMember) {
      // Offsets of a group with members are taken from members only.
      feeds.publish(offsets, (done, fault) -> answered(fault));
    } else {
      KafkaFuture<Void> unused =
          open.publish(group, offsets).whenComplete((done, fault) -> answered(fault));
    }
  }

  private void answered(@Nullable Throwable fault) {
    if (fault instanceof AuthorizationException && !refused) {
      refused = true;
      LOG.warn(
          "Positions are not published for lag tools group={} why={}", group, fault.getMessage());
    }
  }
}
