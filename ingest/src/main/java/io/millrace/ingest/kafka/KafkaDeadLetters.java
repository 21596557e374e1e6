package io.millrace.ingest.kafka;

import io.millrace.ingest.config.SourceConfig.KafkaSource;
import io.millrace.ingest.deadletter.DeadLetter;
import io.millrace.ingest.deadletter.DeadLetters;
import io.millrace.ingest.deadletter.Positions;
import io.millrace.ingest.record.Code;
import io.millrace.ingest.record.RawRecord;
import io.millrace.model.Failure;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.InvalidRecordException;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.InvalidTimestampException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Dead letters in a topic of the source's cluster: key, value, headers and time as they were, the
/// reason in further headers, under Kafka Connect's names and ours. The topic is made if it is
/// absent. What the cluster refuses for good goes to the file store.
///
/// All streams of a source write with one producer. Who finds it failing gives it up; the others
/// find theirs closed then, and try again as after any failure.
public final class KafkaDeadLetters implements DeadLetters {
  private static final Logger LOG = LoggerFactory.getLogger(KafkaDeadLetters.class);

  private static final String CONNECT = "__connect.errors.";
  private static final String OURS = "millrace-dead-";
  private static final String TIMESTAMP = OURS + "timestamp";

  private final KafkaSource source;
  private final String topic;
  private final DeadLetters files;
  private final Cluster cluster;
  private final ReentrantLock lock = new ReentrantLock(); // never held while waiting for an answer
  private @Nullable Producer<byte[], byte[]> producer; // under the lock; its topic was seen
  private boolean closed; // under the lock

  /// Between two looks at how many letters the topic holds.
  private static final long LOOK_NANOS = TimeUnit.SECONDS.toNanos(10);

  private final AtomicBoolean isLooking = new AtomicBoolean();
  private volatile Count inTopic = Count.UNKNOWN;
  private volatile long lookedNanos = System.nanoTime() - LOOK_NANOS;
  private volatile long firstStart = -1; // of the topic, at the first look

  /// What letters need of their cluster to be written.
  interface Cluster {
    /// Returns when the topic is there, or is not ours to make.
    void makeTopic() throws ExecutionException, InterruptedException, TimeoutException;

    Producer<byte[], byte[]> producer();
  }

  /// @param files for what the cluster refuses for good; closed with this
  public KafkaDeadLetters(KafkaSource source, String topic, DeadLetters files) {
    this(source, topic, files, cluster(source, topic));
  }

  KafkaDeadLetters(KafkaSource source, String topic, DeadLetters files, Cluster cluster) {
    this.source = source;
    this.topic = topic;
    this.files = files;
    this.cluster = cluster;
  }

  private static Cluster cluster(KafkaSource source, String topic) {
    return new Cluster() {
      @Override
      public void makeTopic() throws ExecutionException, InterruptedException, TimeoutException {
        KafkaDeadLetters.makeTopic(source, topic);
      }

      @Override
      public Producer<byte[], byte[]> producer() {
        return new KafkaProducer<>(
            KafkaProperties.producer(source, "millrace-" + source.name() + "-dead"));
      }
    };
  }

  @Override
  public void write(List<DeadLetter> letters) throws InterruptedException {
    if (letters.isEmpty()) {
      return;
    }
    try {
      Producer<byte[], byte[]> open = open();
      try {
        files.write(send(open, letters));
      } catch (InterruptException e) {
        throw new InterruptedException();
      } catch (ExecutionException | TimeoutException | KafkaException e) {
        giveUp(open);
        throw e;
      }
    } catch (ExecutionException | TimeoutException | KafkaException e) {
      throw new Failure.Unavailable(
          "The dead-letter topic "
              + topic
              + " takes no records: "
              + (e.getCause() == null ? e : e.getCause()),
          e);
    }
  }

  /// @return those that the cluster refuses for good
  private List<DeadLetter> send(Producer<byte[], byte[]> open, List<DeadLetter> letters)
      throws ExecutionException, InterruptedException, TimeoutException {
    List<Future<RecordMetadata>> sent = new ArrayList<>();
    for (DeadLetter letter : letters) {
      sent.add(send(open, record(letter)));
    }
    List<DeadLetter> refused = new ArrayList<>();
    for (int i = 0; i < sent.size(); i++) {
      try {
        sent.get(i).get(35, TimeUnit.SECONDS);
      } catch (ExecutionException e) {
        if (!isForGood(e.getCause())) {
          throw e;
        }
        LOG.warn(
            "A dead letter goes to the file store id={} why={}",
            letters.get(i).id(),
            String.valueOf(e.getCause()));
        refused.add(letters.get(i));
      }
    }
    return refused;
  }

  private static Future<RecordMetadata> send(
      Producer<byte[], byte[]> open, ProducerRecord<byte[], byte[]> record) {
    try {
      return open.send(record);
    } catch (IllegalStateException closed) {
      throw new KafkaException("Another stream gave the producer up", closed);
    }
  }

  private static boolean isForGood(@Nullable Throwable fault) {
    return fault instanceof RecordTooLargeException
        || fault instanceof AuthorizationException
        || fault instanceof InvalidRecordException // as in a compacted topic without a key
        || fault instanceof InvalidTimestampException;
  }

  private Producer<byte[], byte[]> open()
      throws ExecutionException, InterruptedException, TimeoutException {
    lock.lock();
    try {
      if (producer != null) {
        return producer;
      }
    } finally {
      lock.unlock();
    }
    cluster.makeTopic();
    lock.lock();
    try {
      Producer<byte[], byte[]> open = producer;
      if (open == null) {
        if (closed) {
          throw new KafkaException("The source ends");
        }
        open = cluster.producer();
        producer = open;
      }
      return open;
    } finally {
      lock.unlock();
    }
  }

  private static void makeTopic(KafkaSource source, String topic)
      throws ExecutionException, InterruptedException, TimeoutException {
    Properties properties =
        KafkaProperties.admin(source, "millrace-" + source.name() + "-dead-admin");
    try (Admin admin = Admin.create(properties)) {
      NewTopic wanted =
          new NewTopic(topic, Optional.of(1), Optional.empty())
              .configs(
                  Map.of(
                      "cleanup.policy", "delete",
                      "retention.ms", "" + Duration.ofDays(30).toMillis(),
                      "max.message.bytes", "" + (16 << 20)));
      admin.createTopics(List.of(wanted)).all().get(10, TimeUnit.SECONDS);
      LOG.info("The dead-letter topic was made topic={}", topic);
    } catch (ExecutionException e) {
      if (!(e.getCause() instanceof TopicExistsException)
          && !(e.getCause() instanceof AuthorizationException)) {
        throw e;
      }
    }
  }

  /// Its time is that of writing, from which the topic's retention counts.
  private ProducerRecord<byte[], byte[]> record(DeadLetter letter) {
    RawRecord record = letter.record();
    ProducerRecord<byte[], byte[]> dead = new ProducerRecord<>(topic, record.key(), record.value());
    Headers headers = dead.headers();
    for (RawRecord.Header header : record.headers()) {
      if (!header.name().startsWith(CONNECT) && !header.name().startsWith(OURS)) {
        headers.add(header.name(), header.value());
      }
    }
    Map<String, String> reason = new LinkedHashMap<>();
    reason.put(CONNECT + "topic", letter.topic());
    reason.put(CONNECT + "partition", "" + letter.partition());
    reason.put(CONNECT + "offset", "" + record.number());
    reason.put(CONNECT + "connector.name", "millrace-" + letter.source());
    reason.put(CONNECT + "task.id", "0");
    reason.put(CONNECT + "stage", letter.reason().code().stage());
    reason.put(CONNECT + "class.name", "io.millrace.ingest.record.RecordDecoder");
    reason.put(CONNECT + "exception.class.name", "io.millrace.ingest.BadRecord");
    reason.put(CONNECT + "exception.message", letter.reason().message());
    if (letter.reason().code() == Code.INTERNAL) {
      reason.put(CONNECT + "exception.stacktrace", letter.reason().trace());
    }
    reason.put(OURS + "id", letter.id());
    reason.put(OURS + "code", letter.reason().code().name());
    reason.put(OURS + "pointer", letter.reason().pointer());
    reason.put(OURS + "collection", letter.collection().orElse(""));
    reason.put(OURS + "source", letter.source());
    reason.put(OURS + "epoch", "" + letter.epoch());
    reason.put(OURS + "failed-at", letter.failedAt().toString());
    reason.put(TIMESTAMP, "" + record.timestampMillis());
    reason.put(OURS + "replays", "0");
    reason.forEach((name, value) -> headers.add(name, value.getBytes(StandardCharsets.UTF_8)));
    return dead;
  }

  /// Reads the end of the topic; what went to the file store comes behind.
  @Override
  public List<Kept> kept(int limit) {
    List<Kept> oldestFirst = new ArrayList<>();
    Properties properties =
        KafkaProperties.consumer(source, 64L << 20, "millrace-" + source.name() + "-dead-list");
    properties.put("default.api.timeout.ms", "5000");
    try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(properties)) {
      List<org.apache.kafka.common.PartitionInfo> there = consumer.partitionsFor(topic);
      if (there == null || there.isEmpty()) {
        return files.kept(limit);
      }
      List<TopicPartition> partitions =
          there.stream().map(info -> new TopicPartition(topic, info.partition())).toList();
      Map<TopicPartition, Long> starts = consumer.beginningOffsets(partitions);
      Map<TopicPartition, Long> ends = new HashMap<>(consumer.endOffsets(partitions));
      reaches(sum(starts), sum(ends));
      consumer.assign(partitions);
      for (TopicPartition partition : partitions) {
        long start = starts.getOrDefault(partition, 0L);
        consumer.seek(partition, Math.max(start, ends.getOrDefault(partition, 0L) - limit));
      }
      long deadline = System.nanoTime() + Duration.ofSeconds(10).toNanos();
      while (!ends.isEmpty() && System.nanoTime() - deadline < 0) {
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(200))) {
          oldestFirst.add(kept(record));
        }
        ends.entrySet().removeIf(end -> consumer.position(end.getKey()) >= end.getValue());
      }
    } catch (org.apache.kafka.common.errors.UnknownTopicOrPartitionException none) {
      return files.kept(limit);
    } catch (KafkaException e) {
      throw new Failure.Unavailable("The dead-letter topic " + topic + " cannot be read", e);
    }
    Map<String, Kept> newestFirst = new LinkedHashMap<>();
    for (Kept letter : oldestFirst.reversed()) {
      newestFirst.putIfAbsent(letter.entry().id(), letter);
    }
    files.kept(limit).forEach(letter -> newestFirst.putIfAbsent(letter.entry().id(), letter));
    return newestFirst.values().stream().limit(limit).toList();
  }

  private static Entry entry(ConsumerRecord<byte[], byte[]> record) {
    byte[] value = record.value();
    String id = text(record, OURS + "id");
    return new Entry(
        id,
        text(record, OURS + "code"),
        text(record, OURS + "pointer"),
        text(record, CONNECT + "exception.message"),
        text(record, OURS + "collection"),
        id.substring(id.indexOf(':') + 1),
        text(record, OURS + "failed-at"),
        new Bytes(value == null ? new byte[0] : value));
  }

  private static Kept kept(ConsumerRecord<byte[], byte[]> record) {
    List<RawRecord.Header> headers = new ArrayList<>();
    for (Header header : record.headers()) {
      if (!header.key().startsWith(CONNECT) && !header.key().startsWith(OURS)) {
        headers.add(
            new RawRecord.Header(
                header.key(), header.value() == null ? new byte[0] : header.value()));
      }
    }
    Entry entry = entry(record);
    return new Kept(
        entry,
        new RawRecord(
            Positions.number(entry.position()),
            timestamp(record),
            record.key(),
            record.value(),
            headers),
        text(record, CONNECT + "topic"),
        true);
  }

  /// Of the record that became the letter. Letters of earlier versions have it as their own.
  private static long timestamp(ConsumerRecord<byte[], byte[]> record) {
    String written = text(record, TIMESTAMP);
    return written.isEmpty() ? record.timestamp() : Long.parseLong(written);
  }

  private static String text(ConsumerRecord<byte[], byte[]> record, String name) {
    Header header = record.headers().lastHeader(name);
    return header == null || header.value() == null
        ? ""
        : new String(header.value(), StandardCharsets.UTF_8);
  }

  /// What was found last; a look that is due is begun.
  @Override
  public Count count() {
    if (System.nanoTime() - lookedNanos >= LOOK_NANOS && isLooking.compareAndSet(false, true)) {
      Thread.ofVirtual().name("dead-letters-" + source.name()).start(this::look);
    }
    return inTopic.plus(files.count());
  }

  private void look() {
    Properties properties =
        KafkaProperties.admin(source, "millrace-" + source.name() + "-dead-count");
    try (KafkaCluster cluster = new KafkaCluster(properties)) {
      Set<TopicPartition> partitions = new HashSet<>();
      cluster
          .describe(Set.of(topic))
          .forEach((name, found) -> {
            for (int i = 0; i < found.partitions(); i++) {
              partitions.add(new TopicPartition(name, i));
            }
          });
      reaches(sum(cluster.logStarts(partitions)), sum(cluster.logEnds(partitions)));
    } catch (ExecutionException | TimeoutException | KafkaException e) {
      LOG.debug("The dead-letter topic was not counted topic={}", topic, e);
    } catch (InterruptedException meansStop) {
      Thread.currentThread().interrupt();
    } finally {
      lookedNanos = System.nanoTime();
      isLooking.set(false);
    }
  }

  private static long sum(Map<TopicPartition, Long> offsets) {
    return offsets.values().stream().mapToLong(Long::longValue).sum();
  }

  private void reaches(long start, long end) {
    firstStart = firstStart < 0 ? start : firstStart;
    inTopic = new Count(OptionalLong.of(end - start), Math.max(0, start - firstStart));
  }

  /// The next letter has the topic looked for, and a new producer.
  private void giveUp(Producer<byte[], byte[]> failing) {
    lock.lock();
    try {
      if (producer == failing) {
        producer = null;
      }
    } finally {
      lock.unlock();
    }
    failing.close(Duration.ofMillis(100));
  }

  @Override
  public void close() {
    Producer<byte[], byte[]> open;
    lock.lock();
    try {
      closed = true;
      open = producer;
    } finally {
      lock.unlock();
    }
    if (open != null) {
      giveUp(open);
    }
    files.close();
  }
}
