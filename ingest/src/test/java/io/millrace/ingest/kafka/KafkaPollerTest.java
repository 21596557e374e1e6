package io.millrace.ingest.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.ingest.Eventually;
import io.millrace.ingest.pipeline.Health;
import io.millrace.ingest.pipeline.MemoryBudget;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// What a poll thread does with consumers that fail, or forget.
@Timeout(60)
class KafkaPollerTest {
  private static final Duration SOON = Duration.ofSeconds(20);
  private static final TopicPartition P0 = new TopicPartition("t", 0);
  private static final TopicPartition P1 = new TopicPartition("t", 1);

  private final OneSource orders = new OneSource("127.0.0.1:1", "t");
  private final MemoryBudget budget = new MemoryBudget(4_000);
  private final List<MockConsumer<byte[], byte[]>> consumers = new CopyOnWriteArrayList<>();
  private final List<KafkaFeed> truncated = new CopyOnWriteArrayList<>();
  private final KafkaPoller poller =
      new KafkaPoller(
          "poll",
          () -> {
            consumers.add(consumer());
            return consumers.getLast();
          },
          new ByHand(),
          orders.run().meters().pollSeconds(),
          (feed, at) -> truncated.add(feed));

  @BeforeEach
  void start() {
    poller.start();
  }

  @AfterEach
  void stop() {
    poller.stop();
  }

  @Test
  void a_new_consumer_reads_on_where_the_old_one_forgot_a_partition() {
    KafkaFeed feed = feed(P0, OneSource::passOver);
    Eventually.equal(1, SOON, consumers::size);
    MockConsumer<byte[], byte[]> deaf = consumers.getFirst();
    deaf.schedulePollTask(() -> deaf.addRecord(record(P0, 0, 10)));
    Eventually.equal(1L, SOON, () -> feed.polled().number());
    deaf.schedulePollTask(() -> deaf.pause(List.of(P0)));
    Eventually.equal(Set.of(P0), SOON, deaf::paused);

    poller.renew(feed);

    Eventually.equal(2, SOON, consumers::size);
    assertThat(deaf.closed()).isTrue();
    MockConsumer<byte[], byte[]> next = consumers.getLast();
    next.schedulePollTask(() -> next.addRecord(record(P0, 1, 10)));
    Eventually.equal(2L, SOON, () -> feed.polled().number());
  }

  @Test
  void a_partition_that_waited_for_room_asks_again_with_the_next_consumer() {
    CountDownLatch room = new CountDownLatch(1);
    KafkaFeed feed =
        feed(
            P0,
            delivery -> {
              room.await();
              OneSource.passOver(delivery);
            });
    Eventually.equal(1, SOON, consumers::size);
    MockConsumer<byte[], byte[]> first = consumers.getFirst();
    first.schedulePollTask(() -> first.addRecord(record(P0, 0, 2_000)));
    Eventually.equal(false, SOON, feed::isAsking);

    // There is room just when this consumer fails.
    first.schedulePollTask(() -> {
      room.countDown();
      Eventually.equal(0L, SOON, feed::heldBytes);
      first.setPollException(new KafkaException("gone"));
    });
    Eventually.equal(2, SOON, consumers::size);

    Eventually.equal(true, SOON, feed::isAsking);
    assertThat(feed.health()).isEqualTo(Health.RUNNING);
  }

  @Test
  void a_partition_out_of_its_log_is_left_out_and_the_others_go_on() {
    KafkaFeed out = feed(P0, OneSource::passOver);
    KafkaFeed well = feed(P1, OneSource::passOver);
    Eventually.equal(1, SOON, consumers::size);
    MockConsumer<byte[], byte[]> only = consumers.getFirst();
    Eventually.equal(2, SOON, () -> only.assignment().size());

    only.setPollException(new OffsetOutOfRangeException(Map.of(P0, 0L)));
    Eventually.equal(List.of(out), SOON, () -> List.copyOf(truncated));
    Eventually.equal(1, SOON, () -> only.assignment().size());
    only.schedulePollTask(() -> only.addRecord(record(P1, 0, 10)));

    Eventually.equal(1L, SOON, () -> well.polled().number());
    assertThat(consumers).hasSize(1);
  }

  @Test
  void a_partition_that_the_poll_thread_itself_forgot_is_read_by_the_new_consumer() {
    KafkaFeed feed = feed(P0, OneSource::passOver);
    Eventually.equal(1, SOON, consumers::size);
    consumers.getFirst().setPollException(new OffsetOutOfRangeException(Map.of(P0, 0L)));
    Eventually.equal(1, SOON, truncated::size);

    poller.renew(feed);

    Eventually.equal(2, SOON, consumers::size);
    MockConsumer<byte[], byte[]> next = consumers.getLast();
    next.schedulePollTask(() -> next.addRecord(record(P0, 0, 10)));
    Eventually.equal(1L, SOON, () -> feed.polled().number());
  }

  @Test
  void a_consumer_that_cannot_leave_a_partition_out_is_replaced() {
    failsToAssign = 1;
    KafkaFeed well = feed(P1, OneSource::passOver);
    feed(P0, OneSource::passOver);
    Eventually.equal(1, SOON, consumers::size);
    MockConsumer<byte[], byte[]> first = consumers.getFirst();
    Eventually.equal(2, SOON, () -> first.assignment().size());

    first.setPollException(new OffsetOutOfRangeException(Map.of(P0, 0L)));

    Eventually.equal(2, SOON, consumers::size);
    MockConsumer<byte[], byte[]> next = consumers.getLast();
    next.schedulePollTask(() -> next.addRecord(record(P1, 0, 10)));
    Eventually.equal(1L, SOON, () -> well.polled().number());
  }

  /// Consumers that fail when a partition shall be left out.
  private int failsToAssign;

  private MockConsumer<byte[], byte[]> consumer() {
    boolean fails = failsToAssign-- > 0;
    MockConsumer<byte[], byte[]> made =
        new MockConsumer<>("none") {
          @Override
          public synchronized void assign(java.util.Collection<TopicPartition> partitions) {
            if (fails && partitions.size() < assignment().size()) {
              throw new KafkaException("cannot assign");
            }
            super.assign(partitions);
          }
        };
    made.updateBeginningOffsets(Map.of(P0, 0L, P1, 0L));
    return made;
  }

  private KafkaFeed feed(TopicPartition partition, io.millrace.ingest.pipeline.Intake.Route route) {
    KafkaFeed feed = orders.feed(partition, budget, route);
    feed.start();
    poller.add(feed);
    return feed;
  }

  private static ConsumerRecord<byte[], byte[]> record(
      TopicPartition partition, long offset, int bytes) {
    return new ConsumerRecord<>(
        partition.topic(), partition.partition(), offset, new byte[0], new byte[bytes]);
  }
}
