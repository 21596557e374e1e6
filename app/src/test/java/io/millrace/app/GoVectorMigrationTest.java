package io.millrace.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// `millrace migrate --from govector:FILE` into a real server, from a file that bbolt made.
@Timeout(60)
class GoVectorMigrationTest {
  private static final JsonMapper JSON = new JsonMapper();

  @TempDir Path folder;
  private LocalServer server;
  private Path file;
  private Path state;

  @BeforeEach
  void start() throws IOException {
    server = new LocalServer(folder.resolve("server"), "");
    file = folder.resolve("govector.db");
    state = folder.resolve("state.json");
    try (InputStream in =
        GoVectorMigrationTest.class.getResourceAsStream("/govector/collections.db")) {
      Files.copy(Objects.requireNonNull(in), file);
    }
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private LocalServer.Ran migrate(String... more) {
    var line = new ArrayList<>(List.of("migrate", "--from", "govector:" + file));
    line.addAll(List.of("--state", state.toString()));
    line.addAll(Arrays.asList(more));
    return server.run(line.toArray(String[]::new));
  }

  @Test
  void collections_arrive_with_ids_settings_payloads_and_the_mark() {
    LocalServer.Ran ran = migrate("--json");

    assertThat(ran.exitCode()).as(ran.err()).isZero();
    List<String> rows = new ArrayList<>();
    JSON.readTree(ran.out()).forEach(row -> rows.add(row.toString()));
    assertThat(rows)
        .containsExactly(
            row("bare", 2, 0), row("empty", 0, 0), row("quantized", 3, 2), row("words", 122, 0));
    assertThat(state).doesNotExist();

    JsonNode config = server.ask("GET", "/collections/words", "").path("config");
    assertThat(config.path("params").path("vectors").path("distance").asString())
        .isEqualTo("Euclid");
    assertThat(config.path("hnsw_config").path("m").asInt()).isEqualTo(8);
    assertThat(config.path("hnsw_config").path("ef_construct").asInt()).isEqualTo(100);
    assertThat(config.path("metadata").toString())
        .isEqualTo("{\"dialect\":\"govector\",\"ef_search\":32,\"k\":3}");
    assertThat(
            server
                .ask("GET", "/collections/quantized", "")
                .path("config")
                .path("hnsw_config")
                .path("m")
                .asInt())
        .isZero();

    // GoVector's own requests: ids that are text, no limit.
    JsonNode found =
        server.ask("POST", "/collections/words/points/search", "{'vector':[0.1,-0.25,0,7]}");
    assertThat(found).hasSize(3);
    assertThat(found.get(0).path("id").asString()).isEqualTo("doc-é");
    assertThat(found.get(0).path("payload").path("nested").path("list").get(2).asString())
        .isEqualTo("x");
    JsonNode number = server.ask("GET", "/collections/words/points/7", "");
    assertThat(number.path("vector").toString()).isEqualTo("[7.0,1.0,2.0,3.0]");
    JsonNode matching =
        server.ask(
            "POST",
            "/collections/words/points/count",
            "{'filter':{'must':[{'key':'n','match':{'value':7}}]}}");
    assertThat(matching.path("count").asInt()).isEqualTo(1);
    JsonNode quantized = server.ask("GET", "/collections/quantized/points/1", "");
    assertThat(quantized.path("payload").toString()).isEqualTo("{\"kind\":\"a\"}");
    assertThat(quantized.path("vector").get(2).asDouble()).isCloseTo(-0.6, within(1e-6));
  }

  private static String row(String name, int points, int approximate) {
    String compared =
        "{\"points_old\":%d,\"points_new\":%d,\"samples\":%d,\"samples_differing\":0,"
                .formatted(points, points, Math.min(points, 100))
            + "\"searches\":0,\"searches_differing\":0}";
    return "{\"collection\":\"%s\",\"points\":%d,\"points_here\":%d,"
            .formatted(name, points, points)
        + "\"approximate\":%d,\"compared\":%s}".formatted(approximate, compared);
  }

  @Test
  void people_read_that_quantized_vectors_are_approximate() {
    LocalServer.Ran ran = migrate("-o", "table", "-c", "quantized");

    assertThat(ran.exitCode()).isZero();
    assertThat(ran.out())
        .contains(
            "collection quantized: 2 vectors were kept as one byte per component; their floats are"
                + " approximate");
    assertThat(server.ask("GET", "/collections", "").path("collections")).hasSize(1);
  }

  @Test
  void a_copy_goes_on_where_it_was_broken_off_and_counts_at_its_end() throws IOException {
    migrate("-c", "bare").json();
    server.ask("DELETE", "/collections/bare", "");
    String address = "govector:" + file.toAbsolutePath() + "@" + transaction();
    Files.writeString(
        state,
        JSON.createObjectNode()
            .put("from", address)
            .set("words", JSON.readTree("{\"points\":100,\"done\":false,\"next\":100}"))
            .toString());

    LocalServer.Ran ran = migrate("-c", "words", "--json");

    assertThat(ran.exitCode()).isEqualTo(1); // 100 points are missing
    JsonNode row = JSON.readTree(ran.out()).get(0);
    assertThat(row.path("points_here").asInt()).isEqualTo(22);
    assertThat(row.at("/compared/samples_differing").asInt()).isEqualTo(100);
  }

  private long transaction() throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    return Math.max(bytes.getLong(16 + 48), bytes.getLong(1024 + 16 + 48));
  }

  @Test
  void a_collection_that_takes_no_texts_as_ids_is_left_alone() {
    server.create("words", "{'vectors':{'size':4,'distance':'Euclid'}}");

    LocalServer.Ran ran = migrate("-c", "words");

    assertThat(ran.exitCode()).isEqualTo(1);
    assertThat(ran.err())
        .contains("collection words is there already and was not made by GoVector");
    assertThat(server.points("words")).isEmpty();
  }

  @Test
  void what_cannot_be_read_is_one_line() throws IOException {
    assertThat(server.run("migrate", "--from", "govector:" + folder.resolve("none")).err())
        .startsWith("millrace migrate: there is no file ")
        .hasLineCount(1);
    assertThat(server.run("migrate", "--from", "govector:" + folder).err())
        .contains("cannot be read")
        .hasLineCount(1);
    byte[] bytes = Files.readAllBytes(file);
    Arrays.fill(bytes, 21 * 1024, 22 * 1024, (byte) 0x55);
    Files.write(file, bytes);
    LocalServer.Ran ran = migrate();
    assertThat(ran.exitCode()).isEqualTo(1);
    assertThat(ran.err()).contains("the file is damaged: page 21 of bucket words").hasLineCount(1);
    assertThat(server.ask("GET", "/collections", "").path("collections")).isEmpty();
  }
}
