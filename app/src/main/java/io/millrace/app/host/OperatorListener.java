package io.millrace.app.host;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The operator's port (`service.metrics_port`): metrics and probes without a key and without TLS,
/// for inside the network only. An ingest process has no other one.
///
/// ```
/// GET /metrics   Prometheus text
/// GET /readyz    200 when it is ready, else 503
/// GET /livez, /healthz   200 as long as it answers
/// ```
public final class OperatorListener implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(OperatorListener.class);
  private static final String TEXT = "text/plain; version=0.0.4; charset=utf-8";

  private final HttpServer server;
  private final ExecutorService requests;

  private OperatorListener(HttpServer server, ExecutorService requests) {
    this.server = server;
    this.requests = requests;
  }

  /// @throws IOException when the address cannot be listened on
  public static OperatorListener start(
      String host, int port, BooleanSupplier ready, Supplier<String> metrics) throws IOException {
    var server = HttpServer.create(new InetSocketAddress(InetAddress.getByName(host), port), 16);
    ExecutorService requests =
        Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("operator-", 0).factory());
    server.setExecutor(requests);
    server.createContext("/", exchange -> answer(exchange, 404, ""));
    server.createContext("/metrics", exchange -> answer(exchange, 200, guarded(metrics)));
    server.createContext("/livez", exchange -> answer(exchange, 200, "healthz check passed"));
    server.createContext("/healthz", exchange -> answer(exchange, 200, "healthz check passed"));
    server.createContext(
        "/readyz",
        exchange -> {
          boolean isReady = ready.getAsBoolean();
          answer(exchange, isReady ? 200 : 503, isReady ? "all shards are ready" : "not ready");
        });
    server.start();
    return new OperatorListener(server, requests);
  }

  /// Metrics that cannot be read must not look like a server that is gone.
  private static String guarded(Supplier<String> metrics) {
    try {
      return metrics.get();
    } catch (RuntimeException e) {
      LOG.error("The metrics cannot be read", e);
      return "";
    }
  }

  private static void answer(HttpExchange exchange, int status, String text) throws IOException {
    try (exchange) {
      byte[] body = text.getBytes(StandardCharsets.UTF_8);
      exchange.getResponseHeaders().set("Content-Type", TEXT);
      boolean isHead = exchange.getRequestMethod().equals("HEAD");
      exchange.sendResponseHeaders(status, isHead || body.length == 0 ? -1 : body.length);
      if (!isHead && body.length > 0) {
        exchange.getResponseBody().write(body);
      }
    }
  }

  public int port() {
    return server.getAddress().getPort();
  }

  @Override
  public void close() {
    server.stop(0);
    requests.close();
  }
}
