package io.millrace.api.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.api.Api;
import io.millrace.api.ApiSettings;
import io.millrace.api.LocalGateway;
import io.millrace.api.LocalSnapshots;
import io.millrace.api.LocalWork;
import io.millrace.api.SourceControl;
import io.millrace.api.endpoint.Endpoints;
import io.millrace.api.endpoint.SearchPool;
import io.millrace.api.endpoint.SnapshotsEndpoint;
import io.millrace.api.json.CollectionConfigJson;
import io.millrace.api.metrics.RequestCounts;
import io.millrace.api.strict.StrictModes;
import io.millrace.collection.Collections;
import io.millrace.collection.Snapshots;
import io.millrace.collection.StoreSettings;
import io.millrace.model.Deadline;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.api.trace.TracerProvider;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// All places of the search pool are held by searches that do not come to an end, as on a disk that
/// answers no page fault. More searches wait than there are platform threads for requests.
class BlockedSearchesTest {
  private static final int PLACES = 2;
  private static final int QUEUED = 100;
  private static final String QUERY = "/collections/c/points/query";

  @TempDir Path folder;

  private final HttpClient client = HttpClient.newHttpClient();
  private final CountDownLatch release = new CountDownLatch(1);
  private Collections collections;
  private SearchPool pool;
  private Listener listener;

  @BeforeEach
  void start() throws Exception {
    Tracer tracer = TracerProvider.noop().get("");
    collections = Collections.open(folder, StoreSettings.defaults());
    RequestCounts counts = new RequestCounts();
    pool = new SearchPool(PLACES, QUEUED, tracer, counts.admissions());
    ApiSettings settings = ApiSettings.defaults().withAddress("127.0.0.1", 0);
    Endpoints endpoints =
        Endpoints.of(
            collections,
            new LocalGateway(collections),
            new LocalWork(collections),
            SourceControl.NONE,
            new SnapshotsEndpoint(
                collections,
                new LocalSnapshots(
                    new Snapshots(collections, folder.resolve("snapshots"), Clock.systemUTC())),
                Optional.empty()),
            pool,
            new StrictModes(CollectionConfigJson::strictMode, System::nanoTime),
            counts,
            Api.Host.none(),
            settings);
    listener =
        new Listener(
            settings,
            () -> true,
            counts,
            (collection, filter) -> false,
            SourceControl.NONE,
            endpoints,
            name -> pool.hasPlace(),
            Api.Host.none());
    listener.start();
    send("PUT", "/collections/c", "{\"vectors\":{\"size\":2,\"distance\":\"Dot\"}}");
    upsert(1);
    CountDownLatch busy = new CountDownLatch(PLACES);
    for (int i = 0; i < PLACES; i++) {
      Thread.ofVirtual().start(() -> pool.run(Deadline.NONE, () -> block(busy)));
    }
    busy.await();
  }

  @AfterEach
  void stop() {
    release.countDown();
    listener.stop(Duration.ofSeconds(5));
    pool.close();
    collections.close();
    client.close();
  }

  private int block(CountDownLatch busy) {
    busy.countDown();
    try {
      release.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
    return 0;
  }

  private HttpRequest request(String method, String path, String json) {
    return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + listener.port() + path))
        .timeout(Duration.ofSeconds(30))
        .header("Content-Type", "application/json")
        .method(method, BodyPublishers.ofString(json))
        .build();
  }

  private HttpResponse<String> send(String method, String path, String json) throws Exception {
    return client.send(request(method, path, json), BodyHandlers.ofString());
  }

  private HttpResponse<String> upsert(int id) throws Exception {
    return send(
        "PUT",
        "/collections/c/points?wait=true",
        "{\"points\":[{\"id\":" + id + ",\"vector\":[1,2]}]}");
  }

  private List<CompletableFuture<HttpResponse<String>>> search(int count) {
    List<CompletableFuture<HttpResponse<String>>> asked = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      asked.add(
          client.sendAsync(
              request("POST", QUERY, "{\"query\":[1,2],\"limit\":1}"), BodyHandlers.ofString()));
    }
    return asked;
  }

  private void awaitQueued(int queued) {
    while (pool.queued() != queued) {
      Thread.onSpinWait();
    }
  }

  @Test
  void other_requests_are_answered_and_searches_go_on_after() throws Exception {
    List<CompletableFuture<HttpResponse<String>>> waiting = search(QUEUED);
    awaitQueued(QUEUED);

    assertThat(send("GET", "/readyz", "").statusCode()).isEqualTo(200);
    assertThat(send("GET", "/collections", "").body()).contains("\"name\":\"c\"");
    assertThat(upsert(2).body()).contains("\"status\":\"completed\"");
    assertThat(waiting).noneMatch(CompletableFuture::isDone);

    release.countDown();
    assertThat(waiting)
        .allSatisfy(answer ->
            assertThat(answer.join().body()).contains("\"id\":").contains("\"status\":\"ok\""));
  }

  @Test
  void more_than_may_wait_are_refused() throws Exception {
    search(QUEUED);
    awaitQueued(QUEUED);

    HttpResponse<String> refused = search(1).getFirst().join();

    assertThat(refused.statusCode()).isEqualTo(429);
    assertThat(refused.headers().firstValue("Retry-After")).contains("1");
    assertThat(refused.body()).contains("Too many searches are waiting, try again");
  }

  @Test
  void one_that_waits_too_long_times_out() throws Exception {
    HttpResponse<String> late = send("POST", QUERY + "?timeout=1", "{\"query\":[1,2]}");

    assertThat(late.body()).contains("Operation did not finish within 1 seconds");
    assertThat(pool.queued()).isZero();
  }
}
