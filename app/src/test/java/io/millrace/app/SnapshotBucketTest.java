package io.millrace.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.app.backup.S3Server;
import io.millrace.app.command.CommandFailure;
import io.millrace.ingest.Eventually;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// A server that keeps its snapshots in a bucket, by Qdrant's keys `storage.snapshots_config`.
@Timeout(120)
class SnapshotBucketTest {
  private static final String CONFIG =
      """
      , snapshots_config: { snapshots_storage: s3, s3_config: { bucket: bucket, \
      region: eu-central-1, access_key: AK, secret_key: %s, endpoint_url: "%s" } }\
      """;

  @TempDir Path folder;
  private S3Server bucket;
  private LocalServer server;

  @BeforeEach
  void start() throws IOException {
    bucket = new S3Server();
    server = new LocalServer(folder, "", CONFIG.formatted("SK", bucket.url()));
    server.create("c", "{'vectors':{'size':2,'distance':'Dot'}}");
    put(1);
  }

  @AfterEach
  void stop() {
    server.close();
    bucket.close();
  }

  private void put(int id) {
    server.ask(
        "PUT",
        "/collections/c/points?wait=true",
        "{'points':[{'id':%d,'vector':[1,2],'payload':{'n':%d}}]}".formatted(id, id));
  }

  private List<String> names(String path) {
    List<String> names = new ArrayList<>();
    server.ask("GET", path, "").forEach(each -> names.add(each.path("name").asString()));
    return names;
  }

  private List<Path> filesOnDisk() throws IOException {
    try (Stream<Path> files = Files.walk(folder.resolve("data/snapshots"))) {
      return files.filter(Files::isRegularFile).toList();
    }
  }

  @Test
  void snapshots_are_kept_listed_read_and_deleted_there() throws IOException {
    JsonNode made = server.ask("POST", "/collections/c/snapshots", "");
    String name = made.path("name").asString();
    JsonNode second = server.ask("POST", "/collections/c/snapshots", "");

    assertThat(bucket.objects())
        .containsKeys("snapshots/c/" + name, "snapshots/c/" + name + ".checksum");
    assertThat(filesOnDisk()).isEmpty();
    assertThat(names("/collections/c/snapshots"))
        .containsExactlyInAnyOrder(name, second.path("name").asString())
        .doesNotHaveDuplicates();
    JsonNode listed = server.ask("GET", "/collections/c/snapshots", "").get(0);
    assertThat(listed.path("checksum").asString()).hasSize(64);
    assertThat(listed.path("size").asInt())
        .isEqualTo(bucket.objects().get("snapshots/c/" + listed.path("name").asString()).length);

    Path file = folder.resolve("got.snapshot");
    server.run("snapshot", "download", "-c", "c", name, "--to", file.toString());
    assertThat(file).hasBinaryContent(bucket.objects().get("snapshots/c/" + name));
    server.run("backup", "create", folder.resolve("kept").toString(), "-c", "c").json();

    server.ask("DELETE", "/collections/c/snapshots/" + name, "");
    assertThat(names("/collections/c/snapshots")).containsExactly(second.path("name").asString());
    assertThat(bucket.objects()).doesNotContainKey("snapshots/c/" + name + ".checksum");
    assertThat(server.send("DELETE", "/collections/c/snapshots/" + name, "").statusCode())
        .isEqualTo(404);
    assertThat(server.send("GET", "/collections/c/snapshots/" + name, "").statusCode())
        .isEqualTo(404);
  }

  @Test
  void a_collection_is_recovered_from_there() throws IOException {
    String name = server.ask("POST", "/collections/c/snapshots", "").path("name").asString();
    put(2);
    String path = folder.resolve("data/snapshots/c").resolve(name).toString();
    for (String location : List.of("s3://bucket/snapshots/c/" + name, "file://" + path)) {
      server.ask("PUT", "/collections/copy/snapshots/recover", "{'location':'" + location + "'}");
      assertThat(server.points("copy")).containsOnlyKeys("1");
      assertThat(filesOnDisk()).isEmpty();
      server.ask("DELETE", "/collections/copy", "");
    }
    String shard =
        server.ask("POST", "/collections/c/shards/0/snapshots", "").path("name").asString();
    assertThat(bucket.objects()).containsKey("snapshots/c/shards/0/" + shard);
    assertThat(names("/collections/c/snapshots")).containsExactly(name);
    assertThat(names("/collections/c/shards/0/snapshots")).containsExactly(shard);
    int objects = bucket.objects().size();
    assertThat(server.send("GET", "/collections/c/shards/0/snapshot", "").statusCode())
        .isEqualTo(200);
    assertThat(bucket.objects()).hasSize(objects); // one that is sent only is not kept
    put(3);
    server.ask("PUT", "/collections/c/shards/0/snapshots/recover", "{'location':'" + shard + "'}");
    assertThat(server.points("c")).containsOnlyKeys("1", "2");
  }

  @Test
  void what_is_not_there_is_refused() throws IOException {
    for (String location :
        List.of(
            "s3://bucket/snapshots/c/none.snapshot",
            "s3://other/snapshots/c/none.snapshot",
            "file://" + folder.resolve("data/snapshots/c/none.snapshot"))) {
      var answer =
          server.send("PUT", "/collections/c/snapshots/recover", "{'location':'" + location + "'}");
      assertThat(answer.statusCode()).as(answer.body()).isEqualTo(404);
    }
    Path outside = Files.writeString(folder.resolve("x.snapshot"), "x");
    assertThat(
            server
                .send(
                    "PUT",
                    "/collections/c/snapshots/recover",
                    "{'location':'file://" + outside + "'}")
                .statusCode())
        .isEqualTo(403);
  }

  @Test
  void full_snapshots_are_there_too() {
    String name = server.ask("POST", "/snapshots", "").path("name").asString();

    assertThat(bucket.objects()).containsKey("snapshots/" + name);
    assertThat(names("/snapshots")).containsExactly(name);
    assertThat(names("/collections/c/snapshots")).isEmpty();
    server.ask("DELETE", "/snapshots/" + name, "");
    assertThat(bucket.objects()).isEmpty();
  }

  @Test
  void metrics_know_the_newest_one_after_a_start() {
    server.ask("POST", "/collections/c/snapshots", "");
    assertThat(server.send("GET", "/metrics", "").body())
        .contains("millrace_snapshot_last_timestamp_seconds{collection=\"c\"}")
        .contains("snapshot_created_total{id=\"c\"} 1");

    server.restart();

    Eventually.equal(
        true,
        Duration.ofSeconds(30),
        () ->
            server
                .send("GET", "/metrics", "")
                .body()
                .contains("millrace_snapshot_last_timestamp_seconds{collection=\"c\"} 1769860800"));
  }

  @Test
  void a_bucket_that_refuses_is_told_and_leaves_nothing() throws IOException {
    server.close();
    server = new LocalServer(folder, "", CONFIG.formatted("wrong", bucket.url()));

    var answer = server.send("POST", "/collections/c/snapshots", "");

    assertThat(answer.statusCode()).isEqualTo(503);
    assertThat(answer.body()).contains("s3://bucket", "403");
    assertThat(filesOnDisk()).isEmpty();
    assertThat(server.send("GET", "/metrics", "").body())
        .as("no snapshot, no time of one")
        .doesNotContain("millrace_snapshot_last_timestamp_seconds{collection=\"c\"}");
    assertThat(server.send("GET", "/collections/c/snapshots", "").statusCode()).isEqualTo(503);
  }

  @Test
  void keys_that_are_missing_stop_the_start() {
    assertThatThrownBy(() ->
            new LocalServer(folder.resolve("other"), "", CONFIG.formatted("' '", bucket.url())))
        .isInstanceOf(CommandFailure.class)
        .hasMessageContaining("storage.snapshots_config.s3_config needs access_key");
  }
}
