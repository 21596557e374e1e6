package io.millrace.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.app.Processes.Answer;
import io.millrace.app.Processes.Ended;
import io.millrace.app.Processes.Running;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// `millrace ingest` and `millrace query` over one data folder. Both are started at the same time,
/// as two containers of a pod would be.
class TwoProcessIT {
  @TempDir private Path folder;
  private Processes processes;
  private Running ingest;
  private Running query;

  @BeforeEach
  void open() {
    processes = new Processes();
    ingest = processes.start(Map.of(), "ingest", "-d", data());
    query = processes.server("query", "-d", data(), "-p", "0");
    ingest.awaitLine("Ready shape=ingest");
    query.awaitLine("Connected to the ingest process");
  }

  @AfterEach
  void close() {
    if (processes != null) {
      processes.close();
    }
  }

  @Test
  void a_waited_write_is_in_the_next_read() {
    ServeIT.createWords(query);
    for (int id = 1; id <= 20; id++) {
      Answer write = query.call("PUT", "/collections/words/points?wait=true", ServeIT.point(id));

      assertThat(write.result().path("status").asString()).isEqualTo("completed");
      assertThat(ServeIT.count(query)).isEqualTo(id);
    }
  }

  @Test
  void a_write_that_nobody_waits_for_is_published_soon() {
    ServeIT.createWords(query);
    query.call("PUT", "/collections/words/points?wait=false", ServeIT.point(1)).result();

    Processes.await("the point is seen", () -> ServeIT.count(query) == 1);
  }

  @Test
  void with_ingest_killed_reads_go_on_and_writes_are_off_until_it_is_back() {
    ServeIT.createWords(query);
    query.call("PUT", "/collections/words/points?wait=true", ServeIT.point(1)).result();

    ingest.kill();

    Answer write = query.call("PUT", "/collections/words/points?wait=true", ServeIT.point(2));
    assertThat(write.status()).isEqualTo(503);
    assertThat(write.error()).contains("the ingest process");
    assertThat(query.call("PUT", "/collections/more", "{\"vectors\":{}}").status()).isEqualTo(503);
    assertThat(ServeIT.count(query)).isEqualTo(1);
    assertThat(query.status("/readyz")).isEqualTo(200);

    ingest = processes.server("ingest", "-d", data());

    Processes.await(
        "writes are on again",
        () ->
            query.call("PUT", "/collections/words/points?wait=true", ServeIT.point(3)).status()
                == 200);
    assertThat(ServeIT.count(query)).isEqualTo(2);
  }

  @Test
  void refusals_and_outcomes_of_the_other_process_keep_their_words() {
    ServeIT.createWords(query);

    Answer wrong =
        query.call(
            "PUT",
            "/collections/words/points?wait=true",
            "{\"points\":[{\"id\":1,\"vector\":[1]}]}");
    Answer missing =
        query.call(
            "POST",
            "/collections/words/points/payload?wait=true",
            "{\"points\":[7],\"payload\":{\"a\":1}}");
    Answer again =
        query.call("PUT", "/collections/words", "{\"vectors\":{\"size\":2,\"distance\":\"Dot\"}}");

    assertThat(wrong.status()).isEqualTo(400);
    assertThat(wrong.error())
        .contains("Wrong input: Vector dimension error: expected dim: 2, got 1");
    assertThat(missing.status()).isEqualTo(404);
    assertThat(missing.error()).isEqualTo("Not found: No point with id 7 found");
    assertThat(again.status()).isEqualTo(409);
  }

  @Test
  void collections_and_aliases_are_seen_at_once() {
    ServeIT.createWords(query);
    query
        .call(
            "POST",
            "/collections/aliases",
            "{\"actions\":[{\"create_alias\":{\"collection_name\":\"words\",\"alias_name\":\"w\"}}]}")
        .result();
    assertThat(query.call("GET", "/collections/w", "").status()).isEqualTo(200);

    assertThat(query.call("DELETE", "/collections/words", "").result().booleanValue()).isTrue();

    assertThat(query.call("GET", "/collections", "").result().path("collections")).isEmpty();
    assertThat(query.call("GET", "/collections/w", "").status()).isEqualTo(404);
  }

  @Test
  void query_shows_the_work_of_ingest_and_says_when_it_cannot() {
    ServeIT.createWords(query);
    query.call("PUT", "/collections/words/points?wait=true", ServeIT.point(1)).result();
    query.call("POST", "/collections/words/snapshots", "").result();

    JsonNode jobs = query.call("GET", "/jobs", "").result().path("jobs");
    assertThat(jobs.at("/0/kind").asString()).isEqualTo("snapshot");
    assertThat(jobs.at("/0/collection").asString()).isEqualTo("words");
    assertThat(jobs.at("/0/state").asString()).isEqualTo("done");
    assertThat(query.call("GET", "/jobs/" + jobs.at("/0/id"), "").result()).isEqualTo(jobs.get(0));
    assertThat(query.call("GET", "/status", "").result().path("jobs")).isEqualTo(jobs);
    assertThat(processes.run("status", "--url", query.url()).exitCode()).isZero();

    ingest.signal("STOP");

    Answer stopped = query.call("GET", "/jobs", "");
    assertThat(stopped.status()).isEqualTo(408);
    assertThat(stopped.error()).contains("The ingest process did not answer in time");

    ingest.kill();

    Answer without = query.call("GET", "/jobs", "");
    assertThat(without.status()).isEqualTo(503);
    assertThat(without.error()).contains("the ingest process");
    JsonNode status = query.call("GET", "/status", "").result();
    assertThat(status.path("jobs")).isEmpty();
    assertThat(status.path("jobs_error").asString()).contains("the ingest process");
    assertThat(query.call("GET", "/collections/words/optimizations", "").result().path("running"))
        .isEmpty();
    assertThat(processes.run("status", "--url", query.url()).out()).contains("the ingest process");
  }

  @Test
  void what_ingest_merged_is_listed_by_query() {
    query
        .call(
            "PUT",
            "/collections/words",
            "{\"vectors\":{\"size\":2,\"distance\":\"Dot\"},"
                + "\"optimizers_config\":{\"indexing_threshold\":1}}")
        .result();
    String points =
        IntStream.rangeClosed(1, 300)
            .mapToObj(id -> "{\"id\":" + id + ",\"vector\":[1," + id + "]}")
            .collect(Collectors.joining(","));
    query
        .call("PUT", "/collections/words/points?wait=true", "{\"points\":[" + points + "]}")
        .result();

    Processes.await("the merge is listed", () -> !completed().isEmpty());
    assertThat(completed().at("/0/optimizer").asString()).isEqualTo("indexing");
    assertThat(completed().at("/0/status").asString()).isEqualTo("done");
    Processes.await(
        "the collection is green",
        () ->
            query
                .call("GET", "/collections/words", "")
                .result()
                .path("status")
                .asString()
                .equals("green"));
  }

  private JsonNode completed() {
    return query
        .call("GET", "/collections/words/optimizations?with=completed", "")
        .result()
        .path("completed");
  }

  @Test
  void both_stop_with_exit_code_0_and_ingest_answers_its_probe() {
    Ended probe = processes.run("status", "--ready", "-d", data());
    assertThat(probe.exitCode()).as(probe.err()).isZero();

    query.signal("TERM");
    ingest.signal("TERM");

    assertThat(query.exitCode(Duration.ofSeconds(10))).isZero();
    assertThat(ingest.exitCode(Duration.ofSeconds(10))).isZero();
    assertThat(processes.run("status", "--ready", "-d", data()).exitCode()).isEqualTo(1);
  }

  private String data() {
    return folder.resolve("data").toString();
  }
}
