package io.millrace.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.collection.Collections;
import io.millrace.collection.StoreSettings;
import io.millrace.ingest.Replayed.Mode;
import io.millrace.ingest.Replayed.Outcome;
import io.millrace.ingest.Replayed.Run;
import io.millrace.ingest.config.Binding;
import io.millrace.ingest.config.SourceConfig.FilesSource;
import io.millrace.ingest.config.SourcesConfig;
import io.millrace.ingest.deadletter.DeadLetters;
import io.millrace.ingest.pipeline.CollectionCreator;
import io.millrace.ingest.pipeline.Targets;
import io.millrace.ingest.record.FilterReader;
import io.millrace.model.CollectionConfig;
import io.millrace.model.Deadline;
import io.millrace.model.Distance;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Dead letters tried again after the fix.
@Timeout(60)
class ReplayTest {
  private static final Duration SOON = Duration.ofSeconds(20);

  @TempDir Path data;
  private Collections collections;
  private Sources sources;

  @BeforeEach
  void dropBeforeTheirCollectionIsThere() throws Exception {
    collections = Collections.open(data.resolve("store"), StoreSettings.defaults());
    collections.create("other", CollectionConfig.unnamed(2, Distance.DOT));
    Path inbox = data.resolve("inbox");
    Files.createDirectories(inbox);
    sources = start(inbox);
    Files.writeString(
        data.resolve("t"),
        """
        {"collection_name":"other","id":9,"vector":[1,2]}
        {"collection_name":"late","id":1,"vector":[1,2],"payload":{"v":1}}
        {"collection_name":"late","id":2,"vector":[1,2,3]}
        {"collection_name":"late","delete":{"points":[3]}}
        {"collection_name":"late","id":4,"vector":[1,2],"version":5}
        """);
    Files.move(data.resolve("t"), inbox.resolve("a.ndjson"));
    Eventually.equal(4, SOON, () -> sources.deadLetters("inbox", 10).size());
    collections.create("late", CollectionConfig.unnamed(2, Distance.DOT));
  }

  @AfterEach
  void close() {
    sources.close();
    collections.close();
  }

  @Test
  void a_dry_run_says_what_would_happen_and_changes_nothing() throws Exception {
    Replayed tried = sources.replay("inbox", letter -> true, 10, Mode.SAFE, Run.DRY);
    assertThat(tried.results())
        .extracting(Replayed.Result::outcome)
        .containsExactly(Outcome.REPLAYED, Outcome.REFUSED, Outcome.UNSAFE, Outcome.REPLAYED);
    assertThat(sources.deadLetters("inbox", 10)).hasSize(4);
    assertThat(points()).isZero();
  }

  @Test
  void what_is_safe_is_applied_once_and_hidden_and_the_rest_has_todays_reason() throws Exception {
    sources.replay("inbox", letter -> true, 10, Mode.SAFE, Run.FOR_REAL);

    assertThat(points()).isEqualTo(2);
    assertThat(kept()).as("two left, one of them written again").isEqualTo(3);
    assertThat(sources.deadLetters("inbox", 10))
        .extracting(DeadLetters.Entry::code)
        .containsExactlyInAnyOrder("VECTOR_DIMENSION", "NO_COLLECTION");
    assertThat(kept()).as("after a look at all").isEqualTo(2);
    sources.close();
    sources = start(data.resolve("inbox"));
    assertThat(sources.deadLetters("inbox", 10)).hasSize(2);
    assertThat(kept()).isEqualTo(2);

    sources.replay("inbox", l -> l.code().equals("NO_COLLECTION"), 10, Mode.FORCE, Run.FOR_REAL);
    assertThat(sources.deadLetters("inbox", 10)).hasSize(1);
    assertThat(sources.purge("inbox", letter -> true, 10)).isEqualTo(1);
    assertThat(kept()).isZero();
    assertThat(sources.deadLetters("inbox", 10)).isEmpty();
    assertThat(kept()).isZero();
  }

  @Test
  void a_safe_replay_does_not_undo_what_is_newer() throws Exception {
    var late = collections.require("late");
    late.submit(
            io.millrace.collection.WriteBatch.interactive(
                new io.millrace.model.Operation.Upsert(
                    List.of(
                        new io.millrace.model.Point(
                            io.millrace.model.PointId.of(1),
                            java.util.Map.of(),
                            io.millrace.model.PayloadBytes.of("{\"v\":\"newer\"}"))))))
        .durable()
        .get();

    sources.replay("inbox", letter -> true, 10, Mode.SAFE, Run.FOR_REAL);

    late.awaitSearchable(late.progress().logged(), Deadline.in(SOON));
    try (var searcher = late.searcher(Deadline.in(SOON))) {
      List<String> payloads = new java.util.ArrayList<>();
      searcher.scroll(
          java.util.Optional.empty(),
          io.millrace.model.Filter.ALL,
          10,
          io.millrace.model.Fetch.ALL,
          Deadline.NONE,
          point -> payloads.add(point.payload().orElseThrow().toString()));
      assertThat(payloads).first().asString().contains("newer");
    }
  }

  private long kept() {
    return sources.deadLetterCount("inbox").kept().orElseThrow();
  }

  private long points() {
    var late = collections.require("late");
    late.awaitSearchable(late.progress().logged(), Deadline.in(SOON));
    return late.info().points();
  }

  private Sources start(Path inbox) {
    Sources made =
        new Sources(
            SourcesConfig.of(
                data,
                FilesSource.of("inbox", inbox, List.of(Binding.named(List.of("*"))))
                    .withSettle(Duration.ZERO)),
            new Sources.Surroundings(
                Targets.of(collections),
                new FakeEpochs(),
                CollectionCreator.NONE,
                FilterReader.NONE,
                "x"));
    made.start();
    return made;
  }
}
