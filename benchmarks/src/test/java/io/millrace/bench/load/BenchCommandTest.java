package io.millrace.bench.load;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.millrace.app.command.CommandLineFactory;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// The command against a server that knows one key and the answer to every search.
class BenchCommandTest {
  private static final String KEY = "sesame";

  @TempDir Path folder;
  private HttpServer server;

  private record Ran(int exitCode, String out, String err) {}

  @BeforeEach
  void start() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          exchange.getRequestBody().readAllBytes();
          boolean known = KEY.equals(exchange.getRequestHeaders().getFirst("api-key"));
          boolean search = exchange.getRequestURI().getPath().endsWith("/search");
          byte[] answer =
              ("{\"result\":"
                      + (search
                          ? "[{\"id\":0},{\"id\":1}]"
                          : "{\"status\":\"green\",\"indexed_vectors_count\":2}")
                      + "}")
                  .getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(known ? 200 : 401, answer.length);
          exchange.getResponseBody().write(answer);
          exchange.close();
        });
    server.start();
    Files.write(folder.resolve("vectors.f32"), rows(1, 0, 0.5f, 0.5f));
    Files.write(folder.resolve("queries.f32"), rows(1, 0));
    Files.writeString(folder.resolve("queries.ndjson"), "{\"text\":\"q\"}\n");
    Files.writeString(
        folder.resolve("truth.json"),
        """
        {"points":2,"queries":1,"filters":[
          {"name":"none","selectivity":1.0,"top":[[0,1]]}]}
        """);
    try (var gzip =
        new GZIPOutputStream(Files.newOutputStream(folder.resolve("payload.ndjson.gz")))) {
      gzip.write("{\"id\":0,\"a\":1}\n{\"id\":1,\"a\":2}\n".getBytes(StandardCharsets.UTF_8));
    }
    Files.writeString(folder.resolve("key"), KEY + "\n");
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  @Test
  void the_key_of_a_file_is_sent() {
    assertThat(bench().exitCode()).isEqualTo(1);
    assertThat(bench().err()).contains("answered 401");

    assertThat(bench("--api-key-file", path("key")).exitCode()).isZero();
    Ran missing = bench("--api-key-file", path("none"));
    assertThat(missing.exitCode()).isEqualTo(1);
    assertThat(missing.err()).contains("--api-key-file").contains("cannot be read");
  }

  @Test
  void a_run_is_saved_with_its_percentiles() throws IOException {
    Ran ran = bench("--api-key-file", path("key"), "--save", path("run.json"));

    assertThat(ran.out()).contains("p50 ms", "p95 ms", "p99 ms");
    JsonNode report = JsonMapper.shared().readTree(Files.readString(folder.resolve("run.json")));
    assertThat(report.path("points").intValue()).isEqualTo(2);
    assertThat(report.path("loads")).hasSize(3);
    assertThat(report.path("searches")).hasSize(3);
    for (JsonNode search : report.path("searches")) {
      double p50 = search.path("p50_ms").doubleValue();
      double p95 = search.path("p95_ms").doubleValue();
      assertThat(p50).isPositive();
      assertThat(p95).isBetween(p50, search.path("p99_ms").doubleValue());
    }
  }

  @Test
  void a_run_is_compared_with_a_saved_one() throws IOException {
    Files.writeString(
        folder.resolve("old.json"),
        """
        {"points":2,"dimension":2,"k":10,
         "loads":[{"rows":"flat","points_per_second":1e-9,"graph_seconds":0.0}],
         "searches":[{"filter":"none","rows":"float","mode":"exact","recall":0.5,"p50_ms":1e9}]}
        """);

    Ran ran = bench("--api-key-file", path("key"), "--compare", path("old.json"));

    assertThat(ran.exitCode()).as(ran.err()).isZero();
    assertThat(ran.out())
        .contains("this run divided by " + path("old.json"))
        .containsPattern("(?m)^flat +\\d+\\.\\d\\d +-$")
        .containsPattern("(?m)^float +- +-$")
        .containsPattern("(?m)^none +float +exact +2\\.00 +- +0\\.00 +- +-$")
        .containsPattern("(?m)^none +sq8 +default +- +- +- +- +-$");
  }

  @Test
  void what_is_no_saved_run_is_refused_before_anything_is_asked() throws IOException {
    Files.writeString(folder.resolve("text"), "no JSON");
    Files.writeString(folder.resolve("other.json"), "{\"a\":1}");
    Files.writeString(
        folder.resolve("large.json"),
        "{\"points\":3,\"dimension\":2,\"loads\":[],\"searches\":[]}");
    for (List<String> wrong :
        List.of(
            List.of("none", "cannot be read"),
            List.of("text", "is not JSON"),
            List.of("other.json", "is no report of `millrace bench --save`"),
            List.of("large.json", "is of 3 points of 2 dimensions, this data set has 2 of 2"))) {
      Ran ran = bench("--compare", path(wrong.getFirst()));

      assertThat(ran.exitCode()).as(ran.err()).isEqualTo(2);
      assertThat(ran.err())
          .startsWith("millrace bench: --compare " + path(wrong.getFirst()))
          .contains(wrong.getLast());
    }
  }

  private Ran bench(String... more) {
    var out = new StringWriter();
    var err = new StringWriter();
    var line =
        CommandLineFactory.create(
                (shape, settings) -> {
                  throw new AssertionError("no server is started");
                })
            .setOut(new PrintWriter(out, true))
            .setErr(new PrintWriter(err, true));
    var arguments =
        new ArrayList<>(
            List.of(
                "bench",
                "--url",
                "http://127.0.0.1:" + server.getAddress().getPort(),
                "--samples",
                folder.toString()));
    arguments.addAll(List.of(more));
    int exitCode = line.execute(arguments.toArray(String[]::new));
    return new Ran(exitCode, out.toString(), err.toString());
  }

  private String path(String file) {
    return folder.resolve(file).toString();
  }

  private static byte[] rows(float... values) {
    ByteBuffer bytes =
        ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    for (float value : values) {
      bytes.putFloat(value);
    }
    return bytes.array();
  }
}
