package io.millrace.ingest.kafka;

import io.millrace.ingest.pipeline.Health;
import io.millrace.ingest.pipeline.SourceState;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Partitions of which nothing comes although their log has more, whatever the cause: a consumer
/// that forgot one, a broker that does not give it. Such a partition is shown and counted, and a
/// new consumer asks for it, at growing intervals for as long as it is silent. The watch thread's
/// own.
///
/// What counts is not time but looks in a row at a cluster that answers: an outage, or a process
/// that stood still, is no silence. Records of open transactions lie behind the end of the log.
final class SilentPartitions {
  private static final Logger LOG = LoggerFactory.getLogger(SilentPartitions.class);

  /// Looks until a silence is long, about one a second. Of more partitions than that each may have
  /// to wait for its turn: then it is one look for each of them.
  static final int PATIENCE = 30;

  /// Until another consumer is tried again, at most: what comes slowly is not broken off for ever.
  private static final int LONGEST = PATIENCE << 5;

  /// Looks after which a partition without a feed is forgotten.
  private static final int LONGEST_GONE = 10 * PATIENCE;

  private static final long BETWEEN_NANOS = Duration.ofMillis(900).toNanos();

  private final String source;
  private final Runnable count;
  private final Predicate<KafkaFeed> asks;
  private final Consumer<KafkaFeed> readAnew;
  private final Function<TopicPartition, String> reader;
  private final Map<TopicPartition, Silence> silences = new HashMap<>();
  private long lookedNanos = System.nanoTime() - BETWEEN_NANOS;

  /// @param position that did not move
  /// @param looks for how many
  /// @param next after so many a new consumer is made
  /// @param gone for how many there is no feed
  private record Silence(long position, int looks, int next, int gone) {}

  /// @param count told of each new consumer
  /// @param asks whether a consumer is there that should ask for the feed's partition
  /// @param readAnew gives the feed's partition to a new consumer, and all others of its reader
  /// @param reader of a partition: those of one get their new consumer at once
  SilentPartitions(
      String source,
      Runnable count,
      Predicate<KafkaFeed> asks,
      Consumer<KafkaFeed> readAnew,
      Function<TopicPartition, String> reader) {
    this.source = source;
    this.count = count;
    this.asks = asks;
    this.readAnew = readAnew;
    this.reader = reader;
  }

  /// @param ends behind the last record that can be read
  void look(
      Collection<KafkaFeed> feeds, Function<TopicPartition, OptionalLong> ends, long nowNanos) {
    if (nowNanos - lookedNanos < BETWEEN_NANOS) {
      return;
    }
    lookedNanos = nowNanos;
    int patience = Math.max(PATIENCE, feeds.size());
    forgetThoseWithout(feeds);
    List<KafkaFeed> due = new ArrayList<>();
    for (KafkaFeed feed : feeds) {
      if (feed.isTaken()) {
        continue; // a new consumer of a group has to get it first
      }
      long at = feed.polled().number();
      long end = ends.apply(feed.partition()).orElse(0);
      Silence last = silences.remove(feed.partition());
      if (end <= at || !asks.test(feed)) {
        feed.silence(Health.RUNNING);
      } else if (last == null || last.position() != at) {
        feed.silence(Health.RUNNING);
        silences.put(feed.partition(), new Silence(at, 0, patience, 0));
      } else {
        Silence now = new Silence(at, last.looks() + 1, last.next(), 0);
        silences.put(feed.partition(), now);
        if (now.looks() >= patience) {
          feed.silence(new Health(SourceState.WAITING, why(now, end)));
        }
        if (now.looks() >= now.next()) {
          due.add(feed);
        }
      }
    }
    due.forEach(feed -> readAnew(feed, ends, patience));
  }

  private static String why(Silence silence, long end) {
    return "Nothing came for %d s from position %d on, though the log reaches to %d"
        .formatted(silence.looks(), silence.position(), end);
  }

  /// A group gives a partition again a little later; one that was deleted never comes back.
  private void forgetThoseWithout(Collection<KafkaFeed> feeds) {
    Set<TopicPartition> there = new HashSet<>();
    feeds.forEach(feed -> there.add(feed.partition()));
    silences.replaceAll((partition, silence) ->
        there.contains(partition)
            ? silence
            : new Silence(silence.position(), silence.looks(), silence.next(), silence.gone() + 1));
    silences.values().removeIf(silence -> silence.gone() > LONGEST_GONE);
  }

  /// The cluster does not answer: who is silent cannot be told.
  void forget() {
    silences.clear();
  }

  private void readAnew(KafkaFeed feed, Function<TopicPartition, OptionalLong> ends, int patience) {
    Silence silence = silences.get(feed.partition());
    if (silence == null || silence.looks() < silence.next()) {
      return; // another one had the reader's consumer renewed
    }
    LOG.warn(
        "A partition is silent, a new consumer asks for it"
            + " source={} partition={} position={} end={} seconds={}",
        source,
        feed.partition(),
        silence.position(),
        ends.apply(feed.partition()).orElse(0),
        silence.looks());
    count.run();
    readAnew.accept(feed);
    int wait = Math.min(silence.looks(), Math.max(LONGEST, patience));
    String renewed = reader.apply(feed.partition());
    silences.replaceAll((partition, other) ->
        reader.apply(partition).equals(renewed)
            ? new Silence(
                other.position(),
                other.looks(),
                Math.max(other.next(), other.looks() + wait),
                other.gone())
            : other);
  }
}
