package io.millrace.api.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import com.github.luben.zstd.ZstdInputStream;
import com.github.luben.zstd.ZstdOutputStream;
import io.millrace.api.Api;
import io.millrace.api.ApiSettings;
import io.millrace.api.SourceControl;
import io.millrace.api.auth.Access;
import io.millrace.api.endpoint.Answer;
import io.millrace.api.endpoint.Endpoint;
import io.millrace.api.http.Router.Route;
import io.millrace.api.json.JsonIn;
import io.millrace.api.metrics.Admissions;
import io.millrace.api.metrics.RequestCounts;
import io.millrace.api.slow.Issues;
import io.millrace.model.BadInput;
import io.millrace.model.Failure;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import java.util.zip.InflaterInputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

/// The shell around the endpoints, over real connections: limits, codings, errors, keys, stopping.
class ListenerTest {
  private final HttpClient client = HttpClient.newHttpClient();
  private final RequestCounts counts = new RequestCounts();
  private volatile boolean ready = true;
  private Listener listener;

  @AfterEach
  void stop() {
    if (listener != null) {
      listener.stop(Duration.ofSeconds(1));
    }
    client.close();
  }

  private static Route route(String method, String template, Endpoint endpoint) {
    return new Route(method, template, Access.WRITE, endpoint);
  }

  private void start(ApiSettings settings, Route... routes) {
    start(
        settings, new ConnectionsByAddress(1), routes); // which this machine's own has no bound by
  }

  private void start(ApiSettings settings, ConnectionsByAddress connections, Route... routes) {
    listener =
        new Listener(
            settings.withAddress("127.0.0.1", 0),
            () -> ready,
            counts,
            (collection, filter) -> false,
            SourceControl.NONE,
            List.of(routes),
            new Issues(name -> Optional.empty(), InstantSource.system()),
            name -> true,
            new QuickRequests(System::nanoTime),
            Api.Host.none(),
            connections);
    listener.start();
  }

  private void start(Route... routes) {
    start(ApiSettings.defaults(), routes);
  }

  private HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + listener.port() + path));
  }

  private HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
    return client.send(request.build(), BodyHandlers.ofString());
  }

  private HttpResponse<String> post(String path, String json) throws Exception {
    return send(
        request(path)
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofString(json)));
  }

  private static Route echo() {
    return route(
        "POST",
        "/echo/{name}",
        call -> {
          String text = call.body(in -> in.string());
          return new Answer.Result(
              out -> out.writeString(text + "/" + call.path("name") + "/" + call.query().get("q")));
        });
  }

  @Test
  void an_answer_has_the_envelope_and_its_content_type() throws Exception {
    start(echo());

    HttpResponse<String> answer = post("//echo///a%2Fb%20c/?q=1%2B1+2&other", "\"x\"");

    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.headers().firstValue("Content-Type")).contains("application/json");
    assertThat(answer.body())
        .matches("\\{\"result\":\"x/a/b c/1\\+1 2\",\"status\":\"ok\",\"time\":[0-9.E-]+}");
  }

  @Test
  void a_request_without_an_id_gets_a_random_one_of_its_own() throws Exception {
    start(echo());
    Set<String> ids = new HashSet<>();
    for (int i = 0; i < 100; i++) {
      String id = post("/echo/a", "1").headers().firstValue("x-request-id").orElseThrow();
      assertThat(id).matches("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}");
      ids.add(id);
    }
    assertThat(ids).hasSize(100);
  }

  @Test
  void characters_that_clients_do_not_escape_are_read_as_they_are() throws Exception {
    start(
        new Route(
            "GET",
            "/echo/{name}",
            Access.READ,
            call -> new Answer.Text(200, call.path("name") + " " + call.query().get("q"))));

    assertThat(raw("/echo/a|b^{c}\\\"日\"?q=d|é"))
        .startsWith("HTTP/1.1 200 ")
        .endsWith("a|b^{c}\\\"日\" d|é");
    for (String url : List.of("/echo/a\nb", "/echo/a?q=\u0001", "/echo/\u007f")) {
      assertThat(raw(url)).as(url).startsWith("HTTP/1.1 400 ");
    }
  }

  @Test
  void the_address_of_the_machine_itself_has_any_number() throws Exception {
    start(new Route("GET", "/hello", Access.READ, call -> new Answer.Text(200, "hello")));
    try (Socket first = new Socket("127.0.0.1", listener.port());
        Socket second = new Socket("127.0.0.1", listener.port())) {
      assertThat(ask(first, "/hello")).endsWith("hello");
      assertThat(ask(second, "/hello")).endsWith("hello");
    }
  }

  @Test
  void addresses_of_private_networks_may_be_proxies() throws Exception {
    for (String inside : List.of("10.1.2.3", "172.17.0.1", "192.168.0.9", "::1", "fd00::7")) {
      assertThat(ConnectionsByAddress.isInside(InetAddress.getByName(inside))).as(inside).isTrue();
    }
    for (String outside : List.of("203.0.113.7", "2001:db8::1")) {
      assertThat(ConnectionsByAddress.isInside(InetAddress.getByName(outside)))
          .as(outside)
          .isFalse();
    }
  }

  @Test
  void an_address_has_so_many_connections_and_no_more() throws Exception {
    start(
        ApiSettings.defaults(),
        new ConnectionsByAddress(2, address -> false),
        new Route("GET", "/hello", Access.READ, call -> new Answer.Text(200, "hello")));
    try (Socket first = new Socket("127.0.0.1", listener.port());
        Socket second = new Socket("127.0.0.1", listener.port())) {
      assertThat(ask(first, "/hello")).endsWith("hello");
      assertThat(ask(second, "/hello")).endsWith("hello");

      assertThat(raw("/hello"))
          .startsWith("HTTP/1.1 503 ")
          .contains("Retry-After: 1\r\n", "Connection: close\r\n")
          .contains("Too many connections from your address, close some");
      assertThat(raw("/livez")).as("probes are answered").startsWith("HTTP/1.1 200 ");
      assertThat(ask(second, "/hello")).as("one that is admitted stays so").endsWith("hello");
      assertThat(counts.admissions().refused(Admissions.Refusal.CONNECTIONS)).isEqualTo(1);
    }

    long begin = System.nanoTime();
    String admitted = raw("/hello");
    while (admitted.startsWith("HTTP/1.1 503 ") // until the server has seen them close
        && System.nanoTime() - begin < Duration.ofSeconds(10).toNanos()) {
      admitted = raw("/hello");
    }
    assertThat(admitted).startsWith("HTTP/1.1 200 ").endsWith("hello");
  }

  /// The answer to a GET on a connection that stays open, up to the end of the word.
  private static String ask(Socket socket, String url) throws IOException {
    socket.setSoTimeout(5_000);
    String head = "GET " + url + " HTTP/1.1\r\nHost: x\r\n\r\n";
    socket.getOutputStream().write(head.getBytes(UTF_8));
    var answer = new StringBuilder();
    while (!answer.toString().endsWith("hello")) {
      int next = socket.getInputStream().read();
      if (next < 0) {
        break;
      }
      answer.append((char) next);
    }
    return answer.toString();
  }

  /// The answer to a GET whose URL is sent byte by byte.
  private String raw(String url) throws IOException {
    try (Socket socket = new Socket("127.0.0.1", listener.port())) {
      socket.setSoTimeout(5_000);
      String head = "GET " + url + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
      socket.getOutputStream().write(head.getBytes(UTF_8));
      return new String(socket.getInputStream().readAllBytes(), UTF_8);
    }
  }

  @Test
  void an_unknown_route_and_a_wrong_method_are_404_without_a_body() throws Exception {
    start(echo());

    for (String path : List.of("/nothing", "/echo", "/echo/a/b")) {
      HttpResponse<String> answer = post(path, "{}");
      assertThat(answer.statusCode()).as(path).isEqualTo(404);
      assertThat(answer.body()).isEmpty();
    }
    HttpResponse<String> wrong = send(request("/echo/a").GET());
    assertThat(wrong.statusCode()).isEqualTo(404);
    assertThat(wrong.body()).isEmpty();
  }

  @Test
  void a_body_without_json_content_type_is_refused() throws Exception {
    start(echo());

    HttpResponse<String> answer = send(request("/echo/a").POST(BodyPublishers.ofString("\"x\"")));

    assertThat(answer.statusCode()).isEqualTo(400);
    assertThat(answer.body())
        .isEqualTo("{\"status\":{\"error\":\"Content type error\"},\"time\":0.0}");
  }

  @Test
  void a_broken_body_is_a_format_error_and_the_connection_goes_on() throws Exception {
    start(echo());

    for (String body : List.of("", "{", "\"x", "\"x\" 1", "5", "[1,2")) {
      HttpResponse<String> answer = post("/echo/a", body);
      assertThat(answer.statusCode()).as(body).isEqualTo(400);
      assertThat(answer.body()).contains("\"error\":\"Format error in JSON body: ");
    }
    assertThat(post("/echo/a", "\"x\"").statusCode()).isEqualTo(200);
  }

  @Test
  void a_body_over_the_limit_is_400_declared_chunked_or_inflated() throws Exception {
    start(ApiSettings.defaults().withMaxRequestBytes(1_000), echo());
    String large = "\"" + "x".repeat(200_000) + "\"";

    HttpResponse<String> declared = post("/echo/a", large);
    assertThat(declared.statusCode()).isEqualTo(400);
    assertThat(declared.body())
        .contains("JSON payload (200002 bytes) is larger than allowed (limit: 1000 bytes).");

    HttpResponse<String> chunked =
        send(
            request("/echo/a")
                .header("Content-Type", "application/json")
                .POST(
                    BodyPublishers.ofInputStream(
                        () -> new ByteArrayInputStream(large.getBytes(UTF_8)))));
    assertThat(chunked.statusCode()).isEqualTo(400);
    assertThat(chunked.body()).contains("larger than allowed (limit: 1000 bytes).");

    byte[] small = gzip(large.getBytes(UTF_8));
    assertThat(small.length).isLessThan(1_000);
    HttpResponse<String> inflated =
        send(
            request("/echo/a")
                .header("Content-Type", "application/json")
                .header("Content-Encoding", "gzip")
                .POST(BodyPublishers.ofByteArray(small)));
    assertThat(inflated.statusCode()).isEqualTo(400);
    assertThat(inflated.body()).contains("larger than allowed (limit: 1000 bytes).");
  }

  private static byte[] gzip(byte[] bytes) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
      gzip.write(bytes);
    }
    return out.toByteArray();
  }

  @Test
  void gzip_is_understood_and_spoken() throws Exception {
    start(echo());
    String text = "y".repeat(20_000);

    HttpResponse<InputStream> answer =
        client.send(
            request("/echo/a")
                .header("Content-Type", "application/json; charset=utf-8")
                .header("Content-Encoding", "gzip")
                .header("Accept-Encoding", "deflate, gzip")
                .POST(BodyPublishers.ofByteArray(gzip(("\"" + text + "\"").getBytes(UTF_8))))
                .build(),
            BodyHandlers.ofInputStream());

    assertThat(answer.headers().firstValue("Content-Encoding")).contains("gzip");
    try (InputStream in = new GZIPInputStream(answer.body())) {
      assertThat(new String(in.readAllBytes(), UTF_8)).contains(text + "/a");
    }
  }

  @Test
  void bodies_come_in_any_coding_and_json_type_that_clients_send() throws Exception {
    start(echo());
    byte[] json = "\"x\"".getBytes(UTF_8);
    ByteArrayOutputStream deflated = new ByteArrayOutputStream();
    try (DeflaterOutputStream deflater = new DeflaterOutputStream(deflated)) {
      deflater.write(json);
    }

    assertThat(coded("deflate", "application/json", deflated.toByteArray())).isEqualTo(200);
    assertThat(coded("x-gzip", "application/json", gzip(json))).isEqualTo(200);
    assertThat(coded("identity", "text/json", json)).isEqualTo(200);
    assertThat(coded("identity", "application/problem+json; charset=utf-8", json)).isEqualTo(200);
    assertThat(coded("identity", "text/plain", json)).isEqualTo(400);
    assertThat(coded("zstd", "application/json", zstd(json))).isEqualTo(200);
    byte[] brotli = {0x0b, 0x03, (byte) 0x80, '"', 'h', 'e', 'l', 'l', 'o', '"', 0x03};
    assertThat(coded("br", "application/json", brotli)).isEqualTo(200);
    assertThat(coded("BR", "application/json", brotli)).isEqualTo(200);
    for (String coding : List.of("deflate", "gzip", "zstd", "br", "compress", "gzip, br")) {
      assertThat(coded(coding, "application/json", json)).as(coding).isEqualTo(400);
    }
  }

  private static byte[] zstd(byte[] bytes) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (ZstdOutputStream zstd = new ZstdOutputStream(out)) {
      zstd.write(bytes);
    }
    return out.toByteArray();
  }

  @Test
  void a_small_body_that_becomes_large_ends_at_the_limit_whatever_its_coding() throws Exception {
    start(ApiSettings.defaults().withMaxRequestBytes(1_000), echo());
    byte[] large = ("\"" + "x".repeat(100_000) + "\"").getBytes(UTF_8);
    byte[] small = zstd(large);
    assertThat(small.length).isLessThan(1_000);

    assertThat(coded("zstd", "application/json", small)).isEqualTo(400);
    assertThat(coded("zstd", "application/json", zstd("\"x\"".getBytes(UTF_8)))).isEqualTo(200);
  }

  @Test
  void a_body_that_is_longer_than_what_it_becomes_ends_at_the_limit_too() throws Exception {
    start(ApiSettings.defaults().withMaxRequestBytes(1_000), echo());
    ByteArrayOutputStream nothing = new ByteArrayOutputStream();
    for (int i = 0; i < 200; i++) {
      nothing.writeBytes(gzip(new byte[0]));
    }
    nothing.writeBytes(gzip("\"x\"".getBytes(UTF_8)));

    HttpResponse<String> answer =
        send(
            request("/echo/a")
                .header("Content-Type", "application/json")
                .header("Content-Encoding", "gzip")
                .POST(
                    BodyPublishers.ofInputStream(
                        () -> new ByteArrayInputStream(nothing.toByteArray()))));

    assertThat(answer.statusCode()).isEqualTo(400);
    assertThat(answer.body()).contains("larger than allowed (limit: 1000 bytes).");
  }

  @Test
  void a_frame_that_asks_for_a_window_of_128_mib_is_refused() throws Exception {
    start(echo());
    byte[] frame = {
      0x28,
      (byte) 0xB5,
      0x2F,
      (byte) 0xFD, // zstd
      0x00, // a window descriptor follows
      (byte) (17 << 3), // 2 to the power of 10 + 17
      0x19,
      0x00,
      0x00,
      '"',
      'x',
      '"' // the last block, raw, of three bytes
    };
    assertThat(coded("zstd", "application/json", frame)).isEqualTo(400);
    frame[5] = 13 << 3; // 8 MiB
    assertThat(coded("zstd", "application/json", frame)).isEqualTo(200);
  }

  @Test
  void answers_are_coded_as_the_client_takes_them_best_known_first() throws Exception {
    start(echo());
    assertThat(answered("gzip, deflate, br, zstd")).isEqualTo("gzip");
    assertThat(answered("br, zstd;q=0.5")).isEqualTo("zstd");
    assertThat(answered("zstd;q=0, deflate")).isEqualTo("deflate");
    assertThat(answered("gzip; q=0.000, zstd;q=0.001")).isEqualTo("zstd");
    assertThat(answered("br")).isEqualTo("none");
    assertThat(answered("identity")).isEqualTo("none");
  }

  /// The coding of an answer, which is read back.
  private String answered(String accepted) throws Exception {
    String text = "z".repeat(20_000);
    HttpResponse<byte[]> answer =
        client.send(
            request("/echo/a")
                .header("Content-Type", "application/json")
                .header("Accept-Encoding", accepted)
                .POST(BodyPublishers.ofString("\"" + text + "\""))
                .build(),
            BodyHandlers.ofByteArray());
    String coding = answer.headers().firstValue("Content-Encoding").orElse("none");
    InputStream raw = new ByteArrayInputStream(answer.body());
    try (InputStream in =
        switch (coding) {
          case "gzip" -> new GZIPInputStream(raw);
          case "zstd" -> new ZstdInputStream(raw);
          case "deflate" -> new InflaterInputStream(raw);
          default -> raw;
        }) {
      assertThat(new String(in.readAllBytes(), UTF_8)).contains(text + "/a");
    }
    return coding;
  }

  private int coded(String coding, String type, byte[] body) throws Exception {
    return send(request("/echo/a")
            .header("Content-Type", type)
            .header("Content-Encoding", coding)
            .POST(BodyPublishers.ofByteArray(body)))
        .statusCode();
  }

  @Test
  void an_answer_larger_than_memory_would_like_is_streamed() throws Exception {
    start(
        route(
            "GET",
            "/large",
            call ->
                new Answer.Result(out -> {
                  out.writeStartArray();
                  for (int i = 0; i < 2_000_000; i++) {
                    out.writeNumber(1_000_000_000 + i);
                  }
                  out.writeEndArray();
                })));

    HttpResponse<String> answer = send(request("/large").GET());

    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.body()).hasSizeGreaterThan(20_000_000).endsWith("}");
  }

  @Test
  void a_failure_while_writing_replaces_a_short_answer_and_cuts_a_long_one() throws Exception {
    start(
        route(
            "GET",
            "/fails/{after}",
            call ->
                new Answer.Result(out -> {
                  out.writeStartArray();
                  for (int i = 0; i < Integer.parseInt(call.path("after")); i++) {
                    out.writeNumber(i);
                  }
                  throw new Failure.TimedOut("too slow");
                })));

    HttpResponse<String> early = send(request("/fails/10").GET());
    assertThat(early.statusCode()).isEqualTo(408);
    assertThat(early.body()).startsWith("{\"status\":{\"error\":\"Timeout: too slow\"}");

    assertThatThrownBy(() -> send(request("/fails/100000").GET())).isInstanceOf(IOException.class);
  }

  @Test
  void an_unexpected_exception_shows_no_inside() throws Exception {
    start(
        route(
            "GET",
            "/bug",
            call -> {
              throw new IllegalStateException("secret detail");
            }));

    HttpResponse<String> answer = send(request("/bug").GET());

    assertThat(answer.statusCode()).isEqualTo(500);
    assertThat(answer.body()).contains("Service internal error").doesNotContain("secret");
  }

  @Test
  void probes_need_no_key_and_everything_else_does() throws Exception {
    ApiSettings.Keys keys =
        new ApiSettings.Keys(Optional.of("full"), Optional.empty(), Optional.of("look"));
    start(
        ApiSettings.defaults().withKeys(keys),
        new Route("GET", "/read", Access.READ, call -> Answer.result(true)),
        new Route("GET", "/write", Access.WRITE, call -> Answer.result(true)),
        new Route("GET", "/", Access.FREE, call -> Answer.result(true)));

    for (String slashes : List.of("/healthz", "/healthz/", "//livez")) {
      assertThat(send(request(slashes).GET()).body()).isEqualTo("healthz check passed");
    }
    assertThat(send(request("//readyz//").GET()).body()).isEqualTo("all shards are ready");
    assertThat(send(request("/").GET()).statusCode()).isEqualTo(200);
    HttpResponse<String> none = send(request("/read").GET());
    assertThat(none.statusCode()).isEqualTo(401);
    assertThat(none.headers().firstValue("Content-Type")).contains("text/plain; charset=utf-8");
    assertThat(none.body()).isEqualTo("Must provide an API key or an Authorization bearer token");
    assertThat(send(request("/unknown").GET()).statusCode()).isEqualTo(401);
    assertThat(send(request("/read").header("api-key", "wrong").GET()).body())
        .isEqualTo("Invalid API key or JWT");
    assertThat(send(request("/read").header("api-key", "look").GET()).statusCode()).isEqualTo(200);
    HttpResponse<String> mayNot = send(request("/write").header("api-key", "look").GET());
    assertThat(mayNot.statusCode()).isEqualTo(403);
    assertThat(mayNot.body()).startsWith("{\"status\":{\"error\":\"Forbidden: ");
    assertThat(send(request("/write").header("Authorization", "Bearer full").GET()).statusCode())
        .isEqualTo(200);
  }

  @Test
  void readiness_is_asked_each_time() throws Exception {
    start();

    assertThat(send(request("/readyz").GET()).body()).isEqualTo("all shards are ready");
    ready = false;
    HttpResponse<String> notYet = send(request("/readyz").GET());
    assertThat(notYet.statusCode()).isEqualTo(503);
    assertThat(notYet.body()).isEqualTo("some shards are not ready");
  }

  @Test
  void a_preflight_is_answered_before_the_key_is_asked_for() throws Exception {
    start(
        ApiSettings.defaults()
            .withKeys(new ApiSettings.Keys(Optional.of("k"), Optional.empty(), Optional.empty())));

    try (Socket socket = new Socket("127.0.0.1", listener.port())) {
      socket
          .getOutputStream()
          .write(
              ("OPTIONS /collections HTTP/1.1\r\nHost: x\r\nOrigin: http://a\r\n"
                      + "Access-Control-Request-Method: PUT\r\n"
                      + "Access-Control-Request-Headers: api-key\r\nConnection: close\r\n\r\n")
                  .getBytes(UTF_8));
      String answer = new String(socket.getInputStream().readAllBytes(), UTF_8);
      assertThat(answer)
          .startsWith("HTTP/1.1 200")
          .contains("Access-Control-Allow-Origin: *")
          .contains("Access-Control-Allow-Headers: api-key");
    }
  }

  @Test
  void a_client_that_asks_first_is_told_to_go_on() throws Exception {
    start(echo());

    try (Socket socket = new Socket("127.0.0.1", listener.port())) {
      socket.setSoTimeout(5_000);
      socket
          .getOutputStream()
          .write(
              ("POST /echo/a HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                      + "Content-Length: 3\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n")
                  .getBytes(UTF_8));
      assertThat(new String(socket.getInputStream().readNBytes(21), UTF_8))
          .isEqualTo("HTTP/1.1 100 Continue");
      socket.getOutputStream().write("\"x\"".getBytes(UTF_8));
      assertThat(new String(socket.getInputStream().readAllBytes(), UTF_8))
          .contains("HTTP/1.1 200 OK")
          .contains("\"result\":\"x/a/null\"");
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 300, SmallBody.MOST_BYTES - 2, SmallBody.MOST_BYTES - 1, 100_000})
  void a_body_may_come_in_pieces_and_the_next_request_behind_it(int chars) throws Exception {
    start(echo());
    String text = "x".repeat(chars);
    byte[] body = ("\"" + text + "\"").getBytes(UTF_8);
    byte[] head =
        ("POST /echo/a HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                + "Content-Length: "
                + body.length
                + "\r\n\r\n")
            .getBytes(UTF_8);
    try (Socket socket = new Socket("127.0.0.1", listener.port())) {
      socket.setSoTimeout(5_000);
      socket.setTcpNoDelay(true);
      OutputStream out = socket.getOutputStream();
      int half = body.length / 2;
      for (int round = 0; round < 3; round++) {
        out.write(head);
        out.flush();
        awaitBodies(body.length <= SmallBody.MOST_BYTES ? 1 : 0);
        out.write(body, 0, half);
        out.flush();
        out.write(body, half, body.length - half);
      }
      out.write("GET /nothing HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".getBytes(UTF_8));
      String all = new String(socket.getInputStream().readAllBytes(), UTF_8);
      assertThat(all.split("\"result\":\"x", -1)).hasSize(4);
      assertThat(all.split("x/a/null\"", -1)).hasSize(4);
      assertThat(all).contains("HTTP/1.1 404 ");
    }
    assertThat(listener.awaitedBodies()).isZero();
  }

  /// Small ones are counted while they are waited for.
  private void awaitBodies(int bodies) {
    while (listener.awaitedBodies() < bodies) {
      Thread.onSpinWait();
    }
  }

  @Test
  void half_a_body_does_nothing() throws Exception {
    AtomicInteger acts = new AtomicInteger();
    start(
        route(
            "POST",
            "/act",
            call -> {
              acts.incrementAndGet();
              return new Answer.Text(200, call.hasBody() ? "some" : "all");
            }));
    try (Socket socket = new Socket("127.0.0.1", listener.port())) {
      socket.setSoTimeout(5_000);
      OutputStream out = socket.getOutputStream();
      out.write(
          ("POST /act HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                  + "Content-Length: 300\r\n\r\n{\"streams\":")
              .getBytes(UTF_8));
      awaitBodies(1);
      socket.shutdownOutput();
      assertThat(new String(socket.getInputStream().readAllBytes(), UTF_8))
          .satisfiesAnyOf(
              answer -> assertThat(answer).isEmpty(),
              answer ->
                  assertThat(answer)
                      .startsWith("HTTP/1.1 400 ")
                      .contains("Error reading the request body: "));
    }
    while (counts.sums().isEmpty()) {
      Thread.onSpinWait();
    }
    assertThat(counts.sums().firstKey().status()).isEqualTo(400);
    assertThat(acts).hasValue(0);
    assertThat(listener.awaitedBodies()).isZero();
  }

  @Test
  void a_length_that_is_no_number_of_ours_is_no_failure_of_the_server() throws Exception {
    start(echo());
    try (Socket socket = new Socket("127.0.0.1", listener.port())) {
      socket.setSoTimeout(5_000);
      socket
          .getOutputStream()
          .write(
              ("POST /echo/a HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                      + "Content-Length: 18446744073709551617\r\nConnection: close\r\n\r\n\"")
                  .getBytes(UTF_8));
      assertThat(new String(socket.getInputStream().readAllBytes(), UTF_8))
          .startsWith("HTTP/1.1 400 ");
    }
  }

  @Test
  void a_client_that_leaves_in_the_middle_of_its_body_is_no_error() throws Exception {
    start(echo());
    ListAppender<ILoggingEvent> logged = new ListAppender<>();
    Logger logger = (Logger) LoggerFactory.getLogger(Logger.ROOT_LOGGER_NAME);
    logged.start();
    logger.addAppender(logged);

    try (Socket socket = new Socket("127.0.0.1", listener.port())) {
      socket
          .getOutputStream()
          .write(
              ("POST /echo/a HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                      + "Content-Length: 300\r\n\r\n\"x")
                  .getBytes(UTF_8));
    }
    while (counts.sums().isEmpty()) {
      Thread.onSpinWait();
    }

    logger.detachAppender(logged);
    assertThat(logged.list).isEmpty();
    assertThat(post("/echo/a", "\"x\"").statusCode()).isEqualTo(200);
  }

  /// What an operator searches for is in the line, what a client sent is not.
  @Test
  void access_slow_and_error_lines_have_id_and_route_and_nothing_of_the_body() throws Exception {
    start(
        route(
            "POST",
            "/c/{collection_name}",
            call -> {
              call.body(JsonIn::string);
              throw new IllegalStateException("a bug");
            }));
    listener.logRequests(new RequestLog.Rule(RequestLog.Access.ERRORS, Duration.ofNanos(1)));
    ListAppender<ILoggingEvent> logged = new ListAppender<>();
    Logger logger = (Logger) LoggerFactory.getLogger(Logger.ROOT_LOGGER_NAME);
    logged.start();
    logger.addAppender(logged);
    Logger access = (Logger) LoggerFactory.getLogger("access");
    access.setLevel(ch.qos.logback.classic.Level.INFO);

    HttpResponse<String> answer;
    try {
      answer =
          client.send(
              HttpRequest.newBuilder(
                      URI.create("http://127.0.0.1:" + listener.port() + "/c/words?q=whisper"))
                  .header("Content-Type", "application/json")
                  .header("api-key", "sesame")
                  .header("x-request-id", "order-7")
                  .POST(HttpRequest.BodyPublishers.ofString("\"hush\""))
                  .build(),
              HttpResponse.BodyHandlers.ofString());
      while (logged.list.size() < 3) {
        Thread.onSpinWait();
      }
    } finally {
      logger.detachAppender(logged);
      access.setLevel(null);
    }

    assertThat(answer.statusCode()).isEqualTo(500);
    assertThat(logged.list)
        .extracting(line -> line.getLoggerName().replaceAll(".*\\.", ""))
        .containsExactlyInAnyOrder("Exchange", "access", "slow");
    for (ILoggingEvent line : logged.list) {
      String pairs = line.getKeyValuePairs().toString();
      if (line.getLoggerName().equals("access")) {
        assertThat(pairs).contains("bytes=\"" + answer.body().length() + "\"");
      }
      assertThat(pairs).contains("request_id=\"order-7\"", "/c/{collection_name}");
      assertThat(pairs + line.getFormattedMessage()).doesNotContain("hush", "whisper", "sesame");
    }
  }

  @Test
  void a_connection_serves_many_requests() throws Exception {
    start(echo());

    try (Socket socket = new Socket("127.0.0.1", listener.port())) {
      socket.setSoTimeout(5_000);
      String request =
          "POST /echo/a HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
              + "Content-Length: 3\r\n%s\r\n%s";
      String last = "Connection: close\r\n";
      socket
          .getOutputStream()
          .write(
              (request.formatted("", "\"x\"")
                      + request.formatted("", "{{{")
                      + request.formatted(last, "\"y\""))
                  .getBytes(UTF_8));
      String answers = new String(socket.getInputStream().readAllBytes(), UTF_8);
      assertThat(answers.split("HTTP/1.1 ", -1)).hasSize(4);
      assertThat(answers).contains("x/a/null").contains("Format error").contains("y/a/null");
    }
  }

  @Test
  void retry_after_is_a_whole_number_of_one_digit() throws Exception {
    start(
        route(
            "GET",
            "/busy",
            call -> {
              throw new Failure.TooMuch("Too busy", Duration.ofMillis(1_500));
            }));

    HttpResponse<String> answer = send(request("/busy").GET());

    assertThat(answer.statusCode()).isEqualTo(429);
    assertThat(answer.headers().firstValue("Retry-After")).contains("2");
  }

  @Test
  void stopping_lets_a_running_request_finish_and_refuses_new_ones() throws Exception {
    CountDownLatch entered = new CountDownLatch(1);
    CountDownLatch leave = new CountDownLatch(1);
    start(
        route(
            "GET",
            "/slow",
            call -> {
              entered.countDown();
              try {
                leave.await();
              } catch (InterruptedException e) {
                throw new IllegalStateException(e);
              }
              return Answer.result(true);
            }));
    CompletableFuture<HttpResponse<String>> slow =
        client.sendAsync(request("/slow").GET().build(), BodyHandlers.ofString());
    entered.await();

    Thread stopping = Thread.ofPlatform().start(() -> listener.stop(Duration.ofSeconds(20)));
    while (send(request("/readyz").GET()).statusCode() != 503) {
      Thread.onSpinWait(); // until it is stopping
    }
    HttpResponse<String> late = send(request("/other").GET());
    leave.countDown();
    stopping.join();

    assertThat(late.statusCode()).isEqualTo(503);
    assertThat(late.body()).contains("\"error\":\"Service temporarily unavailable: ");
    assertThat(late.headers().firstValue("Retry-After")).contains("1");
    assertThat(slow.get().statusCode()).isEqualTo(200);
    assertThat(slow.get().headers().firstValue("Connection")).contains("close");
    listener = null;
  }

  @Test
  void a_request_on_a_kept_connection_is_refused_and_not_cut_off_while_stopping() throws Exception {
    start(route("GET", "/quick", call -> Answer.result(true)));
    byte[] quick = "GET /quick HTTP/1.1\r\nHost: x\r\n\r\n".getBytes(UTF_8);
    try (Socket kept = new Socket("127.0.0.1", listener.port())) {
      kept.getOutputStream().write(quick);
      byte[] answer = new byte[1_024];
      int read = kept.getInputStream().read(answer);
      assertThat(new String(answer, 0, read, UTF_8)).startsWith("HTTP/1.1 200");

      Thread stopping = Thread.ofPlatform().start(() -> listener.stop(Duration.ofSeconds(20)));
      while (send(request("/readyz").GET()).statusCode() != 503) {
        Thread.onSpinWait();
      }
      kept.getOutputStream().write(quick);
      read = kept.getInputStream().read(answer);
      stopping.join();

      assertThat(read).as("bytes of an answer").isPositive();
      assertThat(new String(answer, 0, read, UTF_8))
          .startsWith("HTTP/1.1 503")
          .containsIgnoringCase("connection: close");
    }
    listener = null;
  }

  @Test
  void answers_are_counted_by_route_and_status() throws Exception {
    start(
        echo(),
        route(
            "GET",
            "/bad",
            call -> {
              throw BadInput.wrong("no");
            }));

    post("/echo/a", "\"x\"");
    post("/echo/b", "\"x\"");
    HttpResponse<String> bad = send(request("/bad").GET());

    assertThat(bad.body()).contains("\"Wrong input: no\"");
    assertThat(counts.sums().get(new RequestCounts.Key("", "POST", "/echo/{name}", 200)).count())
        .isEqualTo(2);
    assertThat(counts.sums().get(new RequestCounts.Key("", "GET", "/bad", 400)).count())
        .isEqualTo(1);
  }
}
