package io.millrace.ingest.kafka;

import static io.millrace.ingest.kafka.SilentPartitions.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.ingest.pipeline.Chunk;
import io.millrace.ingest.pipeline.Health;
import io.millrace.ingest.pipeline.Mark;
import io.millrace.ingest.pipeline.MemoryBudget;
import io.millrace.ingest.pipeline.SourceState;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

/// When a partition counts as silent, and what happens then; the looks are those of a watch thread.
class SilentPartitionsTest {
  private final OneSource orders = new OneSource("127.0.0.1:1", "t");
  private final List<KafkaFeed> all = new ArrayList<>(List.of(feed(0), feed(1)));
  private final KafkaFeed other = all.getLast();
  private KafkaFeed feed = all.getFirst();
  private final AtomicInteger counted = new AtomicInteger();
  private final List<KafkaFeed> anew = new ArrayList<>();
  private final SilentPartitions silent =
      new SilentPartitions(
          "orders",
          counted::incrementAndGet,
          KafkaFeed::isAsking,
          anew::add,
          partition -> partition.partition() == 2 ? "consumer 1" : "consumer 0");

  private long now = System.nanoTime();
  private long end = 10;

  /// Partitions of which there is more.
  private final Set<Integer> ending = new HashSet<>(Set.of(0));

  @Test
  void a_partition_that_gives_nothing_is_shown_and_read_by_a_new_consumer() {
    looks(PATIENCE);
    assertThat(anew).isEmpty();
    assertThat(feed.health()).isEqualTo(Health.RUNNING);

    looks(1);

    assertThat(anew).containsExactly(feed);
    assertThat(counted).hasValue(1);
    assertThat(feed.health().state()).isEqualTo(SourceState.WAITING);
    assertThat(feed.health().why())
        .isEqualTo("Nothing came for 30 s from position 0 on, though the log reaches to 10");
    assertThat(other.health()).isEqualTo(Health.RUNNING);
  }

  @Test
  void a_new_consumer_is_tried_again_later_and_later() {
    looks(PATIENCE + 1);
    looks(PATIENCE - 1);
    assertThat(anew).hasSize(1);
    assertThat(feed.health().why()).contains("for 59 s");
    looks(1);
    assertThat(anew).hasSize(2);
    looks(2 * PATIENCE - 1);
    assertThat(anew).hasSize(2);
    looks(1);

    assertThat(anew).hasSize(3);
    assertThat(counted).hasValue(3);
  }

  @Test
  void a_group_that_gives_the_partition_anew_does_not_hasten_the_next_consumer() {
    looks(PATIENCE + 1);
    feed.takeAway();
    looks(3);
    feed = feed(0);
    all.set(0, feed);
    looks(PATIENCE - 1);

    assertThat(anew).hasSize(1);
    looks(1);
    assertThat(anew).hasSize(2);
    looks(2 * PATIENCE - 1);
    assertThat(anew).hasSize(2);
  }

  @Test
  void silent_partitions_of_one_reader_get_one_new_consumer() {
    KafkaFeed elsewhere = feed(2);
    all.add(elsewhere);
    ending.add(1);
    looks(2);
    ending.add(2);
    looks(PATIENCE + 1);

    assertThat(anew).containsExactly(feed, elsewhere);
    assertThat(counted).hasValue(2);
    assertThat(other.health().state()).isEqualTo(SourceState.WAITING);
    looks(PATIENCE - 2);
    assertThat(anew).hasSize(3);
  }

  @Test
  void one_that_comes_back_after_long_begins_anew() {
    looks(PATIENCE);
    all.remove(feed);
    looks(11 * PATIENCE);
    all.add(feed);
    looks(PATIENCE);

    assertThat(anew).isEmpty();
  }

  @Test
  void it_runs_again_with_its_next_record() {
    looks(PATIENCE + 1);

    feed.offer(new Chunk(List.of(), Mark.offset(1), 0));
    looks(1);
    assertThat(feed.health()).isEqualTo(Health.RUNNING);
    looks(PATIENCE);

    assertThat(anew).as("a new silence").hasSize(2);
    assertThat(counted).hasValue(2);
  }

  @Test
  void one_that_moves_slowly_is_not_silent() {
    end = 100;
    for (int i = 1; i < 10; i++) {
      looks(PATIENCE);
      feed.offer(new Chunk(List.of(), Mark.offset(i), 0));
    }

    assertThat(anew).isEmpty();
  }

  @Test
  void one_of_many_may_wait_for_its_turn() {
    for (int i = 2; i < 2 * PATIENCE; i++) {
      all.add(feed(i));
    }
    looks(2 * PATIENCE);
    assertThat(anew).isEmpty();
    assertThat(feed.health()).isEqualTo(Health.RUNNING);
    looks(1);
    assertThat(anew).containsExactly(feed);
  }

  @Test
  void one_that_is_read_to_its_end_is_not_silent() {
    feed.offer(new Chunk(List.of(), Mark.offset(10), 0));

    looks(3 * PATIENCE);

    assertThat(anew).isEmpty();
  }

  @Test
  void one_that_waits_for_room_is_not_silent() {
    feed.isHeldBack(true);

    looks(3 * PATIENCE);

    assertThat(anew).isEmpty();
    assertThat(counted).hasValue(0);
  }

  @Test
  void one_that_is_closed_is_not_silent() {
    feed.beginClose();

    looks(3 * PATIENCE);

    assertThat(anew).isEmpty();
  }

  @Test
  void time_in_which_the_cluster_does_not_answer_does_not_count() {
    looks(PATIENCE);
    silent.forget();
    now += TimeUnit.HOURS.toNanos(1);
    looks(PATIENCE);

    assertThat(anew).isEmpty();
  }

  @Test
  void looks_in_a_hurry_count_once() {
    for (int i = 0; i < 10 * PATIENCE; i++) {
      now += TimeUnit.MILLISECONDS.toNanos(10);
      look();
    }

    assertThat(anew).isEmpty();
  }

  private KafkaFeed feed(int partition) {
    return orders.feed(
        new TopicPartition("t", partition), new MemoryBudget(1 << 20), OneSource::passOver);
  }

  private void looks(int times) {
    for (int i = 0; i < times; i++) {
      now += TimeUnit.SECONDS.toNanos(1);
      look();
    }
  }

  private void look() {
    silent.look(
        all,
        partition ->
            ending.contains(partition.partition()) ? OptionalLong.of(end) : OptionalLong.empty(),
        now);
  }
}
