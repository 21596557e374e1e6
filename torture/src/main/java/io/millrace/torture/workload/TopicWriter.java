package io.millrace.torture.workload;

import io.millrace.torture.history.Event;
import io.millrace.torture.workload.Streams.Next;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/// Writes streams into the partitions of a topic and notes at which offset every record lies. One
/// thread.
public final class TopicWriter implements AutoCloseable {
  private static final int WINDOW = 50;

  private final String source;
  private final String topic;
  private final int partitions;
  private final Streams streams;
  private final Consumer<Event.Logged> notes;
  private final List<Sent> open = new ArrayList<>(); // of a transaction that is not ended
  private final Draw draw;
  private final String address;
  private final KafkaProducer<byte[], byte[]> producer;

  private record Sent(int partition, Next next, Future<RecordMetadata> metadata) {}

  /// Makes the topic.
  public TopicWriter(
      String address,
      String source,
      String topic,
      int partitions,
      Streams streams,
      Consumer<Event.Logged> notes,
      Draw draw) {
    this(address, source, topic, partitions, streams, notes, draw, Map.of());
  }

  /// @param notes told of every record that counts, in the order of its partition
  /// @param settings of the producer
  public TopicWriter(
      String address,
      String source,
      String topic,
      int partitions,
      Streams streams,
      Consumer<Event.Logged> notes,
      Draw draw,
      Map<String, Object> settings) {
    this.address = address;
    this.source = source;
    this.topic = topic;
    this.partitions = partitions;
    this.streams = streams;
    this.notes = notes;
    this.draw = draw;
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", address))) {
      get(admin.createTopics(List.of(new NewTopic(topic, partitions, (short) 1))).all());
    }
    Map<String, Object> all = new HashMap<>(settings);
    all.put("bootstrap.servers", address);
    all.put("acks", "all");
    all.put("linger.ms", "2");
    producer = new KafkaProducer<>(all, new ByteArraySerializer(), new ByteArraySerializer());
    if (settings.containsKey("transactional.id")) {
      producer.initTransactions();
    }
  }

  /// A few records to partitions of any order, acknowledged when this returns.
  public void writeSome() {
    List<Sent> sent = new ArrayList<>();
    for (int i = draw.between(1, WINDOW); i > 0; i--) {
      int partition = draw.below(partitions);
      sent.add(send(partition, streams.next(partition)));
    }
    note(sent);
  }

  /// A few records in one transaction; those of an aborted one count for nothing.
  public void writeTransaction(boolean commit) {
    openTransaction();
    if (commit) {
      producer.commitTransaction();
      note(open);
    } else {
      producer.abortTransaction();
    }
    open.clear();
  }

  /// Begins a transaction whose records lie in the topic when this returns.
  public void openTransaction() {
    producer.beginTransaction();
    for (int i = draw.between(1, WINDOW); i > 0; i--) {
      int partition = draw.below(partitions);
      open.add(send(partition, streams.next(partition)));
    }
    producer.flush();
  }

  /// Ends [#openTransaction]: its records count for nothing.
  public void abort() {
    producer.abortTransaction();
    open.clear();
  }

  /// [#writeMarks] in a transaction of their own.
  public void commitMarks(int round) {
    producer.beginTransaction();
    List<Sent> sent = sendMarks(round);
    producer.commitTransaction();
    note(sent);
  }

  /// The marks of a round at the end of every partition.
  public void writeMarks(int round) {
    note(sendMarks(round));
  }

  private List<Sent> sendMarks(int round) {
    List<Sent> sent = new ArrayList<>();
    for (int partition = 0; partition < partitions; partition++) {
      for (Next mark : streams.marks(partition, round)) {
        sent.add(send(partition, mark));
      }
    }
    return sent;
  }

  /// Where the partitions end, by `topic/partition`.
  public Map<String, Long> ends() {
    try (var consumer = consumer()) {
      List<TopicPartition> all = new ArrayList<>();
      for (int partition = 0; partition < partitions; partition++) {
        all.add(new TopicPartition(topic, partition));
      }
      Map<String, Long> ends = new TreeMap<>();
      consumer.endOffsets(all).forEach((p, end) -> ends.put(p.topic() + "/" + p.partition(), end));
      return ends;
    }
  }

  /// How many different records lie in the dead-letter topic; a letter may be there more than once.
  public long deadLetters() {
    String dead = "millrace-dead-" + source;
    try (var consumer = consumer()) {
      if (!consumer.listTopics().containsKey(dead)) {
        return 0;
      }
      var partition = new TopicPartition(dead, 0);
      consumer.assign(List.of(partition));
      consumer.seekToBeginning(List.of(partition));
      long end = consumer.endOffsets(List.of(partition)).getOrDefault(partition, 0L);
      Set<String> ids = new HashSet<>();
      while (consumer.position(partition) < end) {
        for (ConsumerRecord<byte[], byte[]> letter : consumer.poll(Duration.ofMillis(200))) {
          Header id = letter.headers().lastHeader("millrace-dead-id");
          ids.add(
              id == null
                  ? "without id at " + letter.offset()
                  : new String(id.value(), StandardCharsets.UTF_8));
        }
      }
      return ids.size();
    }
  }

  @Override
  public void close() {
    producer.close(Duration.ofSeconds(5));
  }

  private Sent send(int partition, Next next) {
    Wire wire =
        next.change()
            .map(change -> Wire.record(draw, next.collection(), change))
            .orElseGet(() -> Wire.bad(draw, next.collection()));
    var record =
        new ProducerRecord<>(
            topic,
            partition,
            wire.key().map(TopicWriter::utf8).orElse(null),
            wire.value().map(TopicWriter::utf8).orElse(null));
    wire.headers().forEach((name, value) -> record.headers().add(name, utf8(value)));
    return new Sent(partition, next, producer.send(record));
  }

  private void note(List<Sent> sent) {
    for (Sent one : sent) {
      notes.accept(
          new Event.Logged(
              one.next().collection(),
              source + "/" + topic + "/" + one.partition(),
              get(one.metadata()).offset(),
              one.next().change()));
    }
  }

  private KafkaConsumer<byte[], byte[]> consumer() {
    return new KafkaConsumer<>(
        Map.of("bootstrap.servers", address),
        new ByteArrayDeserializer(),
        new ByteArrayDeserializer());
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static <T> T get(Future<T> future) {
    try {
      return future.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    } catch (ExecutionException e) {
      throw new IllegalStateException("the broker refused", e.getCause());
    }
  }
}
