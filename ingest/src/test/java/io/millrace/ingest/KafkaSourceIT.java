package io.millrace.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.collection.Collections;
import io.millrace.collection.Searcher;
import io.millrace.collection.StoreSettings;
import io.millrace.ingest.config.Binding;
import io.millrace.ingest.config.SourceConfig.KafkaSource;
import io.millrace.ingest.config.SourceConfig.OnLost;
import io.millrace.ingest.config.SourcesConfig;
import io.millrace.ingest.config.Start;
import io.millrace.ingest.deadletter.DeadLetters;
import io.millrace.ingest.kafka.KafkaBroker;
import io.millrace.ingest.pipeline.Backoff;
import io.millrace.ingest.pipeline.CollectionCreator;
import io.millrace.ingest.pipeline.SourceRun;
import io.millrace.ingest.pipeline.SourceState;
import io.millrace.ingest.pipeline.SourceStatus;
import io.millrace.ingest.pipeline.Targets;
import io.millrace.ingest.record.FilterReader;
import io.millrace.model.CollectionConfig;
import io.millrace.model.Deadline;
import io.millrace.model.Distance;
import io.millrace.model.Fetch;
import io.millrace.model.Filter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Real records from a real broker into real collections.
@Timeout(120)
class KafkaSourceIT {
  private static final Duration SOON = Duration.ofSeconds(30);

  @TempDir static Path brokerFolder;
  private static KafkaBroker broker;

  @TempDir Path data;
  private final FakeEpochs epochs = new FakeEpochs();
  private Collections collections;
  private Sources sources;
  private String topic;

  @BeforeAll
  static void startBroker() throws Exception {
    Assumptions.assumeTrue(
        KafkaBroker.reasonToSkip().isEmpty(), () -> KafkaBroker.reasonToSkip().orElse(""));
    broker = new KafkaBroker(brokerFolder).start();
  }

  @AfterAll
  static void stopBroker() throws Exception {
    if (broker != null) {
      broker.close();
    }
  }

  @BeforeEach
  void open(TestInfo test) {
    collections = Collections.open(data, StoreSettings.defaults());
    topic = test.getTestMethod().orElseThrow().getName().replace('_', '-');
    topic = topic.substring(0, Math.min(40, topic.length()));
  }

  private FilterReader filters = FilterReader.NONE;

  @AfterEach
  void close() {
    if (sources != null) {
      sources.close();
    }
    collections.close();
  }

  @Test
  void records_become_points_tombstones_delete_them_and_bad_ones_are_dead_letters()
      throws Exception {
    broker.createTopic(topic, 1);
    makeCollection("c");
    start(source(Binding.to("c")));

    broker.send(topic, 0, "1", point(1, "a"));
    broker.send(topic, 0, "2", point(2, "b"));
    broker.send(topic, 0, "3", "nonsense", "trace", "t-7");
    broker.send(topic, 0, "1", null);
    broker.send(topic, 0, "4", "{\"id\":4,\"vector\":[1,2,3]}");

    Eventually.equal(Map.of("2", "b"), SOON, () -> points("c"));
    Eventually.equal(0L, SOON, this::lag);
    List<DeadLetters.Entry> letters = sources.deadLetters("orders", 10);
    assertThat(letters)
        .extracting(DeadLetters.Entry::code)
        .containsExactly("VECTOR_DIMENSION", "JSON_SYNTAX");
    assertThat(sources.status("orders").orElseThrow().streams())
        .anyMatch(stream -> stream.lastBad().contains("VECTOR_DIMENSION"));
    DeadLetters.Entry first = letters.getLast();
    assertThat(first.id()).isEqualTo("1:orders/" + topic + "/0@2");
    assertThat(first.value().toString()).isEqualTo("nonsense");
    assertThat(sources.status("orders").orElseThrow().tally().applied()).isEqualTo(3);
  }

  @Test
  void a_fault_of_ours_is_a_dead_letter_with_its_stack_trace() throws Exception {
    broker.createTopic(topic, 1);
    makeCollection("c");
    filters =
        parser -> {
          throw new IllegalStateException("ours");
        };
    start(source(Binding.to("c")));
    assertThat(sources.deadLetterCount("orders").kept()).as("nobody knows yet").isEmpty();
    broker.send(topic, 0, null, "{\"delete\":{\"filter\":{}}}");
    broker.send(topic, 0, null, point(1, "a"));
    Eventually.equal(Map.of("1", "a"), SOON, () -> points("c"));

    Map<String, String> headers = new TreeMap<>();
    try (var consumer =
        new KafkaConsumer<>(
            Map.of("bootstrap.servers", broker.bootstrap()),
            new StringDeserializer(),
            new StringDeserializer())) {
      TopicPartition dead = new TopicPartition("dead-" + topic, 0);
      consumer.assign(List.of(dead));
      consumer.seekToBeginning(List.of(dead));
      consumer
          .poll(SOON)
          .forEach(record ->
              record
                  .headers()
                  .forEach(header ->
                      headers.put(
                          header.key(), new String(header.value(), StandardCharsets.UTF_8))));
    }
    assertThat(headers)
        .containsEntry("millrace-dead-code", "INTERNAL")
        .containsEntry(
            "__connect.errors.exception.message", "java.lang.IllegalStateException: ours");
    assertThat(headers.get("__connect.errors.exception.stacktrace"))
        .startsWith("java.lang.IllegalStateException: ours\n\tat ");
    Eventually.equal(
        new DeadLetters.Count(OptionalLong.of(1), 0),
        SOON,
        () -> sources.deadLetterCount("orders"));
  }

  @Test
  void one_topic_feeds_several_collections() throws Exception {
    broker.createTopic(topic, 2);
    makeCollection("a");
    makeCollection("b");
    start(source(Binding.named(List.of("a", "b"))));

    for (int i = 0; i < 20; i++) {
      String name = i % 2 == 0 ? "a" : "b";
      broker.send(topic, i % 2, null, named(name, i, "v" + i));
    }
    broker.send(topic, 0, null, named("secret", 1, "x"));

    Eventually.equal(10, SOON, () -> points("a").size());
    Eventually.equal(10, SOON, () -> points("b").size());
    Eventually.equal(1, SOON, () -> sources.deadLetters("orders", 10).size());
    assertThat(sources.deadLetters("orders", 10).getFirst().code())
        .isEqualTo("COLLECTION_NOT_ALLOWED");
  }

  @Test
  void after_a_stop_it_goes_on_where_it_was_without_applying_twice() throws Exception {
    broker.createTopic(topic, 3);
    makeCollection("c");
    Map<String, String> expected = new TreeMap<>();
    SplittableRandom random = new SplittableRandom(7);
    start(source(Binding.to("c")));

    for (int round = 0; round < 4; round++) {
      sendRandom(300, random, expected);
      if (round < 3) {
        sources.close(); // in the middle, wherever that is
        collections.close();
        collections = Collections.open(data, StoreSettings.defaults());
        start(source(Binding.to("c")));
      }
    }

    Eventually.equal(expected, SOON, () -> points("c"));
    Eventually.equal(0L, SOON, this::lag);
    long uid = collections.require("c").progress().logged();
    sources.close();
    start(source(Binding.to("c")));
    Eventually.equal(SourceState.RUNNING, SOON, this::state);
    Eventually.equal(3, SOON, () -> sources.status("orders").orElseThrow().streams().size());
    Eventually.equal(0L, SOON, this::lag);
    assertThat(collections.require("c").progress().logged()).isEqualTo(uid);
  }

  @Test
  void a_broker_that_goes_away_is_waited_for() throws Exception {
    broker.createTopic(topic, 1);
    makeCollection("c");
    start(source(Binding.to("c")));
    broker.send(topic, 0, null, point(1, "a"));
    Eventually.equal(Map.of("1", "a"), SOON, () -> points("c"));

    broker.kill();
    try {
      Eventually.equal(SourceState.WAITING, SOON, this::state);
    } finally {
      broker.start();
    }
    broker.send(topic, 0, null, point(2, "b"));

    Eventually.equal(Map.of("1", "a", "2", "b"), SOON, () -> points("c"));
    Eventually.equal(SourceState.RUNNING, SOON, this::state);
    assertThat(sources.deadLetters("orders", 10)).isEmpty();
  }

  @Test
  void a_cluster_that_is_not_there_at_start_is_shown_and_waited_for() {
    makeCollection("c");
    start(
        new SourcesConfig(
            data,
            SourcesConfig.DEFAULT_INGEST_BYTES,
            List.of(
                KafkaSource.of(
                    "orders", "no-such-host.invalid:9092", List.of("t"), List.of(Binding.to("c")))),
            List.of()));

    Eventually.equal(SourceState.WAITING, SOON, this::state);
  }

  @Test
  void aborted_transactions_are_never_seen_and_the_lag_still_ends_at_0() throws Exception {
    broker.createTopic(topic, 1);
    makeCollection("c");
    start(source(Binding.to("c")));
    try (KafkaProducer<String, String> producer = broker.producer(Optional.of(topic))) {
      producer.initTransactions();
      producer.beginTransaction();
      producer.send(new ProducerRecord<>(topic, 0, "1", point(1, "aborted")));
      producer.send(new ProducerRecord<>(topic, 0, "2", point(2, "aborted")));
      producer.flush();
      producer.abortTransaction();
      producer.beginTransaction();
      producer.send(new ProducerRecord<>(topic, 0, "3", point(3, "committed")));
      producer.commitTransaction();
    }

    Eventually.equal(Map.of("3", "committed"), SOON, () -> points("c"));
    Eventually.equal(0L, SOON, this::lag);
    assertThat(sources.status("orders").orElseThrow().streams().getFirst().next()).isEqualTo(5);
    sources.close();
    start(source(Binding.to("c")));
    Eventually.equal(1, SOON, () -> sources.status("orders").orElseThrow().streams().size());
    assertThat(sources.status("orders").orElseThrow().streams().getFirst().next()).isEqualTo(5);
  }

  @Test
  void a_position_that_left_the_log_stops_its_partition_or_begins_a_new_life() throws Exception {
    broker.createTopic(topic, 2);
    makeCollection("c");
    start(source(Binding.to("c")));
    for (int i = 0; i < 3; i++) {
      broker.send(topic, 0, null, point(i, "v" + i));
    }
    Eventually.equal(3, SOON, () -> points("c").size());
    Eventually.equal(0L, SOON, this::lag);
    sources.close();
    for (int i = 3; i < 9; i++) {
      broker.send(topic, 0, null, point(i, "v" + i));
    }
    broker.deleteRecordsBelow(topic, 0, 6);

    start(source(Binding.to("c")));
    Eventually.equal(SourceState.LOG_TRUNCATED, SOON, this::state);
    broker.send(topic, 1, null, point(100, "neighbour"));
    Eventually.equal("neighbour", SOON, () -> points("c").getOrDefault("100", ""));
    SourceStatus.StreamStatus stopped = sources.status("orders").orElseThrow().streams().getFirst();
    assertThat(stopped.health().why()).contains("3 records are lost");
    assertThat(stopped.next()).isEqualTo(3);
    sources.close();

    start(source(Binding.to("c"), one -> one.withLost(OnLost.RESTART, OnLost.STOP)));
    Eventually.equal(7, SOON, () -> points("c").size());
    Eventually.equal(SourceState.RUNNING, SOON, this::state);
    assertThat(epochs.current("orders").orElseThrow()).isEqualTo(2);
    assertThat(points("c").keySet()).containsExactlyInAnyOrder("0", "1", "2", "6", "7", "8", "100");
  }

  @Test
  void a_topic_that_was_made_again_is_noticed_running_and_stopped() throws Exception {
    broker.createTopic(topic, 1);
    makeCollection("c");
    start(source(Binding.to("c")));
    broker.send(topic, 0, null, point(1, "old"));
    Eventually.equal(1, SOON, () -> points("c").size());
    Eventually.equal(0L, SOON, this::lag);

    broker.deleteTopic(topic);
    Eventually.equal(SourceState.WAITING, SOON, this::state);
    broker.createTopic(topic, 1);
    Eventually.equal(SourceState.TOPIC_RECREATED, SOON, this::state);
    for (int i = 10; i < 20; i++) {
      broker.send(topic, 0, null, point(i, "new"));
    }
    sources.close();

    start(source(Binding.to("c")));
    Eventually.equal(SourceState.TOPIC_RECREATED, SOON, this::state);
    assertThat(points("c").keySet()).containsExactly("1");
    sources.close();

    start(source(Binding.to("c"), one -> one.withLost(OnLost.STOP, OnLost.RESTART)));
    Eventually.equal(11, SOON, () -> points("c").size());
    Eventually.equal(SourceState.RUNNING, SOON, this::state);
  }

  @Test
  void a_shorter_topic_made_again_never_looks_like_a_truncated_one() throws Exception {
    broker.createTopic(topic, 1);
    makeCollection("c");
    start(source(Binding.to("c"), one -> one.withLost(OnLost.RESTART, OnLost.STOP)));
    for (int i = 0; i < 20; i++) {
      broker.send(topic, 0, null, point(i, "old"));
    }
    Eventually.equal(20, SOON, () -> points("c").size());
    Eventually.equal(0L, SOON, this::lag);

    broker.deleteTopic(topic);
    Eventually.equal(true, SOON, () -> recreated(topic)); // faster than the next look
    broker.send(topic, 0, null, point(100, "new"));
    Set<SourceState> seen = EnumSet.noneOf(SourceState.class);
    Eventually.equal(
        SourceState.TOPIC_RECREATED,
        SOON,
        () -> {
          seen.add(state());
          return state();
        });
    for (long end = System.nanoTime() + 2_500_000_000L; System.nanoTime() - end < 0; ) {
      seen.add(state()); // two looks more
      LockSupport.parkNanos(1_000_000);
    }

    assertThat(seen).doesNotContain(SourceState.LOG_TRUNCATED);
    assertThat(state()).isEqualTo(SourceState.TOPIC_RECREATED);
    assertThat(epochs.current("orders").orElseThrow()).isEqualTo(1);
    assertThat(points("c")).doesNotContainKey("100");
  }

  private static boolean recreated(String name) {
    try {
      broker.createTopic(name, 1);
      return true;
    } catch (Exception stillThere) {
      return false;
    }
  }

  @Test
  void latest_begins_at_the_end_and_new_partitions_at_their_earliest_record() throws Exception {
    broker.createTopic(topic, 1);
    makeCollection("c");
    broker.send(topic, 0, null, point(1, "before"));
    start(source(Binding.to("c"), one -> one.withStart(new Start.Latest())));
    Eventually.equal(1, SOON, () -> sources.status("orders").orElseThrow().streams().size());
    broker.send(topic, 0, null, point(2, "after"));
    Eventually.equal(Map.of("2", "after"), SOON, () -> points("c"));
    Eventually.equal(0L, SOON, this::lag);
    sources.close();

    try (var admin = broker.admin()) {
      admin
          .createPartitions(
              Map.of(topic, org.apache.kafka.clients.admin.NewPartitions.increaseTo(2)))
          .all()
          .get();
    }
    broker.send(topic, 1, null, point(3, "new partition"));
    start(source(Binding.to("c"), one -> one.withStart(new Start.Latest())));
    Eventually.equal(Map.of("2", "after", "3", "new partition"), SOON, () -> points("c"));
  }

  @Test
  void another_cluster_under_the_same_name_is_noticed(@TempDir Path folder) throws Exception {
    broker.createTopic(topic, 1);
    makeCollection("c");
    start(source(Binding.to("c")));
    broker.send(topic, 0, null, point(1, "a"));
    Eventually.equal(1, SOON, () -> points("c").size());
    Eventually.equal(0L, SOON, this::lag);
    sources.close();

    try (KafkaBroker other = new KafkaBroker(folder).start()) {
      other.createTopic(topic, 1);
      other.send(topic, 0, null, point(2, "of the other cluster"));
      start(
          SourcesConfig.of(
              data,
              KafkaSource.of(
                  "orders", other.bootstrap(), List.of(topic), List.of(Binding.to("c")))));
      Eventually.equal(SourceState.CLUSTER_CHANGED, SOON, this::state);
      assertThat(points("c").keySet()).containsExactly("1");
      sources.close();
    }
  }

  @Test
  void the_offsets_of_another_group_are_taken_over_once() throws Exception {
    broker.createTopic(topic, 2);
    makeCollection("c");
    for (int i = 0; i < 4; i++) {
      broker.send(topic, i % 2, null, point(i, "v" + i));
    }
    try (var admin = broker.admin()) {
      admin
          .alterConsumerGroupOffsets(
              "connect-" + topic,
              Map.of(
                  new org.apache.kafka.common.TopicPartition(topic, 0),
                  new org.apache.kafka.clients.consumer.OffsetAndMetadata(1)))
          .all()
          .get();
    }
    start(source(Binding.to("c"), one -> one.withStart(new Start.Group("connect-" + topic))));

    Eventually.equal(0L, SOON, this::lag);
    assertThat(points("c").keySet()).containsExactly("1", "2", "3");
  }

  @Test
  void a_record_that_is_bad_waits_for_its_dead_letter_while_the_broker_is_away() throws Exception {
    broker.createTopic(topic, 1);
    makeCollection("c");
    start(source(Binding.to("c")));
    sources.pause("orders");
    broker.send(topic, 0, null, "nonsense");
    broker.send(topic, 0, null, point(1, "a"));
    Eventually.equal(2L, SOON, this::lag);
    broker.kill();
    try {
      sources.resume("orders");
      Eventually.equal(
          SourceState.WAITING,
          SOON,
          () -> sources.status("orders").orElseThrow().streams().getFirst().health().state());
      assertThat(sources.status("orders").orElseThrow().streams().getFirst().next()).isZero();
    } finally {
      broker.start();
    }

    Eventually.equal(
        2L,
        Duration.ofSeconds(60),
        () -> sources.status("orders").orElseThrow().streams().getFirst().next());
    assertThat(sources.deadLetters("orders", 10))
        .extracting(DeadLetters.Entry::code)
        .containsExactly("JSON_SYNTAX");
    assertThat(points("c").keySet()).containsExactly("1");
  }

  @Test
  void a_collection_that_was_dropped_and_made_again_gets_the_topic_from_its_start()
      throws Exception {
    broker.createTopic(topic, 1);
    makeCollection("c");
    start(source(Binding.to("c")));
    broker.send(topic, 0, null, point(1, "a"));
    Eventually.equal(1, SOON, () -> points("c").size());

    collections.drop("c");
    makeCollection("c");
    broker.send(topic, 0, null, point(2, "b"));

    Eventually.equal(Map.of("1", "a", "2", "b"), SOON, () -> points("c"));
  }

  @Test
  void pause_holds_records_back_and_lag_shows_them() throws Exception {
    broker.createTopic(topic, 1);
    makeCollection("c");
    start(source(Binding.to("c")));
    broker.send(topic, 0, null, point(1, "a"));
    Eventually.equal(1, SOON, () -> points("c").size());

    sources.pause("orders");
    broker.send(topic, 0, null, point(2, "b"));
    Eventually.equal(1L, SOON, this::lag);
    Eventually.equal(SourceState.PAUSED, SOON, this::state);
    assertThat(points("c")).hasSize(1);
    sources.resume("orders");

    Eventually.equal(2, SOON, () -> points("c").size());
    Eventually.equal(0L, SOON, this::lag);
  }

  @Test
  void positions_are_published_for_lag_tools() throws Exception {
    broker.createTopic(topic, 1);
    makeCollection("c");
    start(source(Binding.to("c")));
    broker.send(topic, 0, null, point(1, "a"));

    try (var admin = broker.admin()) {
      Eventually.equal(
          1L,
          SOON,
          () -> {
            try {
              var at =
                  admin
                      .listConsumerGroupOffsets("millrace-orders-" + topic)
                      .partitionsToOffsetAndMetadata()
                      .get()
                      .values();
              return at.isEmpty() ? -1L : at.iterator().next().offset();
            } catch (Exception e) {
              return -1L;
            }
          });
    }
  }

  // ---- words

  private void sendRandom(int records, SplittableRandom random, Map<String, String> expected) {
    try (KafkaProducer<String, String> producer = broker.producer(Optional.empty())) {
      for (int i = 0; i < records; i++) {
        int id = random.nextInt(100);
        int partition = id % 3;
        if (random.nextInt(5) == 0) {
          producer.send(new ProducerRecord<>(topic, partition, "" + id, null));
          expected.remove("" + id);
        } else {
          String v = "v" + random.nextInt(1_000_000);
          producer.send(new ProducerRecord<>(topic, partition, "" + id, point(id, v)));
          expected.put("" + id, v);
        }
      }
    }
  }

  private SourcesConfig source(Binding binding) {
    return source(binding, one -> one);
  }

  private SourcesConfig source(
      Binding binding, java.util.function.UnaryOperator<KafkaSource> change) {
    KafkaSource one =
        KafkaSource.of("orders", broker.bootstrap(), List.of(topic), List.of(binding))
            .withBad(
                io.millrace.ingest.config.SourceConfig.OnBad.DEAD, Optional.of("dead-" + topic));
    return SourcesConfig.of(data, change.apply(one));
  }

  private void start(SourcesConfig config) {
    Backoff.Pace fast = new Backoff.Pace(Duration.ofMillis(50), Duration.ofSeconds(1));
    sources =
        new Sources(
            config,
            new Sources.Surroundings(
                Targets.of(collections), epochs, CollectionCreator.NONE, filters, topic),
            new SourceRun.Paces(fast, fast));
    sources.start();
  }

  private void makeCollection(String name) {
    collections.create(name, CollectionConfig.unnamed(2, Distance.DOT));
  }

  private SourceState state() {
    return sources
        .status("orders")
        .map(status -> status.health().state())
        .orElse(SourceState.FAILED);
  }

  private long lag() {
    SourceStatus status = sources.status("orders").orElseThrow();
    boolean known =
        !status.streams().isEmpty()
            && status.streams().stream().allMatch(stream -> stream.end().isPresent());
    return known ? status.lag() : -1;
  }

  /// Id to the payload's `v`.
  private Map<String, String> points(String collection) {
    Map<String, String> points = new TreeMap<>();
    var found = collections.find(collection);
    if (found.isEmpty()) {
      return points;
    }
    Deadline deadline = Deadline.in(Duration.ofSeconds(10));
    found.get().awaitSearchable(found.get().progress().logged(), deadline);
    try (Searcher searcher = found.get().searcher(deadline)) {
      searcher.scroll(
          Optional.empty(),
          Filter.ALL,
          1_000_000,
          Fetch.PAYLOAD,
          deadline,
          point -> {
            String payload = point.payload().orElseThrow().toString();
            points.put(point.id().toString(), payload.substring(6, payload.length() - 2));
          });
    }
    return points;
  }

  private static String point(long id, String v) {
    return "{\"id\":" + id + ",\"vector\":[1,2],\"payload\":{\"v\":\"" + v + "\"}}";
  }

  private static String named(String collection, long id, String v) {
    return "{\"collection_name\":\""
        + collection
        + "\",\"id\":"
        + id
        + ",\"vector\":[1,2],\"payload\":{\"v\":\""
        + v
        + "\"}}";
  }
}
