package io.millrace.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.millrace.api.json.CollectionDefaults;
import io.millrace.meter.Jobs;
import io.millrace.meter.MergeLog;
import io.millrace.model.Deadline;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// What those who operate a server ask it; every answer is held against the contract.
class OperationsApiTest {
  private static final String SOURCES =
      """
      [{"name":"orders","state":"paused","epoch":2,"lag":7,"applied":3,"dead":1,
        "dead_by_code":{"ENCODING":1},"dead_letters":4,"dead_letters_expired":2,"bytes":99,
        "streams":[{"stream":"products/0","next":5,"end":12,"lag":7,"lag_seconds":1.5}]},
       {"name":"inbox","state":"running","dead_letters":null,
        "files":{"waiting":6,"done":5,"same_content":2,"failed":1,"reading":"a","all_bytes":88}}]
      """;

  @TempDir Path folder;
  private Server server;

  @BeforeEach
  void start() {
    server = new Server(folder, ApiSettings.defaults(), question -> SOURCES);
    server.put("/collections/c", "{'vectors':{'size':1,'distance':'Dot'}}").result();
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private void upsert() {
    server
        .put(
            "/collections/c/points?wait=true",
            "{'points':[{'id':1,'vector':[1]},{'id':2,'vector':[2]}]}")
        .result();
  }

  @Test
  void telemetry_has_the_keys_of_its_level() {
    upsert();
    JsonNode level0 = server.get("/telemetry").result();
    assertThat(level0.propertyNames())
        .containsExactlyInAnyOrder("id", "app", "collections", "cluster", "requests", "quota");
    assertThat(level0.path("collections").propertyNames()).containsExactly("number_of_collections");

    JsonNode level1 = server.get("/telemetry?details_level=1").result();
    assertThat(level1.propertyNames()).contains("memory", "hardware", "search_pool").hasSize(9);
    assertThat(level1.at("/app/features/staging").booleanValue(true)).isFalse();
    assertThat(level1.at("/collections/collections/0").propertyNames())
        .containsExactlyInAnyOrder("vectors", "optimizers_status", "params");

    JsonNode level2 = server.get("/telemetry?details_level=2").result();
    assertThat(level2.at("/collections/collections/0").propertyNames())
        .containsExactlyInAnyOrder("id", "init_time_ms", "config");

    JsonNode level3 = server.get("/telemetry?details_level=3").result();
    assertThat(level3.at("/collections/collections/0").propertyNames())
        .containsExactlyInAnyOrder(
            "id", "init_time_ms", "config", "shards", "transfers", "resharding");
    JsonNode shard = level3.at("/collections/collections/0/shards/0");
    assertThat(shard.propertyNames())
        .containsExactlyInAnyOrder(
            "id", "key", "local", "remote", "replicate_states", "partial_snapshot");
    assertThat(shard.path("local").propertyNames())
        .containsExactlyInAnyOrder(
            "variant_name",
            "status",
            "total_optimized_points",
            "vectors_size_bytes",
            "payloads_size_bytes",
            "num_points",
            "num_vectors",
            "num_vectors_by_name",
            "optimizations",
            "async_scorer",
            "update_queue");
    assertThat(shard.at("/local/num_vectors_by_name").toString()).isEqualTo("{\"\":2}");

    JsonNode level4 = server.get("/telemetry?details_level=4").result();
    JsonNode local = level4.at("/collections/collections/0/shards/0/local");
    assertThat(local.propertyNames()).contains("segments", "indexed_only_excluded_vectors");
    assertThat(local.at("/segments/0").propertyNames())
        .containsExactlyInAnyOrder(
            "info", "config", "vector_index_searches", "payload_field_indices");
    assertThat(local.at("/segments/0/info/num_points").intValue()).isEqualTo(2);
  }

  @Test
  void telemetry_counts_snapshots_and_the_bytes_of_payloads() {
    server
        .put(
            "/collections/c/points?wait=true",
            "{'points':[{'id':1,'vector':[1],'payload':{'city':'Bonn'}},{'id':2,'vector':[1]}]}")
        .result();
    server.post("/collections/c/snapshots", "{}").result();

    JsonNode collections = server.get("/telemetry?details_level=3").result().path("collections");

    assertThat(collections.at("/collections/0/shards/0/local/payloads_size_bytes").longValue())
        .isEqualTo("{\"city\":\"Bonn\"}".length());
    assertThat(collections.at("/snapshots/0/id").asString()).isEqualTo("c");
    assertThat(collections.at("/snapshots/0/total_snapshot_creations").longValue()).isEqualTo(1);
    assertThat(collections.at("/snapshots/0/running_snapshots").longValue(-1)).isZero();
    assertThat(collections.at("/snapshots/0/running_snapshot_recovery").longValue(-1)).isZero();
  }

  @Test
  void an_empty_collection_has_a_segment_for_the_next_points() {
    JsonNode segments =
        server
            .get("/telemetry?details_level=4")
            .result()
            .at("/collections/collections/0/shards/0/local/segments");

    assertThat(segments).hasSize(1);
    assertThat(segments.at("/0/info/num_points").intValue(-1)).isZero();
    assertThat(segments.at("/0/info/is_appendable").booleanValue()).isTrue();
  }

  @Test
  void the_queue_counts_operations() {
    assertThat(operations()).isZero();
    upsert();
    assertThat(operations()).isEqualTo(1);
    upsert();
    assertThat(operations()).isEqualTo(2);
  }

  private int operations() {
    return server
        .get("/telemetry?details_level=3")
        .result()
        .at("/collections/collections/0/shards/0/local/update_queue/op_num")
        .intValue();
  }

  @Test
  void telemetry_for_others_names_nobody() {
    upsert();
    String text = server.get("/telemetry?details_level=4&anonymize=true").text();
    assertThat(text).doesNotContain("\"id\":\"c\"");
    JsonNode rows =
        server
            .get("/telemetry?per_collection=true")
            .result()
            .at("/requests/rest/per_collection_responses/c");
    JsonNode row = rows.path("PUT /collections/{collection_name}/points").path("200");
    assertThat(row.path("count").intValue()).isEqualTo(1);
    assertThat(row.path("last_responded").asString()).matches("\\d{4}-\\d\\d-\\d\\dT.*Z");
    assertThat(server.get("/telemetry").result().at("/requests/rest").propertyNames())
        .containsExactly("responses");
    assertThat(server.get("/telemetry?timeout=0").status()).isEqualTo(422);
    assertThat(
            server.get("/cluster/telemetry").result().at("/collections/c/shards/0/id").intValue())
        .isZero();
  }

  @Test
  void metrics_are_named_as_qdrant_names_them() {
    upsert();
    String metrics = server.get("/metrics").text();
    String series =
        "{method=\"PUT\",endpoint=\"/collections/{collection_name}/points\",status=\"200\"";
    assertThat(metrics.lines())
        .contains(
            "# TYPE app_info gauge",
            "app_info{name=\"qdrant\",version=\"1.19.0\"} 1",
            "collections_total 1",
            "collections_vector_total 2",
            "collection_vectors{collection=\"c\",vector=\"\"} 2",
            "collection_points{id=\"c\"} 2",
            "collection_update_queue_length{id=\"c\"} 0",
            "collection_active_replicas_min 1",
            "rest_responses_total" + series + "} 1",
            "# TYPE rest_responses_duration_seconds histogram",
            "rest_responses_duration_seconds_bucket" + series + ",le=\"+Inf\"} 1",
            "rest_responses_duration_seconds_bucket" + series + ",le=\"50\"} 1",
            "rest_responses_duration_seconds_count" + series + "} 1");
    for (String name :
        List.of(
            "memory_resident_bytes", "rest_responses_avg_duration_seconds", "cluster_enabled")) {
      assertThat(metrics).contains("\n" + name);
    }
    String each = server.get("/metrics?per_collection=true").text();
    assertThat(each.lines()).contains("rest_responses_total" + series + ",collection=\"c\"} 1");
    assertThat(each).doesNotContain("rest_responses_total" + series + "} ");
    assertThat(server.get("/metrics?anonymize=true").text()).doesNotContain("\"c\"");
  }

  @Test
  void metrics_of_ours_tell_how_far_collections_and_sources_are() {
    upsert();
    server.post("/collections/c/points/query", "{'query':[1]}").result();
    assertThat(server.get("/metrics").text().lines())
        .contains(
            "millrace_build_info{version=\"development\",qdrant_version=\"1.19.0\",java=\""
                + Runtime.version()
                + "\",commit=\"unknown\",format=\"1\"} 1",
            "millrace_sequence{collection=\"c\",stage=\"logged\"} 0",
            "millrace_sequence{collection=\"c\",stage=\"searchable\"} 0",
            "millrace_segments{collection=\"c\",kind=\"flat\"} 1",
            "# TYPE millrace_log_fsync_seconds histogram",
            "millrace_log_fsync_seconds_count 1",
            "millrace_apply_seconds_count 1",
            "# TYPE millrace_log_group_operations histogram",
            "millrace_log_group_operations_count 1",
            "millrace_log_group_operations_sum 1",
            "millrace_request_queue_seconds_count 1",
            "millrace_requests_rejected_total{reason=\"search_queue\"} 0",
            "millrace_http_connections 1",
            "millrace_search_segments_total{path=\"exact\"} 1",
            "millrace_search_segments_total{path=\"graph\"} 0",
            "millrace_search_seconds_count{path=\"exact\"} 1",
            "millrace_search_seconds_count{path=\"sparse\"} 0",
            "millrace_search_visited_vectors_total{path=\"exact\"} 2",
            "millrace_search_cancelled_total{reason=\"timeout\"} 0",
            "millrace_search_cancelled_total{reason=\"queue\"} 0",
            "millrace_merge_bytes_total 0",
            "millrace_merges_running{collection=\"c\"} 0",
            "millrace_applied_operations_total{collection=\"c\",kind=\"upsert\"} 1",
            "millrace_read_only{collection=\"c\"} 0",
            "millrace_disk_watermark{path=\"" + folder + "\",level=\"reserve\"} 0",
            "# TYPE millrace_merge_seconds histogram",
            "millrace_merge_seconds_bucket{le=\"7200\"} 0",
            "millrace_ingest_reachable 1",
            "millrace_source_state{source=\"orders\",state=\"paused\"} 1",
            "millrace_source_state{source=\"orders\",state=\"running\"} 0",
            "millrace_source_lag_records{source=\"orders\",partition=\"products/0\"} 7",
            "millrace_source_lag_seconds{source=\"orders\",partition=\"products/0\"} 1.5",
            "millrace_source_records_total{source=\"orders\",outcome=\"applied\"} 3",
            "millrace_dead_letters_total{source=\"orders\",code=\"ENCODING\"} 1",
            "millrace_dead_letters{source=\"orders\"} 4",
            "millrace_dead_letters_expired_total{source=\"orders\"} 2",
            "millrace_files{source=\"inbox\",state=\"waiting\"} 6",
            "millrace_files{source=\"inbox\",state=\"working\"} 1",
            "millrace_files_total{source=\"inbox\",outcome=\"done\"} 3",
            "millrace_files_total{source=\"inbox\",outcome=\"same_content\"} 2",
            "millrace_files_total{source=\"inbox\",outcome=\"failed\"} 1",
            "millrace_file_bytes_total{source=\"inbox\"} 88",
            "millrace_version_markers{collection=\"c\"} 0")
        .doesNotContain(
            "millrace_dead_letters{source=\"inbox\"} 0",
            "millrace_file_bytes_total{source=\"orders\"} 0")
        .anyMatch(line -> line.startsWith("jvm_memory_used_bytes{area=\"heap\"} "))
        .anyMatch(line -> line.matches("millrace_search_cpu_seconds_total [0-9.E-]*[1-9][0-9.E-]*"))
        .anyMatch(line -> line.matches("process_cpu_seconds_total [0-9]+\\.?[0-9]*"));
  }

  @Test
  void the_indexed_ratio_is_of_dense_vectors() {
    server
        .put(
            "/collections/s",
            "{'vectors':{'d':{'size':1,'distance':'Dot'}},'sparse_vectors':{'s':{}}}")
        .result();
    String sparse = "'s':{'indices':[1],'values':[1]}";
    server
        .put(
            "/collections/s/points?wait=true",
            "{'points':[{'id':1,'vector':{'d':[1],%s}},{'id':2,'vector':{%s}}]}"
                .formatted(sparse, sparse))
        .result();

    assertThat(server.get("/metrics").text().lines())
        .contains("millrace_indexed_ratio{collection=\"s\",vector=\"d\"} 0");
    assertThat(server.get("/collections/s").result().path("indexed_vectors_count").intValue())
        .isEqualTo(2);
  }

  @Test
  void bytes_on_disk_are_those_of_the_files() throws IOException {
    upsert();
    server.post("/collections/c/snapshots", "{}").result(); // commits
    String metrics = server.get("/metrics").text();
    long index = value(metrics, "millrace_disk_bytes{collection=\"c\",part=\"index\"} ");
    long log = value(metrics, "millrace_disk_bytes{collection=\"c\",part=\"log\"} ");

    Path parts = folder.resolve("collections").resolve("1");
    assertThat(index).isBetween(1L, bytes(parts.resolve("index")));
    assertThat(log).isBetween(1L, bytes(parts.resolve("log")));
    assertThat(bytes(parts.resolve("index")) - index).as("lists of segments").isLessThan(2_000);
    assertThat(value(metrics, "millrace_disk_bytes{collection=\"c\",part=\"snapshots\"} "))
        .isEqualTo(bytes(folder.resolve("snapshots").resolve("c")));
  }

  @Test
  void snapshots_on_the_disk_of_the_data_are_no_second_disk() {
    assertThat(server.get("/metrics").text().lines())
        .filteredOn(line -> line.startsWith("millrace_disk_size_bytes{"))
        .singleElement()
        .asString()
        .startsWith("millrace_disk_size_bytes{path=\"" + folder + "\"} ");
  }

  private static long value(String metrics, String sample) {
    return metrics
        .lines()
        .filter(line -> line.startsWith(sample))
        .mapToLong(line -> (long) Double.parseDouble(line.substring(sample.length())))
        .findFirst()
        .orElseThrow();
  }

  private static long bytes(Path part) throws IOException {
    try (Stream<Path> files = Files.list(part)) {
      return files.mapToLong(file -> file.toFile().length()).sum();
    }
  }

  @Test
  void a_prefix_goes_before_qdrants_names_only_and_collections_have_a_limit() {
    server.close();
    ApiSettings d = ApiSettings.defaults();
    server =
        new Server(
            folder,
            new ApiSettings(
                d.host(),
                0,
                d.maxRequestBytes(),
                d.maxUploadBytes(),
                d.keys(),
                true,
                d.qdrantVersion(),
                d.searchTimeout(),
                d.writeTimeout(),
                d.idleTimeout(),
                d.stopTimeout(),
                1,
                1,
                Optional.empty(),
                "q_",
                2,
                d.newCollections(),
                d.headTimeout(),
                d.pages()));
    assertThat(server.get("/metrics").text())
        .contains("\nq_collections_total 1\n", "# TYPE q_app_info gauge\n", "\nmillrace_segments")
        .doesNotContain("\ncollections_total");
    String body = "{'vectors':{'size':1,'distance':'Dot'}}";
    server.put("/collections/d", body).result();
    assertThat(server.put("/collections/e", body).error())
        .isEqualTo(
            "400 Bad request: Can't create collection with name e. Max collections limit reached:"
                + " 2");
  }

  @Test
  void optimizations_list_what_is_asked_for() {
    upsert();
    JsonNode bare = server.get("/collections/c/optimizations").result();
    assertThat(bare.propertyNames()).containsExactly("summary", "running");
    JsonNode all =
        server.get("/collections/c/optimizations?with=queued,%20completed,idle_segments").result();
    assertThat(all.at("/idle_segments/0/points_count").intValue()).isEqualTo(2);
    assertThat(server.get("/collections/c/optimizations?with=all").error())
        .isEqualTo("400 Wrong input: Unknown field in 'with' parameter: all");
    assertThat(server.get("/collections/d/optimizations").status()).isEqualTo(404);
    JsonNode memory = server.beside("GET", "/collections/c/memory", null).result();
    assertThat(memory.at("/total/disk_bytes").longValue()).isPositive();
  }

  @Test
  @Timeout(60)
  void a_graph_that_was_built_is_a_completed_optimization_named_by_its_segment() {
    server
        .put(
            "/collections/g",
            "{'vectors':{'size':2,'distance':'Dot'},'optimizers_config':{'indexing_threshold':1}}")
        .result();
    String points =
        IntStream.rangeClosed(1, 300)
            .mapToObj(id -> "{'id':" + id + ",'vector':[1," + id + "]}")
            .collect(Collectors.joining(","));
    server.put("/collections/g/points?wait=true", "{'points':[" + points + "]}").result();

    String all = "/collections/g/optimizations?with=completed,idle_segments";
    JsonNode got;
    do {
      got = server.get(all).result();
    } while (got.path("completed").isEmpty());

    JsonNode merge = got.at("/completed/0");
    assertThat(merge.path("optimizer").asString()).isEqualTo("indexing");
    assertThat(merge.path("status").asString()).isEqualTo("done");
    assertThat(merge.at("/segments/0/points_count").intValue()).isEqualTo(300);
    assertThat(merge.at("/progress/done").intValue()).isEqualTo(300);
    assertThat(merge.at("/progress/total").intValue()).isEqualTo(300);
    JsonNode info;
    do {
      info = server.get("/collections/g").result();
    } while (!info.path("status").asString().equals("green"));
    got = server.get(all + "&completed_limit=0").result();
    assertThat(got.path("completed")).isEmpty();
    assertThat(got.path("running")).isEmpty();
    assertThat(got.at("/idle_segments/0/uuid")).isEqualTo(merge.path("uuid"));
  }

  @Test
  void the_segments_of_a_merge_at_work_are_neither_idle_nor_queued() {
    upsert();
    String all = "/collections/c/optimizations?with=queued,idle_segments,completed";
    JsonNode segment = server.get(all).result().at("/idle_segments/0");
    MergeLog log = server.collections().require("c").merges().orElseThrow();
    UUID id = UUID.fromString(segment.path("uuid").asString());

    MergeLog.Running merge =
        log.begin(MergeLog.Kind.DELETED, List.of(new MergeLog.Part(id, 2)), Optional::empty);
    JsonNode during = server.get(all).result();
    assertThat(during.at("/running/0/optimizer").asString()).isEqualTo("vacuum");
    assertThat(during.at("/running/0/status").asString()).isEqualTo("optimizing");
    assertThat(during.at("/running/0/segments/0")).isEqualTo(segment);
    assertThat(during.at("/running/0/progress").propertyNames())
        .containsExactly("name", "started_at", "total");
    assertThat(during.path("idle_segments")).isEmpty();
    JsonNode job = server.beside("GET", "/jobs", null).result().at("/jobs/0");
    assertThat(job.path("kind").asString()).isEqualTo("merge");
    assertThat(job.path("collection").asString()).isEqualTo("c");
    assertThat(job.path("points").intValue()).isEqualTo(2);
    assertThat(during.at("/summary/idle_segments").intValue()).isZero();

    merge.end(MergeLog.Outcome.CANCELLED, 0);
    JsonNode after = server.get(all).result();
    assertThat(after.path("running")).isEmpty();
    assertThat(server.beside("GET", "/jobs", null).result().path("jobs")).isEmpty();
    assertThat(server.get("/metrics").text())
        .contains("millrace_jobs_total{kind=\"merge\",outcome=\"cancelled\"} 1\n");
    assertThat(after.at("/completed/0/status").propertyNames()).containsExactly("cancelled");
    assertThat(after.at("/idle_segments/0")).isEqualTo(segment);
  }

  @Test
  void a_text_index_that_is_filled_is_a_running_optimization_of_its_collection() {
    String all = "/collections/c/optimizations?with=queued,idle_segments,completed";
    server.put("/collections/d", "{'vectors':{'size':1,'distance':'Dot'}}").result();
    Jobs jobs = server.collections().jobs();
    Jobs.Running other = jobs.begin(Jobs.Kind.INDEX, "d", "t", 9, Duration.ZERO);
    Jobs.Running snapshot = jobs.begin(Jobs.Kind.SNAPSHOT, "c", 9);

    Jobs.Running job = jobs.begin(Jobs.Kind.INDEX, "c", "a.text", 5, Duration.ZERO);
    job.advance(2);
    JsonNode during = server.get(all).result();
    assertThat(during.path("running")).hasSize(1);
    JsonNode filling = during.at("/running/0");
    assertThat(filling.path("optimizer").asString()).isEqualTo("payload_index");
    assertThat(filling.path("status").asString()).isEqualTo("optimizing");
    assertThat(filling.path("segments")).isEmpty();
    assertThat(filling.at("/progress/name").asString()).isEqualTo("Payload Index a.text");
    assertThat(filling.at("/progress/done").intValue()).isEqualTo(2);
    assertThat(filling.at("/progress/total").intValue()).isEqualTo(5);
    assertThat(server.get(all).result().at("/running/0/uuid")).isEqualTo(filling.path("uuid"));

    job.end(Jobs.Outcome.DONE);
    other.end(Jobs.Outcome.DONE);
    snapshot.end(Jobs.Outcome.DONE);
    JsonNode after = server.get(all).result();
    assertThat(after.path("running")).isEmpty();
    assertThat(after.path("completed")).as("merges").isEmpty();
  }

  @Test
  void the_console_comes_with_the_server_and_asks_nobody_else() {
    Server.Got page = server.beside("GET", "/dashboard", null);
    assertThat(page.text()).contains("<title>Millrace</title>");
    for (String file : List.of("console.js", "console.css")) {
      String text = server.beside("GET", "/dashboard/" + file, null).text();
      assertThat(page.text()).contains("/dashboard/" + file);
      assertThat(text).doesNotContain("http:", "https:", "innerHTML");
    }
    String script = server.beside("GET", "/dashboard/console.js", null).text();
    List<String> pages =
        Stream.of(page.text().split("<a href=\"#"))
            .skip(1)
            .map(link -> link.substring(0, link.indexOf('"')))
            .toList();
    assertThat(pages).contains("overview", "quality", "jobs").hasSize(7);
    for (String each : pages) {
      assertThat(script).as(each).containsPattern("(?m)^  async '?" + each + "'?\\(");
    }
    assertThat(server.beside("GET", "/dashboard/other.js", null).status()).isEqualTo(404);
    assertThat(server.beside("GET", "/dashboard%2f..%2fcollections", null).status()).isEqualTo(404);
  }

  @Test
  void what_the_page_of_search_quality_asks_is_answered() {
    upsert();
    server.collections().require("c").awaitSearchable(0, Deadline.NONE);
    String path = "/collections/c/points/query";

    JsonNode drawn =
        server
            .post(
                path,
                "{'query':{'sample':'random'},'limit':50,'with_payload':false,"
                    + "'filter':{'must':[{'has_vector':''}]}}")
            .result();
    assertThat(drawn.path("points")).hasSize(2);
    for (String params : List.of("", ",'params':{'exact':true}")) {
      Server.Got nearest =
          server.post(path, "{'query':1,'limit':10,'with_payload':false" + params + "}");
      assertThat(nearest.result().at("/points/0/id").intValue()).isEqualTo(2);
      assertThat(nearest.result().path("points")).hasSize(1);
      assertThat(nearest.text()).contains("\"id\":2,").containsPattern("\"time\":[0-9.e-]+");
    }
  }

  @Test
  void sums_over_collections_do_not_fall_when_one_is_dropped() {
    upsert();
    server.collections().require("c").awaitSearchable(0, Deadline.NONE);
    String before = server.get("/metrics").text();
    long applied = value(before, "millrace_apply_seconds_count ");
    long logged = value(before, "millrace_log_group_operations_count ");
    assertThat(applied).isPositive();

    server.delete("/collections/c").result();

    String after = server.get("/metrics").text();
    assertThat(value(after, "millrace_apply_seconds_count ")).isEqualTo(applied);
    assertThat(value(after, "millrace_log_group_operations_count ")).isEqualTo(logged);
  }

  @Test
  void snapshots_are_jobs_that_can_be_asked_about() {
    upsert();
    server.post("/collections/c/snapshots", "{}").result();

    JsonNode jobs = server.beside("GET", "/jobs", null).result().path("jobs");
    assertThat(jobs).hasSize(1);
    String id = jobs.get(0).path("id").toString();
    JsonNode job = server.beside("GET", "/jobs/" + id, null).result();
    assertThat(job.path("kind").asString()).isEqualTo("snapshot");
    assertThat(job.path("collection").asString()).isEqualTo("c");
    assertThat(job.path("state").asString()).isEqualTo("done");
    assertThat(job.path("progress").doubleValue()).isEqualTo(1);
    assertThat(job.path("bytes").longValue())
        .isEqualTo(job.path("of_bytes").longValue())
        .isPositive();
    assertThat(server.beside("GET", "/jobs/99", null).error())
        .isEqualTo("404 Not found: There is no job '99', or not any more");
    assertThat(server.beside("GET", "/jobs/x", null).status()).isEqualTo(404);
    assertThat(server.get("/metrics").text())
        .contains("millrace_jobs_total{kind=\"snapshot\",outcome=\"done\"} 1\n")
        .contains("millrace_job_progress_ratio{kind=\"snapshot\",id=\"" + id + "\"} 1\n")
        .contains("millrace_jobs_total{kind=\"restore\",outcome=\"failed\"} 0\n")
        .contains("millrace_jobs_total{kind=\"merge\",outcome=\"cancelled\"} 0\n");

    JsonNode status = server.beside("GET", "/status", null).result();
    assertThat(status.path("version").asString()).isEqualTo("development");
    assertThat(status.path("qdrant_version").asString()).isEqualTo("1.19.0");
    assertThat(status.path("recovery_mode").booleanValue(true)).isFalse();
    assertThat(status.path("jobs")).hasSize(1);
  }

  @Test
  void a_text_index_over_points_is_a_job_of_its_field_that_counts_points() {
    Jobs.Running filling =
        server.collections().jobs().begin(Jobs.Kind.INDEX, "c", "a.b[]", 8, Duration.ofSeconds(4));
    filling.advance(2);

    JsonNode job = server.beside("GET", "/jobs", null).result().at("/jobs/0");
    assertThat(job.propertyNames())
        .containsExactly(
            "id",
            "kind",
            "collection",
            "field",
            "state",
            "started",
            "progress",
            "points",
            "of_points",
            "points_per_second",
            "seconds",
            "seconds_left");
    assertThat(job.path("kind").asString()).isEqualTo("index");
    assertThat(job.path("collection").asString()).isEqualTo("c");
    assertThat(job.path("field").asString()).isEqualTo("a.b[]");
    assertThat(job.path("state").asString()).isEqualTo("running");
    assertThat(job.path("points").intValue()).isEqualTo(2);
    assertThat(job.path("of_points").intValue()).isEqualTo(8);
    assertThat(server.get("/metrics").text())
        .contains("millrace_job_progress_ratio{kind=\"index\",id=\"1\"} 0.25\n")
        .contains("millrace_jobs_total{kind=\"index\",outcome=\"done\"} 0\n");

    filling.end(Jobs.Outcome.CANCELLED);
    assertThat(server.beside("GET", "/jobs/1", null).result().path("state").asString())
        .isEqualTo("cancelled");
    assertThat(server.get("/metrics").text())
        .contains("millrace_jobs_total{kind=\"index\",outcome=\"cancelled\"} 1\n");
  }

  @Test
  void a_durable_commit_tells_its_time() {
    upsert();
    server.post("/collections/c/snapshots", "{}").result(); // of a durable commit

    long at =
        value(
            server.get("/metrics").text(),
            "millrace_last_commit_timestamp_seconds{collection=\"c\"} ");
    assertThat(at).isCloseTo(System.currentTimeMillis() / 1_000, within(60L));
  }

  @Test
  void defaults_of_new_collections_are_kept_with_what_their_create_call_does_not_say() {
    server.close();
    ObjectNode body = JsonNodeFactory.instance.objectNode();
    body.withObject("/hnsw_config").put("m", 8).put("ef_construct", 50);
    body.withObject("/optimizers_config").put("indexing_threshold", 77);
    body.withObject("/strict_mode_config").put("enabled", true).put("max_query_limit", 3);
    body.withObject("/quantization_config/scalar").put("type", "int8");
    server =
        new Server(
            folder,
            ApiSettings.defaults()
                .withNewCollections(CollectionDefaults.of(body, Optional.of(true))));

    server
        .put(
            "/collections/new",
            "{'vectors':{'a':{'size':1,'distance':'Dot'},"
                + "'b':{'size':1,'distance':'Dot','memory':'cached'}},"
                + "'hnsw_config':{'m':4},'quantization_config':{'binary':{}}}")
        .result();

    JsonNode config = server.get("/collections/new").result().path("config");
    assertThat(config.at("/hnsw_config/m").intValue()).isEqualTo(4);
    assertThat(config.at("/hnsw_config/ef_construct").intValue()).isEqualTo(50);
    assertThat(config.at("/optimizer_config/indexing_threshold").intValue()).isEqualTo(77);
    assertThat(config.at("/strict_mode_config/max_query_limit").intValue()).isEqualTo(3);
    assertThat(config.path("quantization_config").toString()).isEqualTo("{\"binary\":{}}");
    assertThat(config.at("/params/vectors/a/on_disk").booleanValue()).isTrue();
    assertThat(config.at("/params/vectors/b").has("on_disk")).isFalse();
    assertThat(
            server.get("/collections/c").result().at("/config/hnsw_config/ef_construct").intValue())
        .as("of a collection that was there")
        .isEqualTo(100);
    assertThat(server.post("/collections/new/points/query", "{'limit':4}").status()).isEqualTo(400);
  }

  @Test
  void pages_come_from_the_folder_that_is_named_and_from_nowhere_else() throws IOException {
    server.close();
    Path pages = Files.createDirectories(folder.resolve("pages"));
    Files.createDirectories(pages.resolve("assets"));
    Files.writeString(pages.resolve("index.html"), "<p>other</p>");
    byte[] picture = {0, -1, 2, -3};
    Files.write(pages.resolve("assets").resolve("x.png"), picture);
    Files.writeString(folder.resolve("secret"), "s");
    Files.createSymbolicLink(pages.resolve("link"), folder.resolve("secret"));
    server =
        new Server(
            folder.resolve("data"),
            ApiSettings.defaults()
                .withPages(new ApiSettings.Pages(true, Optional.of(pages), true)));

    Server.Got page = server.beside("GET", "/dashboard", null);
    assertThat(page.text()).isEqualTo("<p>other</p>");
    assertThat(page.header("Content-Type")).contains("text/html; charset=utf-8");
    assertThat(page.header("X-Frame-Options")).contains("DENY");
    assertThat(page.header("Content-Security-Policy"))
        .contains("connect-src 'self'; frame-ancestors 'none'");
    assertThat(server.beside("GET", "/dashboard/assets/x.png", null).header("Content-Type"))
        .contains("image/png");
    for (String other : List.of("link", "..%2fsecret", "%2e%2e/secret", "assets", "console.js")) {
      assertThat(server.beside("GET", "/dashboard/" + other, null).status())
          .as(other)
          .isEqualTo(404);
    }
    assertThat(server.get("/telemetry").result().at("/app/hide_jwt_dashboard").booleanValue())
        .isTrue();

    server.close();
    server =
        new Server(
            folder.resolve("data"),
            ApiSettings.defaults()
                .withPages(new ApiSettings.Pages(false, Optional.empty(), false)));
    assertThat(server.beside("GET", "/dashboard", null).status()).isEqualTo(404);
  }
}
