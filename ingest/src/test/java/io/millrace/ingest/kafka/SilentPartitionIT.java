package io.millrace.ingest.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.ingest.Eventually;
import io.millrace.ingest.FakeEpochs;
import io.millrace.ingest.config.Assignment;
import io.millrace.ingest.config.SourceConfig.KafkaSource;
import io.millrace.ingest.pipeline.CheckpointFile;
import io.millrace.ingest.pipeline.MemoryBudget;
import io.millrace.ingest.pipeline.SourceState;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Sources whose consumers forget a partition: one that reads all of them, and one of a group.
@Timeout(180)
class SilentPartitionIT {
  private static final Duration SOON = Duration.ofSeconds(90);

  @TempDir Path folder;

  @Test
  void a_partition_that_its_consumer_forgot_is_told_of_and_read_by_another_consumer()
      throws Exception {
    Assumptions.assumeTrue(
        KafkaBroker.reasonToSkip().isEmpty(), () -> KafkaBroker.reasonToSkip().orElse(""));
    try (KafkaBroker broker = new KafkaBroker(folder.resolve("kafka")).start();
        KafkaProducer<String, String> open = broker.producer(Optional.of("tx"))) {
      broker.createTopic("t", 3);
      broker.send("t", 0, null, "a");
      broker.send("t", 0, null, "b");
      broker.send("t", 1, null, "c");
      open.initTransactions();
      open.beginTransaction();
      open.send(new ProducerRecord<>("t", 2, null, "nobody reads it yet"));
      open.flush();
      KafkaSource byHand = new OneSource(broker.bootstrap(), "t").source();
      var group = new Assignment.Group("group", Optional.empty());
      try (var all = new Reading(byHand, folder.resolve("all"));
          var member = new Reading(byHand.withAssignment(group), folder.resolve("member"))) {
        for (Reading one : List.of(all, member)) {
          Eventually.equal(Map.of("t/0", 0L, "t/1", 1L, "t/2", 0L), SOON, one::next);
        }
        Eventually.equal(
            List.of("t/0: Nothing came for 30 s from position 0 on, though the log reaches to 2"),
            SOON,
            all::waiting);
        for (Reading one : List.of(all, member)) {
          Eventually.equal(Map.of("t/0", 2L, "t/1", 1L, "t/2", 0L), SOON, one::next);
          Eventually.equal(List.of(), SOON, one::waiting);
          assertThat(one.made).hasValue(2);
          assertThat(one.orders.run().counts().silences()).isEqualTo(1);
        }
      } finally {
        open.abortTransaction();
      }
    }
  }

  /// A source whose first consumer forgets partition 0.
  private static final class Reading implements AutoCloseable {
    private final AtomicInteger made = new AtomicInteger();
    private final OneSource orders;
    private final KafkaIntake intake;

    Reading(KafkaSource source, Path data) {
      orders = new OneSource(source);
      intake =
          new KafkaIntake(
              source,
              orders.run(),
              new FakeEpochs(),
              new CheckpointFile(data, "orders"),
              new MemoryBudget(64 << 20),
              "test",
              OneSource::passOver,
              properties ->
                  made.getAndIncrement() == 0
                      ? new Forgetting(properties, new TopicPartition("t", 0))
                      : new KafkaConsumer<>(properties));
      intake.start();
    }

    List<String> waiting() {
      return intake.status().streams().stream()
          .filter(stream -> stream.health().state() == SourceState.WAITING)
          .map(stream -> stream.stream() + ": " + stream.health().why())
          .toList();
    }

    Map<String, Long> next() {
      Map<String, Long> next = new TreeMap<>();
      intake.status().streams().forEach(stream -> next.put(stream.stream(), stream.next()));
      return next;
    }

    @Override
    public void close() {
      intake.stop();
    }
  }

  /// Never gives anything of one partition, and does not say so.
  private static final class Forgetting extends KafkaConsumer<byte[], byte[]> {
    private final TopicPartition forgotten;

    Forgetting(Properties properties, TopicPartition forgotten) {
      super(properties);
      this.forgotten = forgotten;
    }

    @Override
    public ConsumerRecords<byte[], byte[]> poll(Duration patience) {
      if (assignment().contains(forgotten)) {
        pause(List.of(forgotten));
      }
      return super.poll(patience);
    }
  }
}
