package io.millrace.api.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.api.Api;
import io.millrace.api.ApiSettings;
import io.millrace.api.auth.Access;
import io.millrace.api.endpoint.Answer;
import io.millrace.api.endpoint.Call;
import io.millrace.api.endpoint.NeedsThread;
import io.millrace.api.http.Router.Route;
import io.millrace.api.json.JsonIn;
import io.millrace.api.metrics.RequestCounts;
import io.millrace.api.slow.Issues;
import io.millrace.model.Failure;
import java.io.ByteArrayInputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Requests whose like was quick are served on IO threads, over real connections, and nothing is
/// different for that.
class QuickServingTest {
  private static final String READ = "/collections/{collection_name}/points/read";
  private static final String WRITE = "/collections/{collection_name}/points/write";

  private final HttpClient client = HttpClient.newHttpClient();
  private final RequestCounts counts = new RequestCounts();
  private final CountDownLatch release = new CountDownLatch(1);
  private volatile boolean hasPlace = true;
  private volatile int chars = 1;
  private volatile boolean fails;
  private volatile boolean takesPlaces;
  private volatile boolean blocks;
  private volatile boolean ranOnIoThread;
  private volatile boolean awaitedOnIoThread = true;
  private volatile int served;
  private Listener listener;

  @BeforeEach
  void start() {
    listener =
        new Listener(
            ApiSettings.defaults().withAddress("127.0.0.1", 0),
            () -> true,
            counts,
            (collection, filter) -> false,
            question -> {
              awaitedOnIoThread = isIoThread();
              return "{\"status\":\"completed\"}";
            },
            List.of(
                new Route("POST", READ, Access.READ, this::serve),
                new Route("POST", WRITE, Access.WRITE, this::serve)),
            new Issues(name -> Optional.empty(), InstantSource.system()),
            name -> hasPlace,
            new QuickRequests(() -> 0, Duration.ofHours(1).toNanos()),
            Api.Host.none(),
            new ConnectionsByAddress(1));
    listener.start();
  }

  @AfterEach
  void stop() {
    release.countDown();
    listener.stop(Duration.ofSeconds(5));
    client.close();
  }

  private Answer serve(Call call) {
    String text = call.body(JsonIn::string);
    ranOnIoThread = isIoThread();
    served++;
    if (blocks) {
      try {
        release.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
    if (takesPlaces) {
      NeedsThread.check();
    }
    if (fails) {
      throw new Failure.TimedOut("too slow");
    }
    return new Answer.Result(out -> out.writeString(text + "x".repeat(chars)));
  }

  private static boolean isIoThread() {
    return Thread.currentThread().getName().startsWith("XNIO");
  }

  private HttpRequest request(String path, String body) {
    return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + listener.port() + path))
        .header("Content-Type", "application/json")
        .POST(BodyPublishers.ofString(body))
        .build();
  }

  private HttpResponse<String> post(String path, String body) throws Exception {
    return client.send(request(path, body), BodyHandlers.ofString());
  }

  /// Asks as often as the next one is served on an IO thread.
  private void warm() throws Exception {
    for (int i = 0; i < QuickRequests.OFTEN; i++) {
      assertThat(post("/collections/c/points/read", "\"a\"").statusCode()).isEqualTo(200);
      assertThat(ranOnIoThread).isFalse();
    }
  }

  private long counted() {
    return counts.sums().get(new RequestCounts.Key("", "POST", READ, 200)).count();
  }

  @Test
  void a_read_is_served_on_an_io_thread_once_its_like_was_quick_often_enough() throws Exception {
    warm();

    HttpResponse<String> answer = post("/collections/c/points/read", "\"a\"");

    assertThat(ranOnIoThread).isTrue();
    assertThat(answer.body()).startsWith("{\"result\":\"ax\",\"status\":\"ok\",\"time\":");
    assertThat(answer.headers().firstValue("Content-Length"))
        .contains(String.valueOf(answer.body().length()));
    assertThat(answer.headers().firstValue("x-request-id")).isPresent();
    post("/collections/c/points/read", "\"b\"");
    assertThat(ranOnIoThread).as("another request").isFalse();
  }

  @Test
  void a_write_never_is() throws Exception {
    for (int i = 0; i < 2 * QuickRequests.OFTEN; i++) {
      post("/collections/c/points/write", "\"a\"");
      assertThat(ranOnIoThread).isFalse();
    }
  }

  @Test
  void one_that_would_wait_for_others_gets_a_thread() throws Exception {
    warm();
    hasPlace = false;
    assertThat(post("/collections/c/points/read", "\"a\"").statusCode()).isEqualTo(200);
    assertThat(ranOnIoThread).isFalse();

    hasPlace = true;
    assertThat(post("/collections/c/points/read", "\"a\"").statusCode()).isEqualTo(200);
    assertThat(ranOnIoThread).isTrue();
  }

  /// Another takes the last place between the look and the search.
  @Test
  void one_that_would_wait_after_all_begins_again() throws Exception {
    warm();
    int before = served;
    takesPlaces = true;

    assertThat(post("/collections/c/points/read", "\"a\"").statusCode()).isEqualTo(200);

    assertThat(served).as("once here, once there").isEqualTo(before + 2);
    assertThat(ranOnIoThread).isFalse();
    takesPlaces = false;
    post("/collections/c/points/read", "\"a\"");
    assertThat(ranOnIoThread).as("it was as quick as ever").isTrue();
  }

  @Test
  void one_that_waits_for_a_position_gets_a_thread() throws Exception {
    warm();

    HttpRequest waiting =
        HttpRequest.newBuilder(
                request("/collections/c/points/read", "\"a\""), (name, value) -> true)
            .header("millrace-min-position", "a@1")
            .build();
    int status = client.send(waiting, BodyHandlers.ofString()).statusCode();

    assertThat(status).isEqualTo(200);
    assertThat(awaitedOnIoThread).isFalse();
    assertThat(ranOnIoThread).isFalse();
  }

  @Test
  void a_long_answer_begins_again_on_a_thread_of_its_own_and_is_whole() throws Exception {
    warm();
    chars = 1_000_000;
    int before = served;

    HttpResponse<String> answer = post("/collections/c/points/read", "\"a\"");

    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.body())
        .startsWith("{\"result\":\"a" + "x".repeat(chars) + "\",\"status\":\"ok\"");
    assertThat(ranOnIoThread).isFalse();
    assertThat(served).as("once here, once there").isEqualTo(before + 2);
    post("/collections/c/points/read", "\"a\"");
    assertThat(served).as("its like is known to be long").isEqualTo(before + 3);
  }

  @Test
  void a_failure_is_told_as_ever() throws Exception {
    warm();
    fails = true;

    HttpResponse<String> answer = post("/collections/c/points/read", "\"a\"");

    assertThat(ranOnIoThread).isTrue();
    assertThat(answer.statusCode()).isEqualTo(408);
    assertThat(answer.body()).startsWith("{\"status\":{\"error\":\"Timeout: too slow\"}");
    assertThat(answer.headers().firstValue("Connection")).isNotEqualTo(Optional.of("close"));
    assertThat(post("/collections/c/points/read", "\"a\"").statusCode())
        .as("the connection goes on")
        .isEqualTo(408);
    assertThat(ranOnIoThread).as("a failure is not quick").isFalse();
  }

  @Test
  void an_answer_is_coded_there_too() throws Exception {
    chars = 8_000;
    warm();
    HttpRequest coded =
        HttpRequest.newBuilder(
                request("/collections/c/points/read", "\"a\""), (name, value) -> true)
            .header("Accept-Encoding", "gzip")
            .build();

    HttpResponse<byte[]> answer = client.send(coded, BodyHandlers.ofByteArray());

    assertThat(ranOnIoThread).isTrue();
    assertThat(answer.headers().firstValue("Content-Encoding")).contains("gzip");
    assertThat(answer.headers().firstValue("Content-Length"))
        .contains(String.valueOf(answer.body().length));
    try (var plain = new GZIPInputStream(new ByteArrayInputStream(answer.body()))) {
      assertThat(new String(plain.readAllBytes(), StandardCharsets.UTF_8))
          .startsWith("{\"result\":\"a" + "x".repeat(chars));
    }
  }

  @Test
  void every_answer_is_counted_once() throws Exception {
    warm();
    chars = 1_000_000;
    post("/collections/c/points/read", "\"a\""); // begins again
    chars = 1;
    post("/collections/c/points/read", "\"a\"");

    assertThat(counted()).isEqualTo(served - 1L);
  }

  @Test
  void a_stop_waits_for_what_is_served_there() throws Exception {
    warm();
    blocks = true;
    int before = served;
    var answer =
        client.sendAsync(request("/collections/c/points/read", "\"a\""), BodyHandlers.ofString());
    while (served == before) {
      Thread.onSpinWait();
    }
    Thread stopping = Thread.ofPlatform().start(() -> listener.stop(Duration.ofSeconds(30)));
    assertThat(stopping.join(Duration.ofMillis(1_500))).as("it lingers less").isFalse();
    release.countDown();
    stopping.join();

    assertThat(answer.get().statusCode()).isEqualTo(200);
    assertThat(ranOnIoThread).isTrue();
  }
}
