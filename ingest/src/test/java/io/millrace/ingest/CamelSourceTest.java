package io.millrace.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.ingest.config.Binding;
import io.millrace.ingest.config.Mapping;
import io.millrace.ingest.config.Reading;
import io.millrace.ingest.config.SourceConfig;
import io.millrace.ingest.config.SourceConfig.CamelSource;
import io.millrace.ingest.config.SourcesConfig;
import io.millrace.ingest.pipeline.CollectionCreator;
import io.millrace.ingest.pipeline.FakeCollections;
import io.millrace.ingest.pipeline.SourceState;
import io.millrace.ingest.pipeline.SourceStatus;
import io.millrace.ingest.record.FilterReader;
import io.millrace.ingest.record.InferenceReader;
import io.millrace.model.BadInput;
import io.opentelemetry.api.trace.TracerProvider;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Objects that foreign Camel components deliver: Camel's own `file:`, and `ftp:` from a server in
/// this process, both configured by a URI and nothing else.
@Timeout(120)
class CamelSourceTest {
  private static final Duration SOON = Duration.ofSeconds(40);

  @TempDir Path data;
  private final FakeEpochs epochs = new FakeEpochs();
  private final FakeCollections collections = new FakeCollections();
  private FakeCollections.Fake c;
  private Sources sources;

  @BeforeEach
  void make() {
    c = collections.make("c");
  }

  @AfterEach
  void close() {
    if (sources != null) {
      sources.close();
    }
  }

  private void start(SourceConfig source) {
    sources =
        new Sources(
            SourcesConfig.of(data, source),
            new Sources.Surroundings(
                collections,
                epochs,
                CollectionCreator.NONE,
                FilterReader.NONE,
                "x",
                new MemorySources(),
                new SourceTexts() {
                  @Override
                  public SourceConfig parse(String name, String json) {
                    return CamelSource.of(name, json, List.of(Binding.to("c")));
                  }

                  @Override
                  public Optional<String> ofFile(String name) {
                    return Optional.empty();
                  }

                  @Override
                  public String hidden(String json) {
                    return json;
                  }
                },
                InferenceReader.NONE,
                Optional.empty(),
                TracerProvider.noop().get("")));
    sources.start();
  }

  private SourceStatus status() {
    return sources.status("bucket").orElseThrow();
  }

  private static String line(int id, String v) {
    return "{\"id\":" + id + ",\"vector\":[1,2],\"payload\":{\"v\":\"" + v + "\"}}\n";
  }

  private static Binding cells() {
    return Binding.to("c", "*.csv").withReading(Reading.mapped(Mapping.of("/id", "/nothing")));
  }

  @Test
  void files_of_the_file_component_are_read_once_by_their_id_also_after_a_restart()
      throws Exception {
    Path remote = Files.createDirectories(data.resolve("remote"));
    CamelSource source =
        CamelSource.of(
                "bucket",
                "file:" + remote + "?noop=true&idempotent=false&delay=100&initialDelay=0",
                List.of(cells(), Binding.to("c")))
            .withNames(
                Optional.of("${header.CamelFileName}@${header.CamelFileLastModified}"),
                Optional.empty());
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (OutputStream out = new GZIPOutputStream(packed)) {
      out.write((line(1, "a") + line(2, "b")).getBytes(StandardCharsets.UTF_8));
    }
    Files.write(remote.resolve("a.ndjson.gz"), packed.toByteArray());
    Files.writeString(remote.resolve("b.csv"), "id,v\n3,c\n");
    start(source);
    Map<String, String> all =
        Map.of("1", "{\"v\":\"a\"}", "2", "{\"v\":\"b\"}", "3", "{\"v\":\"c\"}");
    Eventually.equal(all, SOON, c::points);
    Eventually.equal(2L, SOON, () -> status().files().orElseThrow().done());
    assertThat(status().type()).isEqualTo("camel");
    int entries = c.log().size();

    sources.close();
    start(source);
    Files.writeString(remote.resolve("d.ndjson"), line(4, "d"));

    Eventually.equal(4, SOON, () -> c.points().size());
    Eventually.equal(1L, SOON, () -> status().files().orElseThrow().done());
    assertThat(c.log()).hasSize(entries + 1);
    Eventually.equal(List.of(), SOON, this::spooled);
  }

  /// What lies in the spool, reports and journals left out.
  private List<String> spooled() {
    try (Stream<Path> files = Files.walk(data.resolve("ingest/spool/bucket"))) {
      return files
          .filter(Files::isRegularFile)
          .map(file -> file.getFileName().toString())
          .filter(name -> !name.equals("reports.ndjson"))
          .toList();
    } catch (IOException | UncheckedIOException moving) {
      return List.of("unknown");
    }
  }

  @Test
  void files_of_an_ftp_server_are_fetched_in_order_and_take_effect_once() throws Exception {
    Path remote = Files.createDirectories(data.resolve("remote"));
    for (int i = 0; i < 5; i++) {
      Files.writeString(remote.resolve("a-" + i + ".ndjson"), line(1, "version " + i));
    }
    Files.writeString(remote.resolve("b.csv"), "id,v\n7,=1+1\n");
    Files.writeString(remote.resolve("c.ndjson"), "rubbish\n" + line(2, "b"));
    try (FtpFolder server = new FtpFolder(remote)) {
      System.setProperty("millrace.test.port", String.valueOf(server.port()));
      CamelSource source =
          CamelSource.of(
                  "bucket",
                  "ftp://me@127.0.0.1:{{sys:millrace.test.port}}/?password=RAW(x)&passiveMode=true"
                      + "&stepwise=false&sortBy=file:name&noop=true&idempotent=false&delay=100"
                      + "&initialDelay=0",
                  List.of(cells(), Binding.to("c")))
              .withNames(
                  Optional.of("${header.CamelFileName}@${header.CamelFileLength}"),
                  Optional.of("${header.CamelFileName}"));
      start(source);

      Eventually.equal(
          Map.of("1", "{\"v\":\"version 4\"}", "2", "{\"v\":\"b\"}", "7", "{\"v\":\"=1+1\"}"),
          SOON,
          c::points);
      Eventually.equal(7L, SOON, () -> status().files().orElseThrow().done());
      assertThat(sources.deadLetters("bucket", 10)).hasSize(1);
      int again = server.fetched().size();
      Eventually.equal(true, SOON, () -> server.fetched().size() > again + 7);
      assertThat(status().files().orElseThrow().done()).isEqualTo(7);
      assertThat(status().tally().records()).isEqualTo(8);
    }
  }

  @Test
  void a_component_whose_jar_is_missing_is_named_and_tried_again() {
    start(CamelSource.of("bucket", "no-such-component:x", List.of(Binding.to("c"))));
    Eventually.equal(true, SOON, () -> status().health().why().contains("no-such-component"));
    assertThat(status().health().state()).isEqualTo(SourceState.WAITING);
  }

  @Test
  void the_api_makes_none() {
    start(CamelSource.of("bucket", "no-such-component:x", List.of(Binding.to("c"))));
    assertThatThrownBy(() -> sources.put("mine", "file:/etc"))
        .isInstanceOf(BadInput.class)
        .hasMessageContaining("in the configuration file only");
  }
}
