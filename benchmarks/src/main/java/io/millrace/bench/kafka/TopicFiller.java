package io.millrace.bench.kafka;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;

/// Makes topics and sends records to them; a record is keyed by its id.
final class TopicFiller implements AutoCloseable {
  private final Admin admin;
  private final KafkaProducer<byte[], byte[]> producer;
  private final AtomicReference<@Nullable Exception> refused = new AtomicReference<>();

  TopicFiller(String bootstrap) {
    admin = Admin.create(Map.of(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrap));
    producer =
        new KafkaProducer<>(
            Map.of(
                ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
                bootstrap,
                ProducerConfig.BATCH_SIZE_CONFIG,
                256 << 10,
                // Without numbers in the batches: a first batch that meets a topic without a leader
                // leaves the later ones out of order for good. A record sent twice is one point.
                ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG,
                false,
                ProducerConfig.MAX_BLOCK_MS_CONFIG,
                20_000),
            new ByteArraySerializer(),
            new ByteArraySerializer());
  }

  void create(String topic, int partitions) throws InterruptedException {
    try {
      admin.createTopics(List.of(new NewTopic(topic, partitions, (short) 1))).all().get();
    } catch (ExecutionException e) {
      throw new KafkaException("the topic " + topic + " could not be made", e.getCause());
    }
  }

  /// Returns before the record is acknowledged; see [#flush].
  void send(String topic, int id, byte[] value) {
    producer.send(
        new ProducerRecord<>(topic, Integer.toString(id).getBytes(StandardCharsets.UTF_8), value),
        (done, failure) -> {
          if (failure != null) {
            refused.compareAndSet(null, failure);
          }
        });
  }

  /// Returns when all records are acknowledged.
  void flush() {
    producer.flush();
    Exception failure = refused.get();
    if (failure != null) {
      throw new KafkaException("a record was not taken: " + failure, failure);
    }
  }

  @Override
  public void close() {
    producer.close();
    admin.close();
  }
}
