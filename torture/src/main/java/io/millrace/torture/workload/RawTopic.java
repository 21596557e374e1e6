package io.millrace.torture.workload;

import io.millrace.torture.fault.Pause;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/// A topic whose records are written one by one, and which can be cut off and made anew. Any
/// thread.
public final class RawTopic implements AutoCloseable {
  /// The largest record a source takes, and its frame.
  private static final int MAX_BYTES = (8 << 20) + (1 << 16);

  private final String topic;
  private final int partitions;
  private final String address;
  private final Admin admin;
  private final KafkaProducer<byte[], byte[]> producer;

  /// Makes the topic.
  public RawTopic(String address, String topic, int partitions) {
    this.address = address;
    this.topic = topic;
    this.partitions = partitions;
    this.admin = Admin.create(Map.of("bootstrap.servers", address));
    create();
    producer =
        new KafkaProducer<>(
            Map.of(
                "bootstrap.servers",
                address,
                "linger.ms",
                "5",
                "max.request.size",
                MAX_BYTES,
                // A topic that was made anew is seen soon.
                "metadata.max.age.ms",
                "500"),
            new ByteArraySerializer(),
            new ByteArraySerializer());
  }

  private void create() {
    get(
        admin
            .createTopics(
                List.of(
                    new NewTopic(topic, partitions, (short) 1)
                        .configs(Map.of("max.message.bytes", Integer.toString(MAX_BYTES)))))
            .all());
  }

  /// Another topic of the same name.
  public void makeAnew() {
    get(admin.deleteTopics(List.of(topic)).all());
    while (isThere()) {
      Pause.millis(20);
    }
    create();
  }

  private boolean isThere() {
    try {
      admin.describeTopics(List.of(topic)).allTopicNames().get();
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof UnknownTopicOrPartitionException) {
        return false;
      }
      throw new IllegalStateException("the broker refused", e.getCause());
    }
  }

  /// As retention does it.
  public void deleteBelow(int partition, long offset) {
    get(
        admin
            .deleteRecords(
                Map.of(new TopicPartition(topic, partition), RecordsToDelete.beforeOffset(offset)))
            .all());
  }

  /// @param key empty = none
  /// @param value empty = none
  public Future<RecordMetadata> send(int partition, String key, byte[] value) {
    return producer.send(
        new ProducerRecord<>(
            topic, partition, key.isEmpty() ? null : utf8(key), value.length == 0 ? null : value));
  }

  public Future<RecordMetadata> send(int partition, String value) {
    return send(partition, "", utf8(value));
  }

  /// Acknowledged, with its offset.
  public long sent(Future<RecordMetadata> record) {
    return get(record).offset();
  }

  public void flush() {
    producer.flush();
  }

  /// By stream.
  public Map<String, Long> ends() {
    Map<TopicPartition, OffsetSpec> asked = new HashMap<>();
    for (int partition = 0; partition < partitions; partition++) {
      asked.put(new TopicPartition(topic, partition), OffsetSpec.latest());
    }
    Map<String, Long> ends = new TreeMap<>();
    get(admin.listOffsets(asked).all())
        .forEach((partition, at) ->
            ends.put(partition.topic() + "/" + partition.partition(), at.offset()));
    return ends;
  }

  /// The headers of the records of another topic with one partition; none when it is not there.
  public List<Map<String, String>> headersOf(String other) {
    try (var consumer =
        new KafkaConsumer<>(
            Map.of("bootstrap.servers", address, "max.partition.fetch.bytes", MAX_BYTES),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer())) {
      if (!consumer.listTopics().containsKey(other)) {
        return List.of();
      }
      var partition = new TopicPartition(other, 0);
      consumer.assign(List.of(partition));
      consumer.seekToBeginning(List.of(partition));
      long end = consumer.endOffsets(List.of(partition)).getOrDefault(partition, 0L);
      List<Map<String, String>> all = new ArrayList<>();
      while (consumer.position(partition) < end) {
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(200))) {
          Map<String, String> headers = new TreeMap<>();
          for (Header header : record.headers()) {
            headers.put(header.key(), new String(header.value(), StandardCharsets.UTF_8));
          }
          all.add(headers);
        }
      }
      return all;
    }
  }

  @Override
  public void close() {
    producer.close(Duration.ofSeconds(5));
    admin.close(Duration.ofSeconds(5));
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static <T> T get(KafkaFuture<T> future) {
    return get(future.toCompletionStage().toCompletableFuture());
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
