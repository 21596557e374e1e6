package io.millrace.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.collection.Collections;
import io.millrace.collection.Searcher;
import io.millrace.collection.StoreSettings;
import io.millrace.collection.Submission;
import io.millrace.collection.WriteBatch;
import io.millrace.ingest.config.Assignment;
import io.millrace.ingest.config.Binding;
import io.millrace.ingest.config.SourceConfig.KafkaSource;
import io.millrace.ingest.config.SourceConfig.OnBad;
import io.millrace.ingest.config.SourcesConfig;
import io.millrace.ingest.kafka.KafkaBroker;
import io.millrace.ingest.pipeline.CollectionCreator;
import io.millrace.ingest.pipeline.SourceStatus.StreamStatus;
import io.millrace.ingest.pipeline.Target;
import io.millrace.ingest.pipeline.Targets;
import io.millrace.ingest.record.FilterReader;
import io.millrace.model.CollectionConfig;
import io.millrace.model.Deadline;
import io.millrace.model.Distance;
import io.millrace.model.Fetch;
import io.millrace.model.Filter;
import io.millrace.model.Operation;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Servers of one group with a folder each share the partitions of a topic.
@Tag("R-16")
@Timeout(300)
class KafkaGroupIT {
  private static final Duration SOON = Duration.ofSeconds(60);
  private static final int PARTITIONS = 4;

  @TempDir static Path brokerFolder;
  private static KafkaBroker broker;

  @TempDir Path folder;

  /// One entry of a log: who wrote which records of which stream. In the order of time.
  private record Append(String server, String stream, long first, long last) {}

  private final List<Append> appends = new CopyOnWriteArrayList<>();

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

  @Test
  void servers_come_and_go_and_each_partition_has_one_writer_at_a_time() throws Exception {
    String topic = "shared";
    broker.createTopic(topic, PARTITIONS);
    AtomicBoolean producing = new AtomicBoolean(true);
    Map<Integer, Long> ends = new HashMap<>();
    Thread producer = Thread.ofPlatform().start(() -> produce(topic, producing, ends));
    int changes = 0;
    Server a = new Server("a", topic);
    Server b = new Server("b", topic);
    try (a;
        b) {
      a.start();
      Eventually.equal(PARTITIONS, SOON, () -> a.owned().size());
      for (int round = 0; round < 2; round++) {
        b.start();
        Eventually.equal(2, SOON, () -> b.owned().size());
        Eventually.equal(2, SOON, () -> a.owned().size());
        Set<String> both = new TreeSet<>(a.owned());
        both.addAll(b.owned());
        assertThat(both).hasSize(PARTITIONS);
        (round % 2 == 0 ? a : b).stop();
        Server other = round % 2 == 0 ? b : a;
        Eventually.equal(PARTITIONS, SOON, () -> other.owned().size());
        (round % 2 == 0 ? a : b).start();
        Eventually.equal(2, SOON, () -> a.owned().size());
        b.stop();
        Eventually.equal(PARTITIONS, SOON, () -> a.owned().size());
        changes += 4;
      }
      producing.set(false);
      producer.join();

      for (int partition = 0; partition < PARTITIONS; partition++) {
        String stream = topic + "/" + partition;
        long end = ends.get(partition);
        Eventually.equal(end, SOON, () -> a.next(stream));
        assertThat(a.values(partition)).isEqualTo(replayed(partition, end));
      }
      // What the one that left has is a whole beginning of each partition that it ever read.
      b.open();
      for (int partition = 0; partition < PARTITIONS; partition++) {
        long next = b.logged(topic + "/" + partition) + 1;
        assertThat(b.values(partition)).isEqualTo(replayed(partition, next));
      }
    }
    everyServerWroteInOrderWithoutGaps();
    // A write after the partition had gone would show as one more change of the writer.
    for (int partition = 0; partition < PARTITIONS; partition++) {
      String stream = topic + "/" + partition;
      List<String> writers =
          appends.stream().filter(one -> one.stream().equals(stream)).map(Append::server).toList();
      long switches = 0;
      for (int i = 1; i < writers.size(); i++) {
        switches += writers.get(i).equals(writers.get(i - 1)) ? 0 : 1;
      }
      assertThat(switches).isLessThanOrEqualTo(changes);
    }
  }

  @Test
  void a_partition_that_another_server_reads_is_shown_so_and_has_no_lag() throws Exception {
    String topic = "elsewhere";
    broker.createTopic(topic, 2);
    try (Server a = new Server("a", topic);
        Server b = new Server("b", topic)) {
      a.start();
      b.start();
      Eventually.equal(1, SOON, () -> a.owned().size());
      Eventually.equal(1, SOON, () -> b.owned().size());
      int mine = a.owned().contains(topic + "/0") ? 0 : 1;

      broker.send(topic, 0, null, point(0, 0));
      broker.send(topic, 1, null, point(1, 0));

      Eventually.equal(1L, SOON, () -> a.next(topic + "/" + mine));
      Eventually.equal(1L, SOON, () -> b.next(topic + "/" + (1 - mine)));
      StreamStatus other = a.stream(topic + "/" + (1 - mine)).orElseThrow();
      assertThat(other.isElsewhere()).isTrue();
      assertThat(other.lag()).isZero();
      assertThat(other.next()).isZero();
      var answer =
          a.sources.await(
              List.of(StreamPosition.parse("orders/" + other.stream() + "@0")),
              List.of(),
              Deadline.in(SOON));
      assertThat(answer.outcome()).isEqualTo(SourceWait.Outcome.STOPPED);
      assertThat(answer.why()).contains("Another server of the group reads it");
    }
  }

  private void everyServerWroteInOrderWithoutGaps() {
    Map<String, Long> last = new HashMap<>();
    for (Append append : appends) {
      Long before = last.put(append.server() + " " + append.stream(), append.last());
      assertThat(append.first()).as("%s", append).isEqualTo(before == null ? 0 : before + 1);
    }
  }

  // ---- words

  /// Record n of a partition writes point n % 50 of it, so overwrites show a lost order.
  private static String point(int partition, long n) {
    return "{\"id\":%d,\"vector\":[1,2],\"payload\":{\"n\":%d}}"
        .formatted(partition * 1_000 + n % 50, n);
  }

  private static Map<String, String> replayed(int partition, long end) {
    Map<String, String> values = new TreeMap<>();
    for (long n = 0; n < end; n++) {
      values.put("" + (partition * 1_000 + n % 50), "{\"n\":" + n + "}");
    }
    return values;
  }

  private static void produce(String topic, AtomicBoolean producing, Map<Integer, Long> ends) {
    try (KafkaProducer<String, String> producer = broker.producer(Optional.empty())) {
      long n = 0;
      while (producing.get()) {
        for (int partition = 0; partition < PARTITIONS; partition++) {
          producer.send(new ProducerRecord<>(topic, partition, null, point(partition, n)));
        }
        n++;
        if (n % 20 == 0) {
          producer.flush(); // as fast as the broker takes it in small pieces
        }
      }
      producer.flush();
      for (int partition = 0; partition < PARTITIONS; partition++) {
        ends.put(partition, n);
      }
    }
  }

  /// One server with its folder; what it appends is noted.
  private final class Server implements AutoCloseable {
    private final String name;
    private final String topic;
    private final Path data;
    private final FakeEpochs epochs = new FakeEpochs();
    private Collections collections;
    private Sources sources;

    Server(String name, String topic) {
      this.name = name;
      this.topic = topic;
      this.data = folder.resolve(name + "-" + topic);
    }

    void open() {
      if (collections == null) {
        collections = Collections.open(data, StoreSettings.defaults());
        if (collections.find("c").isEmpty()) {
          collections.create("c", CollectionConfig.unnamed(2, Distance.DOT));
        }
      }
    }

    void start() {
      open();
      KafkaSource source =
          KafkaSource.of(
                  "orders", broker.bootstrap(), List.of(topic), List.of(Binding.to("c", topic)))
              .withProperties(Map.of("heartbeat.interval.ms", "300"))
              .withAssignment(new Assignment.Group("group-" + topic, Optional.empty()))
              .withBad(OnBad.DEAD, Optional.empty());
      sources =
          new Sources(
              SourcesConfig.of(data, source),
              new Sources.Surroundings(
                  noting(Targets.of(collections)),
                  epochs,
                  CollectionCreator.NONE,
                  FilterReader.NONE,
                  name));
      sources.start();
    }

    private Targets noting(Targets targets) {
      return new Targets() {
        @Override
        public Optional<Target> find(String nameOrAlias) {
          return targets.find(nameOrAlias).map(target -> new Noting(name, target));
        }

        @Override
        public List<Target> all() {
          return targets.all().stream().<Target>map(target -> new Noting(name, target)).toList();
        }
      };
    }

    void stop() {
      if (sources != null) {
        sources.close();
        sources = null;
      }
      if (collections != null) {
        collections.close();
        collections = null;
      }
    }

    Optional<StreamStatus> stream(String stream) {
      return sources.status("orders").stream()
          .flatMap(status -> status.streams().stream())
          .filter(one -> one.stream().equals(stream))
          .findFirst();
    }

    Set<String> owned() {
      Set<String> owned = new TreeSet<>();
      sources
          .status("orders")
          .ifPresent(status ->
              status.streams().stream()
                  .filter(stream -> !stream.isElsewhere())
                  .forEach(stream -> owned.add(stream.stream())));
      return owned;
    }

    long next(String stream) {
      return stream(stream).map(StreamStatus::next).orElse(-1L);
    }

    long logged(String stream) {
      return collections.require("c").position("orders", 1, stream).orElse(-1);
    }

    /// Payloads of the points of a partition.
    Map<String, String> values(int partition) {
      Map<String, String> values = new TreeMap<>();
      var collection = collections.require("c");
      Deadline deadline = Deadline.in(SOON);
      collection.awaitSearchable(collection.progress().logged(), deadline);
      try (Searcher searcher = collection.searcher(deadline)) {
        searcher.scroll(
            Optional.empty(),
            Filter.ALL,
            1_000_000,
            Fetch.PAYLOAD,
            deadline,
            point -> {
              if (Long.parseLong(point.id().toString()) / 1_000 == partition) {
                values.put(point.id().toString(), point.payload().orElseThrow().toString());
              }
            });
      }
      return values;
    }

    @Override
    public void close() {
      stop();
    }
  }

  private final class Noting implements Target {
    private final String server;
    private final Target target;

    Noting(String server, Target target) {
      this.server = server;
      this.target = target;
    }

    @Override
    public Submission submit(WriteBatch batch) {
      // Noted before the log has it: a later writer cannot come in between.
      batch
          .positions()
          .forEach(
              span -> appends.add(new Append(server, span.stream(), span.first(), span.last())));
      return target.submit(batch);
    }

    @Override
    public String name() {
      return target.name();
    }

    @Override
    public long uid() {
      return target.uid();
    }

    @Override
    public void validate(List<Operation> operations) {
      target.validate(operations);
    }

    @Override
    public OptionalLong position(String source, long epoch, String stream) {
      return target.position(source, epoch, stream);
    }

    @Override
    public void awaitSearchable(Deadline deadline) {
      target.awaitSearchable(deadline);
    }

    @Override
    public long logged() {
      return target.logged();
    }

    @Override
    public long searchable() {
      return target.searchable();
    }

    @Override
    public long pointCount() {
      return target.pointCount();
    }
  }
}
