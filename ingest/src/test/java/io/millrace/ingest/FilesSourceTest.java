package io.millrace.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.collection.Collections;
import io.millrace.collection.Searcher;
import io.millrace.collection.StoreSettings;
import io.millrace.ingest.config.Binding;
import io.millrace.ingest.config.SourceConfig.FilesSource;
import io.millrace.ingest.config.SourcesConfig;
import io.millrace.ingest.pipeline.CollectionCreator;
import io.millrace.ingest.pipeline.Targets;
import io.millrace.ingest.record.FilterReader;
import io.millrace.model.CollectionConfig;
import io.millrace.model.Deadline;
import io.millrace.model.Distance;
import io.millrace.model.Filter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Dropped files into real collections, with stops in the middle of a file.
@Timeout(60)
class FilesSourceTest {
  private static final Duration SOON = Duration.ofSeconds(30);

  @TempDir Path data;
  private final FakeEpochs epochs = new FakeEpochs();

  @Test
  void a_file_that_is_stopped_again_and_again_is_applied_once() throws Exception {
    Path inbox = data.resolve("inbox");
    Files.createDirectories(inbox);
    int lines = 15_000;
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < lines; i++) {
      text.append("{\"id\":").append(i).append(",\"vector\":[1,").append(i).append("]}\n");
    }
    Files.writeString(data.resolve("a"), text);
    try (Collections collections =
        Collections.open(data.resolve("store"), StoreSettings.defaults())) {
      collections.create("c", CollectionConfig.unnamed(2, Distance.DOT));
    }
    Files.move(data.resolve("a"), inbox.resolve("a.ndjson"));

    long logged = -1;
    boolean done = false;
    while (!done) {
      try (Collections collections =
          Collections.open(data.resolve("store"), StoreSettings.defaults())) {
        long before = logged;
        var c = collections.require("c");
        try (Sources sources = open(inbox, collections)) {
          sources.start();
          Eventually.equal(
              true, SOON, () -> c.progress().logged() > before || isIn(inbox.resolve("done")));
        }
        logged = c.progress().logged();
        done = isIn(inbox.resolve("done"));
        c.awaitSearchable(logged, Deadline.in(SOON));
        try (Searcher searcher = c.searcher(Deadline.in(SOON))) {
          assertThat(searcher.count(Filter.ALL, Deadline.in(SOON)))
              .isEqualTo(done ? lines : Math.min(lines, 5_000 * (logged + 1)));
        }
      }
    }
    // One operation per 5,000 lines: nothing was logged twice.
    assertThat(logged).isEqualTo(lines / 5_000 - 1);
  }

  private Sources open(Path inbox, Collections collections) {
    return new Sources(
        SourcesConfig.of(
            data,
            FilesSource.of("inbox", inbox, List.of(Binding.to("c"))).withSettle(Duration.ZERO)),
        new Sources.Surroundings(
            Targets.of(collections), epochs, CollectionCreator.NONE, FilterReader.NONE, "x"));
  }

  private static boolean isIn(Path folder) {
    if (!Files.isDirectory(folder)) {
      return false;
    }
    try (Stream<Path> files = Files.walk(folder)) {
      return files.anyMatch(file -> file.endsWith("reports.ndjson"));
    } catch (java.io.IOException | java.io.UncheckedIOException moving) {
      return false;
    }
  }
}
