package io.millrace.app.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.ingest.config.Assignment;
import io.millrace.ingest.config.Binding;
import io.millrace.ingest.config.Glob;
import io.millrace.ingest.config.Limits;
import io.millrace.ingest.config.Mapping;
import io.millrace.ingest.config.Reading;
import io.millrace.ingest.config.Registry;
import io.millrace.ingest.config.SourceConfig.FilesSource;
import io.millrace.ingest.config.SourceConfig.KafkaSource;
import io.millrace.ingest.config.SourceConfig.OnBad;
import io.millrace.ingest.config.SourceConfig.OnLost;
import io.millrace.ingest.config.SourceConfig.OnMissingCollection;
import io.millrace.ingest.config.SourceConfig.ShadowSource;
import io.millrace.ingest.config.Start;
import io.millrace.ingest.config.Trouble;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SourceReaderTest {
  @TempDir private Path folder;

  @Test
  void a_short_source_has_the_documented_defaults() throws Exception {
    Settings settings =
        read(
            """
            kafka: { bootstrap: "k:9092" }
            sources:
              orders: { type: kafka, topics: [a], bindings: [ { collection: c } ] }
              inbox: { type: files, path: /in, bindings: [ { allow: ["*"] } ] }
            """);

    assertThat(settings.sources())
        .containsExactly(
            KafkaSource.of("orders", "k:9092", List.of("a"), List.of(Binding.to("c"))),
            FilesSource.of("inbox", Path.of("/in"), List.of(Binding.named(List.of("*")))));
  }

  @Test
  void every_key_of_a_kafka_source_is_read() throws Exception {
    Settings settings =
        read(
            """
            kafka: { bootstrap: "k:9092", properties: { client.rack: a, security.protocol: SSL } }
            templates: { t: { match: "c-*", max_collections: 3, vectors: { size: 4, distance: Dot } } }
            sources:
              orders:
                type: kafka
                bootstrap: "own:9092"
                properties: { client.rack: b }
                topics: [a, "b.*"]
                start: 2026-11-01T00:00:00Z
                assignment: group
                member: m
                consumers: 3
                on_bad: block
                park_timeout: 5m
                surge: off
                on_missing_collection: dead
                on_truncated: earliest
                on_topic_recreated: restart
                on_cluster_changed: latest
                group: g
                dead_letters: { to: kafka, topic: d, when_full: block }
                registry: { url: "http://r:8081", user: u, password_file: /p }
                bindings:
                  - { topics: [a], collection: "c-{topic}", create: t, key: must_match,
                      key_format: long, strict: true, record_bytes: 9 }
                  - { topics: ["b.*"], allow: ["x-*"] }
            """);

    assertThat(settings.sources())
        .containsExactly(
            new KafkaSource(
                "orders",
                "own:9092",
                Map.of("client.rack", "b", "security.protocol", "SSL"),
                List.of("a", "b.*"),
                new Start.At(Instant.parse("2026-11-01T00:00:00Z")),
                3,
                new Trouble(
                    OnBad.BLOCK,
                    OnMissingCollection.DEAD,
                    Duration.ofMinutes(5),
                    Trouble.Surge.OFF,
                    Trouble.WhenFull.BLOCK),
                OnLost.RESTART,
                OnLost.RESTART,
                OnLost.LATEST,
                new Assignment.Group("g", Optional.of("m")),
                Optional.of("d"),
                Optional.of(
                    new Registry(
                        URI.create("http://r:8081"), Optional.of("u"), Optional.of(Path.of("/p")))),
                List.of(
                    new Binding(
                        List.of(new Glob("a")),
                        Optional.of("c-{topic}"),
                        List.of(),
                        Optional.of("t"),
                        Binding.KeyRule.MUST_MATCH,
                        Binding.KeyFormat.LONG,
                        true,
                        9,
                        Reading.DEFAULT,
                        Limits.NONE),
                    Binding.named(List.of("x-*"), "b.*"))));
    Template template = settings.templates().get("t");
    assertThat(template.match().matches("c-1")).isTrue();
    assertThat(template.maxCollections()).isEqualTo(3);
    assertThat(template.config().vectors().get("").size()).isEqualTo(4);
  }

  @Test
  void every_key_of_a_files_source_is_read() throws Exception {
    Settings settings =
        read(
            """
            sources:
              inbox:
                type: files
                path: /in
                settle: 500ms
                ready: marker
                max_bad: 0.5
                max_inflated_gb: 2
                allow_hard_links: true
                reapply: true
                recursive: true
                keep: 30 d
                on_bad: skip
                park_timeout: 0
                on_missing_collection: dead
                dead_letters: { to: file, when_full: block }
                bindings: [ { files: ["*.ndjson*"], collection: c } ]
            """);

    assertThat(settings.sources())
        .containsExactly(
            new FilesSource(
                "inbox",
                Path.of("/in"),
                Duration.ofMillis(500),
                FilesSource.Ready.MARKER,
                0.5,
                2L << 30,
                true,
                true,
                true,
                Optional.of(Duration.ofDays(30)),
                false,
                new Trouble(
                    OnBad.SKIP,
                    OnMissingCollection.DEAD,
                    Duration.ZERO,
                    Trouble.Surge.STOP,
                    Trouble.WhenFull.BLOCK),
                List.of(Binding.to("c", "*.ndjson*"))));
  }

  @Test
  void a_shadow_is_read_with_each_of_its_starts() throws Exception {
    for (String start : List.of("earliest", "2026-11-01T00:00:00Z", "collection")) {
      Settings settings =
          read(
              """
              sources:
                again:
                  type: shadow
                  of: orders
                  collections: [words, words-1]
                  into: words-2
                  start: %s
                  model: all-MiniLM
              """
                  .formatted(start));
      assertThat(settings.sources())
          .containsExactly(
              new ShadowSource(
                  "again",
                  "orders",
                  Set.of("words", "words-1"),
                  "words-2",
                  switch (start) {
                    case "earliest" -> Optional.of(new Start.Earliest());
                    case "collection" -> Optional.empty();
                    default -> Optional.of(new Start.At(Instant.parse(start)));
                  },
                  Optional.of("all-MiniLM")));
    }
  }

  @Test
  void every_key_of_a_mapping_is_read() throws Exception {
    Settings settings =
        read(
            """
            sources:
              s:
                type: kafka
                bindings:
                  - collection: c
                    format: json
                    allow_truncate: true
                    message: qdrant.UpsertPoints
                    csv: { separator: tab, columns: [a, b] }
                    limits: { records_per_second: 10, bytes_per_second: 20, points: 30 }
                    mapping:
                      id: [ /a, { key: /k }, { header: h }, { column: x/y } ]
                      id_type: uuid5
                      id_namespace: 00000000-0000-0000-0000-000000000001
                      vectors: { "": emb, t: { at: /t, encoding: f32 } }
                      payload: { include: [/p], exclude: [/q] }
                      rename: { /prc: price }
                      types: { price: float }
                      version: { at: /v, type: datetime }
                      op: set_payload
                      delete_when: { at: /d, equals: "true" }
                      drop_when: { at: /x, exists: true }
            """);

    Binding binding = settings.sources().getFirst().bindings().getFirst();
    assertThat(binding.limits())
        .isEqualTo(new Limits(OptionalLong.of(10), OptionalLong.of(20), OptionalLong.of(30)));
    assertThat(binding.reading())
        .isEqualTo(
            new Reading(
                Reading.Format.JSON,
                Optional.of(
                    new Mapping(
                        List.of(
                            new Mapping.From.Value("/a"),
                            new Mapping.From.Key("/k"),
                            new Mapping.From.Header("h"),
                            new Mapping.From.Value("/x~1y")),
                        Mapping.IdType.UUID5,
                        new UUID(0, 1),
                        Map.of(
                            "",
                            new Mapping.VectorRule("/emb", Mapping.Encoding.JSON),
                            "t",
                            new Mapping.VectorRule("/t", Mapping.Encoding.F32)),
                        new Mapping.PayloadRule.Parts(List.of("/p"), List.of("/q")),
                        Map.of("/prc", "price"),
                        Map.of("price", Mapping.ValueType.FLOAT),
                        Optional.of(
                            new Mapping.VersionRule("/v", Mapping.VersionRule.Type.DATETIME)),
                        Mapping.Kind.SET_PAYLOAD,
                        Optional.of(new Mapping.When("/d", Optional.of("true"))),
                        Optional.of(new Mapping.When("/x", Optional.empty())))),
                true,
                Optional.of("qdrant.UpsertPoints"),
                new Reading.Csv(Optional.of('\t'), List.of("a", "b")),
                Optional.empty()));
  }

  @Test
  void a_first_life_may_take_over_a_group() throws Exception {
    Settings settings = read("sources: { s: { type: kafka, start: { group: old } } }");

    assertThat(((KafkaSource) settings.sources().getFirst()).start())
        .isEqualTo(new Start.Group("old"));
  }

  @Test
  void all_faults_of_sources_are_told_at_once() {
    assertThatThrownBy(() ->
            read(
                """
                sources:
                  a: { type: kafka, topcs: [x] }
                  b: { type: kafka, properties: { isolation.level: none } }
                  c: { type: files }
                  d: { type: ftp }
                  e: { type: kafka, bindings: [ { topics: [x] } ] }
                  f: { type: kafka, bindings: [ { collection: x, create: smal } ] }
                  g: { type: kafka, bindings: [ { collection: x, mapping: { op: upsert } } ] }
                  H: { type: kafka, on_bad: maybe }
                templates: { small: { vectors: { size: 2, distance: Dot }, match: "*" } }
                """))
        .isInstanceOfSatisfying(
            BadConfiguration.class,
            bad -> {
              String all = String.join("\n", bad.faults());
              assertThat(all)
                  .contains("line 2: unknown key sources.a.topcs; did you mean topics?")
                  .contains("'isolation.level' cannot be set: aborted records are never read")
                  .contains("line 4: sources.c.path is missing")
                  .contains("line 5: sources.d: type ftp is none of kafka, files")
                  .contains("a binding without 'collection' needs 'allow'")
                  .contains("create names no template: smal; did you mean small?")
                  .contains("sources.g.bindings[0]: a mapping needs 'id'")
                  .contains("sources.H.on_bad: expected one of dead, block, skip, got maybe");
            });
  }

  @Test
  void a_template_is_checked_like_a_create_call() {
    assertThatThrownBy(
            () -> read("templates: { t: { match: x, vectors: { size: 0, distance: Dot } } }"))
        .isInstanceOf(BadConfiguration.class)
        .hasMessageContaining("templates.t: ")
        .hasMessageContaining("vectors.size");
  }

  private Settings read(String yaml) throws IOException, BadConfiguration {
    Path file = Files.writeString(folder.resolve("millrace.yaml"), yaml);
    Settings settings = Configuration.read(Optional.of(file), Map.of(), List.of()).settings();
    assertThat(Configuration.read(Optional.of(file), Map.of(), List.of()).settings().sources())
        .as("read again, what did not change is equal and runs on")
        .isEqualTo(settings.sources());
    return settings;
  }
}
