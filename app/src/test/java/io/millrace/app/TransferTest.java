package io.millrace.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.ingest.Eventually;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// `import`, `export`, `migrate` and `reindex --from collection` against real servers. Those that
/// can go on are killed in the middle, as processes of their own, and run again.
@Timeout(180)
class TransferTest {
  private static final Duration SOON = Duration.ofSeconds(60);
  private static final JsonMapper JSON = new JsonMapper();

  /// Enough for a kill to come before the end.
  private static final int MANY = 12_000;

  private static final String TWO = "{'vectors':{'size':2,'distance':'Dot'}}";

  @TempDir Path folder;
  private LocalServer server;

  @BeforeEach
  void start() throws Exception {
    Path inbox = Files.createDirectories(folder.resolve("in"));
    server =
        new LocalServer(
            folder.resolve("first"),
            """
            sources:
              inbox:
                type: files
                path: %s
                settle: 0s
                bindings: [ { collection: copy } ]
            """
                .formatted(inbox));
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private Path lines(int n) throws IOException {
    StringBuilder text = new StringBuilder();
    for (int id = 0; id < n; id++) {
      text.append("{\"id\":%d,\"vector\":[1,%d],\"payload\":{\"n\":%d}}\n".formatted(id, id, id));
    }
    return Files.writeString(folder.resolve("points.ndjson"), text);
  }

  private long count(LocalServer at, String collection) {
    return at.ask("POST", "/collections/" + collection + "/points/count", "{'exact':true}")
        .path("count")
        .asLong();
  }

  /// Every point with vectors and payload, by id.
  private static Map<String, JsonNode> whole(LocalServer at, String collection) {
    Map<String, JsonNode> points = new TreeMap<>();
    at.ask(
            "POST",
            "/collections/" + collection + "/points/scroll",
            "{'limit':100000,'with_payload':true,'with_vector':true}")
        .path("points")
        .forEach(point -> points.put(point.path("id").toString(), point));
    return points;
  }

  /// Kills the command, a process of its own, as soon as its state says that it has begun.
  private void killInTheMiddle(Path state, String... command) throws Exception {
    var line =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Xmx256m",
                "--add-modules=jdk.incubator.vector",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName()));
    line.addAll(List.of(command));
    line.addAll(List.of("--url", server.url()));
    Process process =
        new ProcessBuilder(line)
            .redirectErrorStream(true)
            .redirectOutput(new File(folder.toFile(), "out.log"))
            .start();
    try {
      Eventually.equal(true, SOON, () -> Files.exists(state) || !process.isAlive());
    } finally {
      process.destroyForcibly();
      assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
    }
    assertThat(state)
        .as("killed before its end: " + Files.readString(folder.resolve("out.log")))
        .exists();
  }

  @Test
  void an_import_that_is_killed_goes_on_and_keeps_what_was_refused() throws Exception {
    server.create("c", TWO);
    Path file = lines(MANY);
    Files.writeString(
        file,
        Files.readString(file)
            + "{\"id\":1,\"vector\":[1,2,3]}\nrubbish\n"
            + "{\"set_payload\":{\"payload\":{\"m\":1},\"points\":[7]}}\n");
    Path state = folder.resolve("points.ndjson.import.json");
    killInTheMiddle(state, "import", "-c", "c", file.toString());
    long before = count(server, "c");
    assertThat(before).isBetween(1L, MANY - 1L);

    LocalServer.Ran ran = server.run("import", "-c", "c", file.toString(), "--json");

    assertThat(ran.exitCode()).isEqualTo(1); // two lines were refused
    JsonNode report = JSON.readTree(ran.out());
    assertThat(report.path("refused").asInt()).isEqualTo(2);
    assertThat(report.path("applied").asLong()).isBetween(MANY - before + 1, MANY - 1L);
    assertThat(count(server, "c")).isEqualTo(MANY);
    Map<String, String> points = server.points("c");
    assertThat(points.get("7")).isEqualTo("{\"n\":7,\"m\":1}");
    assertThat(points.get("11999")).isEqualTo("{\"n\":11999}");
    assertThat(Files.readString(folder.resolve("points.ndjson.refused.ndjson")))
        .contains("\"line\":12001", "expected dim: 2, got 3", "\"line\":12002");
    assertThat(state).doesNotExist();
  }

  @Test
  void an_export_that_is_killed_goes_on_and_writes_every_point_once() throws Exception {
    server.create("c", TWO);
    server.run("import", "-c", "c", lines(MANY).toString()).json();
    for (String name : List.of("out.ndjson.gz", "out.parquet")) {
      Path file = folder.resolve(name);
      killInTheMiddle(folder.resolve(name + ".part.json"), "export", "-c", "c", file.toString());

      JsonNode report = server.run("export", "-c", "c", file.toString(), "--json").json();

      assertThat(report.path("points").asInt()).isEqualTo(MANY);
      server.create("copy", TWO);
      Files.move(file, folder.resolve("in").resolve(name));
      Eventually.equal((long) MANY, SOON, () -> count(server, "copy"));
      Path reports = onlyReport();
      assertThat(Files.readString(reports)).contains("\"records\":12000,\"applied\":12000");
      assertThat(whole(server, "copy")).isEqualTo(whole(server, "c"));
      server.ask("DELETE", "/collections/copy", "");
      Files.delete(reports);
    }
  }

  private Path onlyReport() throws IOException {
    Eventually.equal(true, SOON, () -> findReport().length == 1);
    return findReport()[0];
  }

  private Path[] findReport() {
    Path done = folder.resolve("in/done");
    if (!Files.isDirectory(done)) {
      return new Path[0];
    }
    try (var files = Files.walk(done)) {
      return files.filter(file -> file.endsWith("reports.ndjson")).toArray(Path[]::new);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  /// Named, sparse and multivectors, ids of both kinds, points without some or all of their
  /// vectors, payloads with digits that a double does not have.
  @Test
  void parquet_keeps_every_kind_of_point() throws Exception {
    String kinds =
        """
        {'vectors':{'a':{'size':2,'distance':'Dot'},
                    'm':{'size':2,'distance':'Dot','multivector_config':{'comparator':'max_sim'}}},
         'sparse_vectors':{'s':{}}}\
        """;
    server.create("c", kinds);
    server.create("copy", kinds);
    server.ask(
        "PUT",
        "/collections/c/points?wait=true",
        """
        {'points':[
          {'id':1,'vector':{'a':[1.5,-2],'m':[[1,2],[3,4]],'s':{'indices':[7,4000000000],'values':[0.5,2]}},
           'payload':{'big':9007199254740993,'float':1e30,'deep':{'list':[1,null,'x']}}},
          {'id':18446744073709551615,'vector':{'m':[[0.1,0.2]]},'payload':{}},
          {'id':3,'vector':{'s':{'indices':[],'values':[]}}},
          {'id':'11111111-2222-3333-4444-555555555555','vector':{}}]}\
        """);

    server.run("export", "-c", "c", folder.resolve("x.parquet").toString()).json();
    Files.move(folder.resolve("x.parquet"), folder.resolve("in/x.parquet"));

    Eventually.equal(4L, SOON, () -> count(server, "copy"));
    assertThat(whole(server, "copy")).isEqualTo(whole(server, "c"));
    String page = "{'limit':10,'with_payload':true}";
    assertThat(server.send("POST", "/collections/copy/points/scroll", page).body())
        .contains("{\"big\":9007199254740993,\"float\":1e30,\"deep\":{\"list\":[1,null,\"x\"]}}");
  }

  @Test
  void a_migration_that_is_killed_goes_on_with_settings_indexes_and_aliases() throws Exception {
    try (LocalServer old = new LocalServer(folder.resolve("second"), "")) {
      old.create(
          "c",
          "{'vectors':{'size':2,'distance':'Dot'},'hnsw_config':{'m':8},"
              + "'quantization_config':{'scalar':{'type':'int8'}}}");
      old.run("import", "-c", "c", lines(MANY).toString()).json();
      old.ask(
          "PUT", "/collections/c/index?wait=true", "{'field_name':'n','field_schema':'integer'}");
      old.create("small", TWO);
      old.alias("alias", "c");
      Path state = folder.resolve("state.json");
      killInTheMiddle(state, "migrate", "--from", old.url(), "--state", state.toString());
      assertThat(count(server, "c")).isBetween(1L, MANY - 1L);

      LocalServer.Ran ran = server.run("migrate", "--from", old.url(), "--state", state.toString());

      assertThat(ran.exitCode()).as(ran.err()).isZero();
      assertThat(count(server, "c")).isEqualTo(MANY);
      assertThat(whole(server, "c")).isEqualTo(whole(old, "c"));
      assertThat(server.behind("alias")).isEqualTo("c");
      assertThat(count(server, "small")).isZero();
      JsonNode made = server.ask("GET", "/collections/c", "");
      assertThat(made.path("config").path("hnsw_config").path("m").asInt()).isEqualTo(8);
      assertThat(made.path("config").path("quantization_config").has("scalar")).isTrue();
      assertThat(made.path("payload_schema").path("n").path("data_type").asString())
          .isEqualTo("integer");
      assertThat(state).doesNotExist();
    }
  }

  private static String write(int id, String payload) {
    return "{'points':[{'id':%d,'vector':[1,%d],'payload':{'n':%s}}]}".formatted(id, id, payload);
  }

  @Test
  void a_migration_compares_points_and_searches_with_those_of_the_other_server() throws Exception {
    try (LocalServer old = new LocalServer(folder.resolve("second"), "")) {
      old.create("c", TWO);
      for (int id = 1; id <= 12; id++) {
        old.ask("PUT", "/collections/c/points?wait=true", write(id, "1"));
      }
      old.create("small", TWO);
      String state = folder.resolve("state.json").toString();
      String one = old.url().replace("http:", "qdrant:") + "/c";

      JsonNode report = server.run("migrate", "--from", one, "--state", state, "--json").json();

      assertThat(report.toString())
          .isEqualTo(
              "[{\"collection\":\"c\",\"points\":12,\"points_here\":12,\"approximate\":0,"
                  + "\"compared\":{\"points_old\":12,\"points_new\":12,\"samples\":12,"
                  + "\"samples_differing\":0,\"searches\":12,\"searches_differing\":0}}]");
      assertThat(whole(server, "c")).isEqualTo(whole(old, "c"));
      assertThat(server.send("GET", "/collections/small", "").statusCode()).isEqualTo(404);
      for (String twice : List.of(one + "/d", one)) {
        assertThat(server.run("migrate", "--from", twice, "-c", "small").err())
            .contains("behind qdrant://HOST:PORT there may be one collection");
      }

      old.ask("PUT", "/collections/c/points?wait=true", write(3, "2"));
      Files.writeString(
          Path.of(state),
          "{\"from\":\"%s\",\"c\":{\"points\":12,\"done\":true}}".formatted(old.url()));
      LocalServer.Ran ran = server.run("migrate", "--from", one, "--state", state, "-o", "table");
      assertThat(ran.exitCode()).isEqualTo(1);
      assertThat(ran.out()).contains("1 points, 0 searches");
    }
  }

  @Test
  void other_points_of_the_collection_are_no_difference() throws Exception {
    try (LocalServer old = new LocalServer(folder.resolve("second"), "")) {
      for (LocalServer each : List.of(old, server)) {
        each.create("c", TWO);
      }
      old.ask("PUT", "/collections/c/points?wait=true", write(1, "1"));
      server.ask("PUT", "/collections/c/points?wait=true", write(9, "1"));

      JsonNode report =
          server
              .run("migrate", "--from", old.url(), "--state", folder + "/state.json", "--json")
              .json();

      assertThat(report.at("/0/points_here").asInt()).isEqualTo(2);
      assertThat(report.at("/0/compared/samples_differing").asInt()).isZero();
      assertThat(report.at("/0/compared/searches_differing").asInt()).isEqualTo(1);
    }
  }

  @Test
  void reindex_copies_compares_and_turns_the_alias_over() throws Exception {
    server.create("c", TWO);
    server.alias("words", "c");
    server.run("import", "-c", "words", lines(2_000).toString()).json();

    JsonNode report =
        server
            .run("reindex", "-c", "words", "--set", "{\"hnsw_config\":{\"m\":8}}", "--json")
            .json();

    assertThat(report.path("new").asString()).isEqualTo("c-2");
    assertThat(report.path("compared").path("samples").asInt()).isEqualTo(100);
    assertThat(report.path("compared").path("searches_differing").asInt()).isZero();
    assertThat(server.behind("words")).isEqualTo("c-2");
    assertThat(whole(server, "c-2")).isEqualTo(whole(server, "c"));
    assertThat(server.run("reindex", "-c", "c").err()).contains("c is no alias");
    assertThat(server.run("reindex", "-c", "words", "--from", "never").err())
        .contains("--from is none of earliest, snapshot, collection");
    assertThat(server.run("reindex", "-c", "words", "--from", "earliest").err())
        .contains("no source over topics feeds words");
  }
}
