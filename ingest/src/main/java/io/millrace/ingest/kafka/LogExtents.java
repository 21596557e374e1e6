package io.millrace.ingest.kafka;

import io.millrace.ingest.pipeline.SourceStatus.StreamStatus;
import java.util.Collection;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// From where to where the logs of partitions reach, looked at once a second, and what follows for
/// their lag. The watch thread measures, anybody may ask.
final class LogExtents {
  private static final Logger LOG = LoggerFactory.getLogger(LogExtents.class);

  /// @param end behind the last record that read_committed shows
  /// @param open records behind the end, of transactions that are not ended
  private record Extent(long start, long end, long open) {}

  private final Map<TopicPartition, Extent> extents = new ConcurrentHashMap<>();

  /// Partitions that were warned of; watch thread only.
  private final Set<TopicPartition> warned = new HashSet<>();

  /// @param topics that are there
  void measure(KafkaCluster open, Collection<KafkaFeed> feeds, Set<String> topics)
      throws ExecutionException, InterruptedException, TimeoutException {
    Set<TopicPartition> there = new HashSet<>();
    feeds.forEach(feed -> there.add(feed.partition()));
    there.removeIf(partition -> !topics.contains(partition.topic()));
    Map<TopicPartition, Long> starts = open.logStarts(there);
    Map<TopicPartition, Long> ends = open.logEnds(there);
    // Asked after the ends, so it is never below them.
    Map<TopicPartition, Long> uncommitted = open.uncommittedEnds(there);
    ends.forEach((partition, end) -> {
      long start = starts.getOrDefault(partition, 0L);
      long behind = uncommitted.getOrDefault(partition, end) - end;
      extents.put(partition, new Extent(start, end, Math.max(0, behind)));
    });
    feeds.forEach(this::warnOfRetention);
  }

  /// Behind the last record that read_committed shows, at the last look. Safe to call from any
  /// thread.
  OptionalLong end(TopicPartition partition) {
    Extent log = extents.get(partition);
    return log == null ? OptionalLong.empty() : OptionalLong.of(log.end());
  }

  /// A log of which less than a fifth is left between its start and a position that lags.
  private void warnOfRetention(KafkaFeed feed) {
    Extent log = extents.get(feed.partition());
    if (log == null) {
      return;
    }
    long next = feed.lane().done().mark().number();
    long headroom = next - log.start();
    boolean isNear = log.start() > 0 && next < log.end() && headroom * 5 < log.end() - log.start();
    if (!isNear) {
      warned.remove(feed.partition());
    } else if (warned.add(feed.partition())) {
      LOG.warn(
          "Retention comes close to a position partition={} headroom={} lag={}",
          feed.partition(),
          headroom,
          log.end() - next);
    }
  }

  /// @param reader who reads it
  StreamStatus status(KafkaFeed feed, String reader) {
    Optional<Extent> log = Optional.ofNullable(extents.get(feed.partition()));
    long next = feed.lane().done().mark().number();
    return new StreamStatus(
        feed.lane().stream(),
        feed.health(),
        next,
        log.map(extent -> OptionalLong.of(extent.end())).orElse(OptionalLong.empty()),
        log.map(extent -> OptionalLong.of(next - extent.start())).orElse(OptionalLong.empty()),
        log.map(extent -> OptionalLong.of(extent.open())).orElse(OptionalLong.empty()),
        feed.oldestMillis(),
        feed.lane().lastBad(),
        Optional.of(reader));
  }
}
