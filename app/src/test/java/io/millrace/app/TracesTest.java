package io.millrace.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.app.command.Server;
import io.millrace.app.command.Shape;
import io.millrace.app.config.Configuration;
import io.millrace.app.host.Collector;
import io.millrace.app.host.Collector.Seen;
import io.opentelemetry.proto.trace.v1.Span.SpanKind;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// What a collector gets to see of requests and of dropped files.
@Timeout(120)
class TracesTest {
  private static final String TRACE = "0af7651916cd43dd8448eb211c80319c";
  private static final String CALLER = "b7ad6b7169203331";

  @TempDir Path folder;
  private final List<Server> servers = new ArrayList<>();
  private final HttpClient client = HttpClient.newHttpClient();
  private Collector collector;
  private int port;

  @BeforeEach
  void listen() throws Exception {
    collector = new Collector();
    Files.createDirectories(folder.resolve("in"));
    try (ServerSocket any = new ServerSocket(0)) {
      port = any.getLocalPort();
    }
  }

  @AfterEach
  void stop() {
    servers.reversed().forEach(Server::close);
    client.close();
    collector.close();
  }

  private void start(String tracing, Shape... shapes) throws Exception {
    Path file =
        Files.writeString(
            folder.resolve("millrace.yaml"),
            """
            service: { http_port: %d }
            storage: { storage_path: %s, refresh_interval_ms: 100 }
            sources:
              inbox: { type: files, path: %s, bindings: [ { files: ["*.ndjson"], collection: c } ] }
            tracing: { %s }
            """
                .formatted(port, folder.resolve("data"), folder.resolve("in"), tracing));
    var settings = Configuration.read(Optional.of(file), Map.of(), List.of()).settings();
    for (Shape shape : shapes) {
      servers.add(Wiring.start(shape, settings));
    }
  }

  private HttpResponse<String> send(String method, String path, String body, String... headers)
      throws Exception {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
            .header("Content-Type", "application/json")
            .method(method, BodyPublishers.ofString(body.replace('\'', '"')));
    for (int i = 0; i < headers.length; i += 2) {
      request.header(headers[i], headers[i + 1]);
    }
    return client.send(request.build(), BodyHandlers.ofString());
  }

  private void fill() throws Exception {
    send("PUT", "/collections/c", "{'vectors':{'size':2,'distance':'Dot'}}");
    send(
        "PUT",
        "/collections/c/points?wait=true",
        "{'points':[{'id':1,'vector':[0.125,2],'payload':{'word':'hush'}}]}",
        "traceparent",
        "00-" + TRACE + "-" + CALLER + "-01");
  }

  private String endpoint() {
    return "otlp_endpoint: " + collector.endpoint();
  }

  @Test
  void a_write_and_a_search_go_on_with_the_callers_trace() throws Exception {
    start(endpoint() + ", service_name: shop, otlp_authorization: Bearer sesame", Shape.SERVE);
    fill();
    HttpResponse<String> searched =
        send(
            "POST",
            "/collections/c/points/query",
            "{'query':[0.125,2],'filter':{'must':[{'key':'word','match':{'value':'hush'}}]}}",
            "x-request-id",
            "order-7");
    assertThat(searched.statusCode()).isEqualTo(200);

    Seen write = collector.await("write", s -> s.name().equals("write"));
    Seen put = collector.await("its request", s -> s.id().equals(write.parent()));
    assertThat(put.name()).isEqualTo("PUT /collections/{collection_name}/points");
    assertThat(put.trace()).isEqualTo(TRACE).isEqualTo(write.trace());
    assertThat(put.parent()).isEqualTo(CALLER);
    assertThat(put.kind()).isEqualTo(SpanKind.SPAN_KIND_SERVER);
    assertThat(put.service()).isEqualTo("shop");
    assertThat(write.attributes())
        .containsEntry("db.collection.name", "c")
        .containsEntry("millrace.operations", "1")
        .containsEntry("millrace.wait", "true")
        .containsKey("millrace.sequence");

    Seen query = collector.await("query", s -> s.name().endsWith("/points/query"));
    Seen search = collector.await("search", s -> s.name().equals("search"));
    assertThat(query.parent()).isEmpty();
    assertThat(query.attributes())
        .containsEntry("http.response.status_code", "200")
        .containsEntry("http.request.method", "POST")
        .containsEntry("millrace.request_id", "order-7");
    assertThat(search.parent()).isEqualTo(query.id());
    assertThat(search.attributes()).containsKey("millrace.queued_micros");

    assertThat(collector.authorizations()).contains("Bearer sesame");
    assertThat(collector.spans().toString()).doesNotContain("hush", "0.125", "sesame");
  }

  @Test
  void a_trace_goes_on_in_the_ingest_process() throws Exception {
    start(endpoint(), Shape.INGEST, Shape.QUERY);
    fill();

    Seen link = collector.await("link", s -> s.name().equals("link submit"));
    Seen outer = collector.await("write of query", s -> s.id().equals(link.parent()));
    Seen inner =
        collector.await(
            "write of ingest", s -> s.name().equals("write") && s.parent().equals(link.id()));
    assertThat(outer.name()).isEqualTo("write");
    assertThat(List.of(link.trace(), inner.trace(), outer.trace())).containsOnly(TRACE);
  }

  @Test
  void a_dropped_file_is_a_trace_per_batch() throws Exception {
    start(endpoint(), Shape.SERVE);
    fill();
    Path hidden =
        Files.writeString(folder.resolve("a.ndjson"), "{\"id\":2,\"vector\":[1,2]}\n{\"id\":3}\n");
    Files.move(hidden, folder.resolve("in").resolve("a.ndjson"));

    Seen batch = collector.await("batch", s -> s.name().equals("process inbox"));
    assertThat(batch.kind()).isEqualTo(SpanKind.SPAN_KIND_CONSUMER);
    assertThat(batch.parent()).isEmpty();
    assertThat(batch.attributes())
        .containsEntry("messaging.system", "file")
        .containsEntry("messaging.destination.name", "a.ndjson")
        .containsEntry("messaging.batch.message_count", "2");
  }

  @Test
  void a_mistake_of_a_client_is_no_error_and_its_text_is_not_told() throws Exception {
    start(endpoint(), Shape.SERVE);
    fill();
    send("PUT", "/collections/c/points", "{'points':[{'id':1,'vector':[7.5,2,3]}]}");

    Seen refused =
        collector.await(
            "refused", s -> "400".equals(s.attributes().get("http.response.status_code")));
    Seen write = collector.await("its write", s -> s.parent().equals(refused.id()));
    assertThat(refused.isError()).isFalse();
    assertThat(write.isError()).isTrue();
    assertThat(collector.spans().toString()).doesNotContain("7.5");
  }

  /// The caller's decision counts more than the share.
  @Test
  void only_the_share_is_sent_and_what_the_caller_samples() throws Exception {
    start(endpoint() + ", sample_ratio: 0", Shape.SERVE);
    fill();
    send("GET", "/collections", "");
    servers.removeLast().close(); // sends what is left

    assertThat(collector.spans()).isNotEmpty().extracting(Seen::trace).containsOnly(TRACE);
  }

  @Test
  void a_collector_that_is_away_costs_spans_and_nothing_else() throws Exception {
    String gone = endpoint();
    collector.close();
    start(gone, Shape.SERVE);
    fill();

    assertThat(send("POST", "/collections/c/points/count", "{}").body()).contains("\"count\":1");
  }

  @Test
  void without_an_endpoint_nothing_is_sent() throws Exception {
    start("sample_ratio: 1", Shape.SERVE);
    fill();
    servers.removeLast().close();

    assertThat(collector.authorizations()).isEmpty();
  }
}
