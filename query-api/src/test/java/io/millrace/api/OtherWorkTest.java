package io.millrace.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.collection.Collection;
import io.millrace.meter.Jobs;
import io.millrace.meter.MergeLog;
import io.millrace.model.Failure;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// A server that shows the work of another process.
class OtherWorkTest {
  private static final Instant BEGUN = Instant.parse("2026-01-02T03:04:05Z");
  private static final MergeLog.Merge AT_WORK =
      new MergeLog.Merge(
          new UUID(0, 1),
          MergeLog.Kind.GRAPH,
          List.of(new MergeLog.Part(new UUID(0, 2), 3)),
          BEGUN,
          Optional.empty());
  private static final MergeLog.Merge DONE =
      new MergeLog.Merge(
          new UUID(0, 4),
          MergeLog.Kind.FLAT,
          List.of(new MergeLog.Part(new UUID(0, 5), 6)),
          BEGUN,
          Optional.of(new MergeLog.Ended(BEGUN.plusSeconds(1), MergeLog.Outcome.DONE)));
  private static final Jobs.Job FILLING =
      new Jobs.Job(
          7, Jobs.Kind.INDEX, "c", "text", BEGUN, 1, 4, Duration.ofSeconds(2), Optional.empty());

  @TempDir Path folder;
  private final Work work = new Work();
  private Server server;

  /// Known, or nobody is there to ask.
  private static final class Work implements WriterWork {
    private volatile boolean isAway;

    @Override
    public All all() {
      ask();
      return new All(List.of(FILLING), new TreeMap<>(Map.of("c", List.of(AT_WORK))));
    }

    @Override
    public Merges merges(Collection collection) {
      ask();
      assertThat(collection.name()).isEqualTo("c");
      return new Merges(List.of(AT_WORK), List.of(DONE));
    }

    private void ask() {
      if (isAway) {
        throw new Failure.Unavailable("nobody is there");
      }
    }
  }

  @BeforeEach
  void start() {
    server = new Server(folder, work);
    server.put("/collections/c", "{'vectors':{'size':1,'distance':'Dot'}}").result();
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private Server.Got ask(String path) {
    return server.beside("GET", path, null);
  }

  @Test
  void its_jobs_and_merges_are_shown() {
    JsonNode jobs = ask("/jobs").result().path("jobs");

    assertThat(jobs).hasSize(2);
    assertThat(jobs.at("/0/kind").asString()).isEqualTo("index");
    assertThat(jobs.at("/0/progress").doubleValue()).isEqualTo(0.25);
    assertThat(jobs.at("/0/seconds_left").doubleValue()).isEqualTo(6);
    assertThat(jobs.at("/1/kind").asString()).isEqualTo("merge");
    assertThat(jobs.at("/1/collection").asString()).isEqualTo("c");
    assertThat(ask("/jobs/7").result()).isEqualTo(jobs.get(0));
    assertThat(ask("/jobs/8").status()).isEqualTo(404);
    assertThat(ask("/status").result().path("jobs")).isEqualTo(jobs);

    JsonNode inside = server.get("/collections/c/optimizations?with=completed").result();
    assertThat(inside.at("/running/0/uuid").asString()).isEqualTo(AT_WORK.id().toString());
    assertThat(inside.at("/running/0/optimizer").asString()).isEqualTo("indexing");
    assertThat(inside.at("/completed/0/status").asString()).isEqualTo("done");
    assertThat(inside.at("/completed/0/progress/done").intValue()).isEqualTo(6);
  }

  @Test
  void while_that_process_is_away_it_is_said_and_all_else_is_told() {
    work.isAway = true;

    assertThat(ask("/jobs").error()).startsWith("503 ").endsWith("nobody is there");
    assertThat(ask("/jobs/7").status()).isEqualTo(503);
    JsonNode status = ask("/status").result();
    assertThat(status.path("jobs")).isEmpty();
    assertThat(status.path("jobs_error").asString()).isEqualTo("nobody is there");
    assertThat(status.path("qdrant_version").asString()).isEqualTo("1.19.0");
    JsonNode inside = server.get("/collections/c/optimizations?with=completed").result();
    assertThat(inside.path("running")).isEmpty();
    assertThat(inside.path("completed")).isEmpty();
  }
}
