package io.millrace.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.collection.Collections;
import io.millrace.collection.Searcher;
import io.millrace.collection.StoreSettings;
import io.millrace.ingest.config.Binding;
import io.millrace.ingest.config.Mapping;
import io.millrace.ingest.config.Reading;
import io.millrace.ingest.config.ResetTo;
import io.millrace.ingest.config.SourceConfig;
import io.millrace.ingest.config.SourceConfig.KafkaSource;
import io.millrace.ingest.config.SourcesConfig;
import io.millrace.ingest.kafka.KafkaBroker;
import io.millrace.ingest.pipeline.CollectionCreator;
import io.millrace.ingest.pipeline.SourceState;
import io.millrace.ingest.pipeline.Targets;
import io.millrace.ingest.record.FilterReader;
import io.millrace.ingest.record.InferenceReader;
import io.millrace.model.BadInput;
import io.millrace.model.CollectionConfig;
import io.millrace.model.Deadline;
import io.millrace.model.Distance;
import io.millrace.model.Fetch;
import io.millrace.model.Filter;
import io.opentelemetry.api.trace.TracerProvider;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Sources over a real broker that are made, reset and replayed while the process runs.
@Timeout(120)
class KafkaRunTimeIT {
  private static final Duration SOON = Duration.ofSeconds(30);

  @TempDir static Path brokerFolder;
  private static KafkaBroker broker;

  @TempDir Path data;
  private final MemorySources kept = new MemorySources();
  private Collections collections;
  private Sources sources;
  private Binding binding = Binding.to("c");

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
  void open() {
    collections = Collections.open(data, StoreSettings.defaults());
    collections.create("c", CollectionConfig.unnamed(2, Distance.DOT));
    sources =
        new Sources(
            SourcesConfig.of(data),
            new Sources.Surroundings(
                Targets.of(collections),
                new FakeEpochs(),
                CollectionCreator.NONE,
                FilterReader.NONE,
                "x",
                kept,
                new Texts(),
                InferenceReader.NONE,
                Optional.empty(),
                TracerProvider.noop().get("")));
    sources.start();
  }

  @AfterEach
  void close() {
    sources.close();
    collections.close();
  }

  @Test
  void a_source_over_a_missing_topic_is_refused_and_one_over_a_glob_finds_its_topics()
      throws Exception {
    assertThatThrownBy(() -> sources.put("s", "no-such-topic"))
        .isInstanceOf(BadInput.class)
        .hasMessageContaining("There is no topic 'no-such-topic'");

    broker.createTopic("glob-a", 1);
    sources.put("s", "glob-*");
    broker.send("glob-a", 0, null, point(1, "a"));
    Eventually.equal(Map.of("1", "{\"v\":\"a\"}"), SOON, this::points);
  }

  @Test
  void after_a_reset_versions_keep_newer_points_and_deleted_ones_away() throws Exception {
    broker.createTopic("versions", 1);
    sources.put("s", "versions");
    broker.send("versions", 0, "1", versioned(1, "old", 1));
    broker.send("versions", 0, "2", versioned(2, "old", 1));
    broker.send("versions", 0, "1", versioned(1, "new", 5));
    broker.send("versions", 0, "2", null, "millrace-version", "7");
    broker.send("versions", 0, "3", point(3, "plain"));
    Map<String, String> expected = Map.of("1", "{\"v\":\"new\"}", "3", "{\"v\":\"plain\"}");
    Eventually.equal(expected, SOON, this::points);

    assertThatThrownBy(() -> sources.reset("s", new ResetTo.Earliest(), Set.of()))
        .isInstanceOf(BadInput.class)
        .hasMessageContaining("pause it");
    sources.pause("s");
    Eventually.equal(SourceState.PAUSED, SOON, this::state);
    long before = sources.status("s").orElseThrow().epoch();
    assertThat(sources.reset("s", new ResetTo.Earliest(), Set.of())).isGreaterThan(before);
    assertThat(sources.describe("s").isPaused()).isTrue();
    broker.send("versions", 0, "2", versioned(2, "late", 6));
    broker.send("versions", 0, "4", point(4, "last"));
    sources.resume("s");

    StreamPosition last = StreamPosition.parse("s/versions/0@6");
    Eventually.equal(
        SourceWait.Outcome.COMPLETED,
        SOON,
        () -> {
          try {
            return sources
                .await(List.of(last), List.of(), Deadline.in(Duration.ofSeconds(2)))
                .outcome();
          } catch (InterruptedException e) {
            throw new IllegalStateException(e);
          }
        });
    assertThat(points())
        .isEqualTo(
            Map.of("1", "{\"v\":\"new\"}", "3", "{\"v\":\"plain\"}", "4", "{\"v\":\"last\"}"));
    assertThat(sources.status("s").orElseThrow().measured().stale()).isGreaterThanOrEqualTo(4);
  }

  @Test
  void change_events_by_a_mapping_and_refused_ones_that_are_replayed_from_their_topic()
      throws Exception {
    broker.createTopic("cdc", 1);
    binding = Binding.to("c").withReading(Reading.mapped(Mapping.of("/sku", "/emb")));
    sources.put("s", "cdc");
    broker.send(
        "cdc",
        0,
        null,
        "{\"op\":\"c\",\"before\":null,\"after\":{\"sku\":1,\"emb\":[1,2],\"v\":\"a\"}}");
    broker.send(
        "cdc",
        0,
        null,
        "{\"op\":\"c\",\"before\":null,\"after\":{\"sku\":2,\"emb\":[1,2],\"v\":\"b\"}}");
    broker.send("cdc", 0, null, "{\"op\":\"d\",\"before\":{\"sku\":2},\"after\":null}");
    broker.send("cdc", 0, null, "{\"sku\":3,\"wrong\":[1,2],\"v\":\"c\",\"emb\":\"\"}");
    Eventually.equal(Map.of("1", "{\"v\":\"a\"}"), SOON, this::points);
    Eventually.equal(1, SOON, () -> sources.deadLetters("s", 10).size());
    assertThat(sources.deadLetters("s", 10).getFirst().code()).isEqualTo("VECTOR_KIND");

    binding = Binding.to("c").withReading(Reading.mapped(Mapping.of("/sku", "/wrong")));
    sources.put("s", "cdc");
    Replayed done =
        sources.replay("s", letter -> true, 10, Replayed.Mode.SAFE, Replayed.Run.FOR_REAL);

    assertThat(done.count(Replayed.Outcome.REPLAYED)).isEqualTo(1);
    assertThat(sources.deadLetters("s", 10)).isEmpty();
    Eventually.equal(
        Map.of("1", "{\"v\":\"a\"}", "3", "{\"v\":\"c\",\"emb\":\"\"}"), SOON, this::points);
  }

  private SourceState state() {
    return sources.status("s").orElseThrow().health().state();
  }

  private Map<String, String> points() {
    Map<String, String> points = new TreeMap<>();
    try (Searcher searcher = collections.require("c").searcher(Deadline.in(SOON))) {
      searcher.scroll(
          Optional.empty(),
          Filter.ALL,
          1_000,
          Fetch.ALL,
          Deadline.NONE,
          point -> points.put(point.id().toString(), point.payload().orElseThrow().toString()));
    }
    return points;
  }

  private static String point(int id, String v) {
    return "{\"id\":" + id + ",\"vector\":[1,2],\"payload\":{\"v\":\"" + v + "\"}}";
  }

  private static String versioned(int id, String v, long version) {
    return point(id, v).replace("{\"id\"", "{\"version\":" + version + ",\"id\"");
  }

  /// The text of a source is its topic.
  private final class Texts implements SourceTexts {
    @Override
    public SourceConfig parse(String name, String topic) {
      return KafkaSource.of(name, broker.bootstrap(), List.of(topic), List.of(binding));
    }

    @Override
    public Optional<String> ofFile(String name) {
      return Optional.empty();
    }

    @Override
    public String hidden(String json) {
      return json;
    }
  }
}
