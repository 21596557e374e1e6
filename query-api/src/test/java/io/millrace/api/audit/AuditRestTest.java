package io.millrace.api.audit;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.millrace.api.Api;
import io.millrace.api.ApiSettings;
import io.millrace.api.Server;
import io.millrace.api.SourceControl;
import io.millrace.api.auth.TestTokens;
import io.millrace.frame.RealDisk;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// What the audit log says of requests over REST. Its line is there before the answer is.
class AuditRestTest {
  private static final JsonMapper MAPPER = new JsonMapper();
  private static final String DAILY = "audit.2026-11-27.log";

  @TempDir Path folder;
  private Instant now = Instant.parse("2026-11-27T23:59:59.123Z");
  private AuditLog log;
  private Server server;

  private void start(AuditLog.Rotation rotation, int maxFiles, boolean trustForwarded)
      throws IOException {
    log =
        AuditLog.open(
            new AuditLog.Settings(audit(), rotation, maxFiles, trustForwarded),
            new RealDisk(),
            () -> now);
    Api.Host none = Api.Host.none();
    server =
        new Server(
            folder.resolve("data"),
            ApiSettings.defaults()
                .withKeys(
                    new ApiSettings.Keys(
                        Optional.of("open-sesame"),
                        Optional.of("second-sesame"),
                        Optional.of("look-only"),
                        true)),
            SourceControl.NONE,
            new Api.Host(none.tracer(), none.logs(), Optional.of(log)));
    server.as("open-sesame");
  }

  private void start() throws IOException {
    start(AuditLog.Rotation.DAILY, 7, false);
  }

  @AfterEach
  void stop() throws IOException {
    server.close();
    log.close();
  }

  private Path audit() {
    return folder.resolve("audit");
  }

  private List<JsonNode> lines(String file) throws IOException {
    return Files.readAllLines(audit().resolve(file)).stream().map(MAPPER::readTree).toList();
  }

  private JsonNode last() throws IOException {
    return lines(DAILY).getLast();
  }

  /// The fields of the last line but for those that differ from run to run.
  private String lastOf(String... names) throws IOException {
    JsonNode line = last();
    return String.join(
        " ", java.util.Arrays.stream(names).map(n -> line.path(n).asString("-")).toList());
  }

  private String who() throws IOException {
    return lastOf("auth_type", "subject", "result", "status");
  }

  @Test
  void a_request_is_one_line_that_says_who_what_and_whether() throws IOException {
    start();
    server.put("/collections/words", "{'vectors':{'size':1,'distance':'Dot'}}").result();
    var answer =
        server.put(
            "/collections/words/points?wait=true&x=whisper",
            "{'points':[{'id':1,'vector':[0.125],'payload':{'a':'hush'}}]}");

    JsonNode line = last();
    assertThat(lines(DAILY)).hasSize(2);
    assertThat(line.propertyNames())
        .containsExactly(
            "timestamp",
            "method",
            "route",
            "auth_type",
            "subject",
            "remote",
            "collection",
            "result",
            "status",
            "request_id");
    assertThat(lastOf("timestamp", "method", "route", "remote", "collection"))
        .isEqualTo(
            "2026-11-27T23:59:59.123Z PUT /collections/{collection_name}/points 127.0.0.1 words");
    assertThat(who()).isEqualTo("api_key api_key ok 200");
    assertThat(line.path("request_id").asString())
        .isEqualTo(answer.header("x-request-id").orElseThrow());
    assertThat(Files.readString(audit().resolve(DAILY)))
        .doesNotContain("open-sesame", "hush", "0.125", "whisper");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(audit().resolve(DAILY))))
        .isEqualTo("rw-------");
  }

  @Test
  void each_key_and_token_is_told_apart_and_none_is_written() throws IOException {
    start();
    String mine = "{'sub':'ann','access':[{'collection':'mine','access':'r'}]}";
    String token = TestTokens.signed("open-sesame", mine);

    server.as("second-sesame").get("/collections");
    assertThat(who()).isEqualTo("api_key alt_api_key ok 200");
    server.as("look-only").put("/collections/words", "{}");
    assertThat(who()).isEqualTo("api_key read_only_api_key denied 403");
    assertThat(last().path("error").asString())
        .isEqualTo("Forbidden: Global manage access is required");
    server.as(token).get("/collections/yours");
    assertThat(who()).isEqualTo("jwt ann denied 403");
    server.get("/collections/mine");
    assertThat(who()).isEqualTo("jwt ann ok 404");
    server.as("guessed-wrong").get("/collections");
    assertThat(who()).isEqualTo("none - denied 401");
    server.as("").get("/nothing/there");
    assertThat(lastOf("route", "result", "status")).isEqualTo("unknown denied 401");
    server.as("look-only").beside("GET", "/nothing/there", null);
    assertThat(lastOf("route", "result", "status")).isEqualTo("unknown ok 404");
    String unfit =
        TestTokens.signed(
            "open-sesame", "{'subject':'bob','value_exists':{'collection':'users','matches':[]}}");
    server.as(unfit).get("/collections");
    assertThat(who()).isEqualTo("jwt bob denied 403");

    assertThat(lines(DAILY)).hasSize(8);
    assertThat(Files.readString(audit().resolve(DAILY)))
        .doesNotContain("sesame", "look-only", "guessed-wrong", token, unfit);
  }

  @Test
  void a_right_that_only_the_body_asks_for_is_denied_in_the_line_too() throws IOException {
    start();
    server.put("/collections/mine", "{'vectors':{'size':1,'distance':'Dot'}}").result();
    server.as(TestTokens.signed("open-sesame", "{'access':[{'collection':'mine','access':'r'}]}"));
    server.post("/collections/mine/points/query", "{'query':1,'lookup_from':{'collection':'b'}}");
    assertThat(who()).isEqualTo("jwt - denied 403");
  }

  @Test
  void what_needs_no_right_has_no_line() throws IOException {
    start();
    for (String free : new String[] {"/", "/healthz", "/readyz"}) {
      server.get(free);
    }
    assertThat(lines(DAILY)).isEmpty();
  }

  @Test
  void a_name_in_a_path_cannot_forge_a_line_or_make_it_long() throws IOException {
    start();
    server.beside("GET", "/collections/" + "a%22%0A%7B%7D".repeat(100), null);
    assertThat(lines(DAILY)).hasSize(1);
    assertThat(last().path("collection").asString()).startsWith("a\"\n{}a").hasSize(257);
  }

  @Test
  void a_forwarded_address_counts_where_the_proxy_is_trusted() throws IOException {
    start(AuditLog.Rotation.DAILY, 7, true);
    assertThat(remote("10.0.0.7, 10.1.1.1")).isEqualTo("10.0.0.7");
    assertThat(remote("2001:db8::7")).isEqualTo("2001:db8::7");
    assertThat(remote("unknown")).isEqualTo("127.0.0.1");
    stop();
    start();
    assertThat(remote("10.0.0.7")).isEqualTo("127.0.0.1");
  }

  private String remote(String forwardedFor) throws IOException {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + "/collections"))
            .header("X-Forwarded-For", forwardedFor)
            .build();
    try (HttpClient client = HttpClient.newHttpClient()) {
      client.send(request, BodyHandlers.discarding());
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
    return last().path("remote").asString();
  }

  @Test
  void a_new_day_or_hour_is_a_new_file_and_the_oldest_goes() throws IOException {
    start(AuditLog.Rotation.HOURLY, 2, false);
    Files.writeString(audit().resolve("audit.2026_11_27.log"), "not a file of the log");
    server.get("/collections");
    now = now.plusSeconds(1);
    server.get("/collections");
    server.get("/collections");
    assertThat(lines("audit.2026-11-27-23.log")).hasSize(1);
    assertThat(lines("audit.2026-11-28-00.log")).hasSize(2);
    now = now.plusSeconds(3_600);
    server.get("/collections");
    try (var files = Files.list(audit())) {
      assertThat(files.map(f -> f.getFileName().toString()))
          .containsExactlyInAnyOrder(
              "audit.2026-11-28-00.log", "audit.2026-11-28-01.log", "audit.2026_11_27.log");
    }
  }

  @Test
  void a_file_that_cannot_be_removed_or_is_at_work_costs_no_line() throws IOException {
    Files.createDirectories(audit().resolve("audit.2020-01-01.log/inside"));
    Files.writeString(audit().resolve("audit.2099-01-01-10.log"), "");
    start(AuditLog.Rotation.HOURLY, 1, false);

    server.get("/collections").result();
    server.get("/collections").result();

    assertThat(lines("audit.2026-11-27-23.log")).hasSize(2);
  }

  @Test
  void lines_that_cannot_be_written_are_counted_and_requests_go_on() throws IOException {
    start();
    server.get("/collections").result();
    assertThat(metric("millrace_audit_lost_total")).isEqualTo("0");
    Path aside = folder.resolve("aside");
    Files.move(audit(), aside);
    Files.writeString(audit(), "a file where the folder was");
    ListAppender<ILoggingEvent> logged = new ListAppender<>();
    Logger logger = (Logger) LoggerFactory.getLogger(AuditLog.class);
    logged.start();
    logger.addAppender(logged);

    try {
      server.get("/collections").result();
      server.get("/collections").result();
      assertThat(metric("millrace_audit_lost_total")).isEqualTo("2");

      Files.delete(audit());
      server.get("/collections").result();
    } finally {
      logger.detachAppender(logged);
    }
    assertThat(logged.list)
        .extracting(ILoggingEvent::getMessage)
        .containsExactly(
            "Audit lines cannot be written, requests go on folder={} reason={}",
            "Audit lines are written again folder={} lost={}");
    assertThat(lines(DAILY).getFirst().path("route").asString()).isEqualTo("/collections");
    assertThat(lines(DAILY)).hasSize(1);
    assertThat(metric("millrace_audit_lost_total")).isEqualTo("2");
  }

  @Test
  void a_torn_last_line_is_ended_before_the_next() throws IOException {
    Files.createDirectories(audit());
    Files.writeString(audit().resolve(DAILY), "{\"timestamp\":\"20");
    start();
    server.get("/collections");
    List<String> lines = Files.readAllLines(audit().resolve(DAILY));
    assertThat(lines).hasSize(2).first().isEqualTo("{\"timestamp\":\"20");
    assertThat(MAPPER.readTree(lines.getLast()).path("status").intValue()).isEqualTo(200);
  }

  @Test
  void what_is_scraped_over_and_over_has_no_line() throws IOException {
    start();
    server.get("/collections").result();
    String token = TestTokens.signed("open-sesame", "{'access':[{'collection':'c','access':'r'}]}");
    for (String key : List.of("look-only", token)) {
      server.as(key);
      for (String scraped : List.of("/metrics", "/telemetry", "/cluster/telemetry")) {
        server.get(scraped);
      }
    }
    assertThat(lines(DAILY)).hasSize(1);
    server.as("wrong").get("/metrics");
    assertThat(lastOf("route", "result", "status")).isEqualTo("/metrics denied 401");
  }

  @Test
  void metrics_and_telemetry_tell_how_much_there_is() throws IOException {
    start();
    server.get("/collections");
    long bytes = Files.size(audit().resolve(DAILY));
    assertThat(metric("audit_log_dir_size_bytes")).isEqualTo(Long.toString(bytes));
    JsonNode telemetry = server.get("/telemetry").result().at("/app/audit");
    assertThat(telemetry.path("rotation").asString()).isEqualTo("daily");
    assertThat(telemetry.path("max_log_files").intValue()).isEqualTo(7);
    assertThat(telemetry.path("dir_size_bytes").longValue()).isEqualTo(bytes);
    assertThat(server.get("/telemetry?anonymize=true").result().path("app").has("audit")).isFalse();
  }

  private String metric(String name) {
    return server
        .get("/metrics")
        .text()
        .lines()
        .filter(line -> line.startsWith(name + " "))
        .findFirst()
        .orElseThrow()
        .substring(name.length() + 1);
  }
}
