package io.millrace.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.collection.Collections;
import io.millrace.collection.StoreSettings;
import io.millrace.ingest.config.Binding;
import io.millrace.ingest.config.SourceConfig;
import io.millrace.ingest.config.SourceConfig.FilesSource;
import io.millrace.ingest.config.SourcesConfig;
import io.millrace.ingest.pipeline.CollectionCreator;
import io.millrace.ingest.pipeline.SourceState;
import io.millrace.ingest.pipeline.Targets;
import io.millrace.ingest.record.FilterReader;
import io.millrace.ingest.record.InferenceReader;
import io.millrace.model.BadInput;
import io.millrace.model.CollectionConfig;
import io.millrace.model.Deadline;
import io.millrace.model.Distance;
import io.millrace.model.Failure;
import io.opentelemetry.api.trace.TracerProvider;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Sources that are made, paused, replaced and deleted while the others run.
@Timeout(60)
class SourcesAtRunTimeTest {
  private static final Duration SOON = Duration.ofSeconds(20);

  @TempDir Path data;
  private final MemorySources kept = new MemorySources();
  private Collections collections;
  private Optional<Path> inbox = Optional.empty();
  private Sources sources;

  @BeforeEach
  void open() {
    collections = Collections.open(data.resolve("store"), StoreSettings.defaults());
    collections.create("c", CollectionConfig.unnamed(2, Distance.DOT));
    sources = start();
  }

  @AfterEach
  void close() {
    sources.close();
    collections.close();
  }

  @Test
  void a_source_that_was_made_reads_and_is_there_after_a_restart() throws Exception {
    Sources.Described made = sources.put("late", "c");
    assertThat(made.owner()).isEqualTo(Sources.Owner.API);
    drop("late", "a.ndjson", 1);
    Eventually.equal(1L, SOON, this::points);

    sources.close();
    sources = start();
    drop("late", "b.ndjson", 2);
    Eventually.equal(2L, SOON, this::points);
    assertThat(sources.describe())
        .extracting(Sources.Described::name)
        .containsExactly("fixed", "late");
  }

  @Test
  void a_pause_survives_a_restart_and_resume_ends_it() throws Exception {
    sources.pause("fixed");
    sources.close();
    sources = start();
    assertThat(sources.describe("fixed").isPaused()).isTrue();
    drop("fixed", "a.ndjson", 1);
    Eventually.equal(
        SourceState.PAUSED, SOON, () -> sources.status("fixed").orElseThrow().health().state());
    assertThat(points()).isZero();

    sources.resume("fixed");
    Eventually.equal(1L, SOON, this::points);
  }

  @Test
  void a_deleted_source_reads_no_more_and_a_name_of_the_file_is_not_ours() throws Exception {
    sources.put("late", "c");
    sources.delete("late");

    assertThat(sources.status("late")).isEmpty();
    assertThat(kept.stored()).doesNotContainKey("late");
    assertThatThrownBy(() -> sources.delete("late")).isInstanceOf(Failure.NotFound.class);
    assertThatThrownBy(() -> sources.delete("fixed")).isInstanceOf(Failure.AlreadyExists.class);
    assertThatThrownBy(() -> sources.put("fixed", "c")).isInstanceOf(Failure.AlreadyExists.class);
  }

  @Test
  void sources_of_a_configuration_that_is_read_again_begin_end_and_change() throws Exception {
    SourceConfig fixed = folder("fixed", "c");
    sources.put("late", "c");
    drop("fixed", "a.ndjson", 1);
    Eventually.equal(1L, SOON, this::points);

    sources.configure(List.of(fixed, folder("second", "c")));
    assertThat(names()).containsExactly("fixed", "late", "second");
    drop("second", "b.ndjson", 2);
    drop("fixed", "c.ndjson", 3);
    Eventually.equal(3L, SOON, this::points);
    assertThat(sources.status("fixed").orElseThrow().tally().records())
        .as("of one life: it was left alone")
        .isEqualTo(2);

    sources.configure(List.of(folder("second", "c")));
    assertThat(names()).containsExactly("late", "second");
    drop("fixed", "d.ndjson", 4);
    drop("late", "e.ndjson", 5);
    Eventually.equal(4L, SOON, this::points);

    sources.configure(List.of(folder("late", "c"), fixed));
    assertThat(sources.describe("late").owner()).isEqualTo(Sources.Owner.API);
    assertThat(names()).containsExactly("late", "fixed");
    Eventually.equal(5L, SOON, this::points);
  }

  private List<String> names() {
    return sources.describe().stream().map(Sources.Described::name).toList();
  }

  @Test
  void a_source_for_a_missing_collection_is_refused_with_nothing_changed() {
    assertThatThrownBy(() -> sources.put("late", "missing"))
        .isInstanceOf(BadInput.class)
        .hasMessageContaining("There is no collection 'missing'");
    assertThat(sources.describe()).hasSize(1);
    assertThat(kept.stored()).doesNotContainKey("late");
  }

  @Test
  void waiting_for_a_paused_source_says_so_at_once() throws Exception {
    sources.pause("fixed");
    SourceWait.Answer answer =
        sources.await(
            List.of(StreamPosition.parse("fixed/file/1@1")), List.of("c"), Deadline.in(SOON));
    assertThat(answer.outcome()).isEqualTo(SourceWait.Outcome.STOPPED);
    assertThat(answer.why()).startsWith("PAUSED");
  }

  @Test
  void a_position_of_a_file_that_was_read_is_known_at_once_also_after_a_restart() throws Exception {
    Path inbox = Files.createDirectories(data.resolve("fixed"));
    // the last line is a point of no collection's size, so no log holds its position
    Files.writeString(
        data.resolve("t"), "{\"id\":1,\"vector\":[1,2]}\n{\"id\":2,\"vector\":[1]}\n");
    Files.move(data.resolve("t"), inbox.resolve("a.ndjson"));
    Eventually.equal(1L, SOON, this::points);
    Eventually.equal(true, SOON, () -> Files.exists(inbox.resolve("done")));

    assertThat(waited("fixed/file/1@2", SOON)).isEqualTo(SourceWait.Outcome.COMPLETED);
    sources.close();
    sources = start();
    Eventually.equal(true, SOON, () -> sources.status("fixed").orElseThrow().epoch() > 0);
    assertThat(waited("fixed/file/1@2", SOON)).isEqualTo(SourceWait.Outcome.COMPLETED);
    assertThat(waited("fixed/file/1@99", SOON)).isEqualTo(SourceWait.Outcome.COMPLETED);
    assertThat(waited("fixed/file/2@1", Duration.ofMillis(50)))
        .isEqualTo(SourceWait.Outcome.TIMED_OUT);
  }

  private SourceWait.Outcome waited(String position, Duration patience) throws Exception {
    return sources
        .await(List.of(StreamPosition.parse(position)), List.of("c"), Deadline.in(patience))
        .outcome();
  }

  @Test
  void a_folder_outside_of_the_roots_is_refused_by_name(@TempDir Path elsewhere) throws Exception {
    inbox = Optional.of(elsewhere);
    assertThatThrownBy(() -> sources.put("late", "c"))
        .isInstanceOf(BadInput.class)
        .hasMessageContaining("The folder " + elsewhere + " is outside of those")
        .hasMessageContaining("limits.file_roots");
    inbox = Optional.of(Files.createSymbolicLink(data.resolve("link"), elsewhere));
    assertThatThrownBy(() -> sources.put("late", "c")).isInstanceOf(BadInput.class);
    inbox = Optional.of(data.resolve("x/../../" + elsewhere.getFileName()));
    assertThatThrownBy(() -> sources.put("late", "c")).isInstanceOf(BadInput.class);
    inbox = Optional.of(data.resolve("not/there/yet"));
    assertThat(sources.put("late", "c").name()).isEqualTo("late");
  }

  @Test
  void without_roots_those_beside_the_configured_folders_are_taken(@TempDir Path other)
      throws Exception {
    Path store = Files.createDirectories(other.resolve("store"));
    Path drop = Files.createDirectories(other.toRealPath().resolve("drop/inbox"));
    FileRoots beside =
        new FileRoots(
            SourcesConfig.of(store, FilesSource.of("inbox", drop, List.of(Binding.to("c")))));
    assertThat(beside.fault(drop.resolveSibling("second"))).isEmpty();
    assertThat(beside.fault(store.resolve("inbox/mine"))).isEmpty();
    assertThat(beside.fault(store)).isPresent();
    assertThat(beside.fault(other)).isPresent();
    // a parent that holds the data folder, or everything, is none
    FileRoots close =
        new FileRoots(
            SourcesConfig.of(
                store, FilesSource.of("inbox", other.resolve("in"), List.of(Binding.to("c")))));
    assertThat(close.fault(other.resolve("second"))).isPresent();
    assertThat(close.fault(other.resolve("in/below"))).isEmpty();
    FileRoots top =
        new FileRoots(
            SourcesConfig.of(
                store, FilesSource.of("inbox", Path.of("/inbox"), List.of(Binding.to("c")))));
    assertThat(top.fault(Path.of("/etc"))).isPresent();
    assertThat(top.fault(Path.of("/inbox/a"))).isEmpty();
  }

  @Test
  void a_position_is_read_with_and_without_its_epoch() {
    assertThat(StreamPosition.parse("3:orders/products/0@348123").toString())
        .isEqualTo("orders/products/0@348123");
    assertThat(StreamPosition.parse("inbox/file/17@2048").stream()).isEqualTo("file/17");
    for (String bad : List.of("", "orders", "orders/p@", "orders/@1", "a/b@x", "@1")) {
      assertThatThrownBy(() -> StreamPosition.parse(bad)).as(bad).isInstanceOf(BadInput.class);
    }
  }

  private long points() {
    var c = collections.require("c");
    c.awaitSearchable(c.progress().logged(), Deadline.in(SOON));
    return c.info().points();
  }

  private void drop(String source, String name, int id) throws IOException {
    Path folder = data.resolve(source);
    Files.createDirectories(folder);
    Files.writeString(data.resolve("t"), "{\"id\":" + id + ",\"vector\":[1,2]}\n");
    Files.move(data.resolve("t"), folder.resolve(name));
  }

  private FilesSource folder(String name, String collection) {
    return FilesSource.of(name, data.resolve(name), List.of(Binding.to(collection)))
        .withSettle(Duration.ZERO);
  }

  private Sources start() {
    Sources made =
        new Sources(
            new SourcesConfig(
                data,
                SourcesConfig.DEFAULT_INGEST_BYTES,
                List.of(folder("fixed", "c")),
                List.of(data)),
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
    made.start();
    return made;
  }

  /// The text of a source is the name of its collection.
  private final class Texts implements SourceTexts {
    @Override
    public SourceConfig parse(String name, String json) {
      return inbox
          .<SourceConfig>map(path -> FilesSource.of(name, path, List.of(Binding.to(json))))
          .orElseGet(() -> folder(name, json));
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
