package io.millrace.api.http;

import io.millrace.api.Api;
import io.millrace.api.ApiSettings;
import io.millrace.api.Readiness;
import io.millrace.api.SourceControl;
import io.millrace.api.auth.Gatekeeper;
import io.millrace.api.endpoint.Endpoints;
import io.millrace.api.endpoint.NeedsThread;
import io.millrace.api.json.JsonOut;
import io.millrace.api.metrics.Admissions;
import io.millrace.api.metrics.RequestCounts;
import io.millrace.api.slow.Issues;
import io.millrace.inference.Embedder;
import io.undertow.Undertow;
import io.undertow.UndertowOptions;
import io.undertow.server.DefaultByteBufferPool;
import io.undertow.server.HttpServerExchange;
import io.undertow.util.HeaderMap;
import io.undertow.util.Headers;
import io.undertow.util.HttpString;
import io.undertow.util.Methods;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Phaser;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import org.xnio.Options;
import org.xnio.SslClientAuthMode;
import org.xnio.XnioWorker;
import org.xnio.management.XnioServerMXBean;

/// The HTTP server: answers probes, refusals and quick reads on its IO threads and gives everything
/// else a thread of its own.
public final class Listener {
  /// With a cache per thread or an unbounded pool the server runs out of direct memory; 16 MiB.
  private static final int BUFFER_BYTES = 16 << 10;

  private static final int BUFFERS = 1_000;
  private static final int HEADER_BYTES = 16 << 10;
  private static final int HEADER_COUNT = 100;
  private static final int STALLED_MILLIS = 30_000;
  private static final int CONNECTIONS = 4_096;

  /// Requests at work at once; each may hold a body of the largest size while it is parsed.
  private static final int REQUESTS = 1_024;

  private static final HttpString ALLOW_ORIGIN = new HttpString("Access-Control-Allow-Origin");
  private static final HttpString ALLOW_METHODS = new HttpString("Access-Control-Allow-Methods");
  private static final HttpString ALLOW_HEADERS = new HttpString("Access-Control-Allow-Headers");
  private static final HttpString MAX_AGE = new HttpString("Access-Control-Max-Age");
  private static final HttpString ASKED_METHOD = new HttpString("Access-Control-Request-Method");
  private static final HttpString ASKED_HEADERS = new HttpString("Access-Control-Request-Headers");

  /// No request for that long means that the connections are idle; and no longer than this in all.
  private static final long QUIET_NANOS = TimeUnit.MILLISECONDS.toNanos(300);

  private static final long LINGER_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final ApiSettings settings;
  private final Readiness readiness;
  private final Exchange exchange;
  private final Optional<Certificate> certificate;
  private final Undertow server;
  private final RequestThreads requests;
  private final Admissions admissions;
  private final ConnectionsByAddress byAddress;
  private final SmallBody bodies = new SmallBody(this::admit);

  /// Every running request is a party; the last one is this object until it stops.
  private final Phaser running = new Phaser(1);

  private volatile boolean stopping;
  private volatile long lastRefusalNanos; // IO threads, and the thread that stops

  /// @param readsNow whether a read of the collection of that name would wait for nobody
  public Listener(
      ApiSettings settings,
      Readiness readiness,
      RequestCounts counts,
      Gatekeeper.Points points,
      SourceControl sources,
      Endpoints endpoints,
      Predicate<String> readsNow,
      Api.Host host) {
    this(
        settings,
        readiness,
        counts,
        points,
        sources,
        Routes.of(endpoints),
        endpoints.issues(),
        readsNow,
        new QuickRequests(System::nanoTime),
        host,
        new ConnectionsByAddress(ConnectionsByAddress.MOST));
  }

  Listener(
      ApiSettings settings,
      Readiness readiness,
      RequestCounts counts,
      Gatekeeper.Points points,
      SourceControl sources,
      List<Router.Route> routes,
      Issues issues,
      Predicate<String> readsNow,
      QuickRequests quick,
      Api.Host host,
      ConnectionsByAddress byAddress) {
    this.settings = settings;
    this.byAddress = byAddress;
    this.readiness = readiness;
    this.exchange =
        new Exchange(
            new Router(routes), settings, points, sources, counts, issues, readsNow, quick, host);
    this.requests = new RequestThreads(settings.searchThreads());
    this.admissions = counts.admissions();
    this.certificate = settings.tls().map(Certificate::read);
    this.server =
        listening(settings, certificate)
            .setIoThreads(Math.max(2, Runtime.getRuntime().availableProcessors()))
            .setWorkerThreads(1)
            .setByteBufferPool(new DefaultByteBufferPool(true, BUFFER_BYTES, BUFFERS, 0))
            .setServerOption(UndertowOptions.DECODE_URL, false)
            // Clients send names as they are, `a|b` in the path and more of the kind.
            .setServerOption(UndertowOptions.ALLOW_UNESCAPED_CHARACTERS_IN_URL, true)
            // The body is counted by us, inflated, to answer in Qdrant's words.
            .setServerOption(UndertowOptions.MAX_ENTITY_SIZE, -1L)
            .setServerOption(UndertowOptions.MULTIPART_MAX_ENTITY_SIZE, -1L)
            .setServerOption(UndertowOptions.MAX_HEADER_SIZE, HEADER_BYTES)
            .setServerOption(UndertowOptions.MAX_HEADERS, HEADER_COUNT)
            .setServerOption(
                UndertowOptions.REQUEST_PARSE_TIMEOUT, (int) settings.headTimeout().toMillis())
            .setServerOption(
                UndertowOptions.NO_REQUEST_TIMEOUT, (int) settings.idleTimeout().toMillis())
            .setServerOption(UndertowOptions.ALWAYS_SET_DATE, true)
            .setWorkerOption(Options.CONNECTION_HIGH_WATER, CONNECTIONS)
            .setWorkerOption(Options.CONNECTION_LOW_WATER, CONNECTIONS)
            .setSocketOption(Options.READ_TIMEOUT, STALLED_MILLIS)
            .setSocketOption(Options.WRITE_TIMEOUT, STALLED_MILLIS)
            .setSocketOption(Options.TCP_NODELAY, true)
            .setSocketOption(Options.REUSE_ADDRESSES, true)
            .setSocketOption(Options.BACKLOG, 1_024)
            .setHandler(this::accept)
            .build();
  }

  private static Undertow.Builder listening(
      ApiSettings settings, Optional<Certificate> certificate) {
    if (certificate.isEmpty()) {
      return Undertow.builder().addHttpListener(settings.port(), settings.host());
    }
    Undertow.Builder server =
        Undertow.builder()
            .addHttpsListener(settings.port(), settings.host(), certificate.get().context());
    return settings.tls().flatMap(ApiSettings.Tls::clientAuthority).isPresent()
        ? server.setSocketOption(Options.SSL_CLIENT_AUTH_MODE, SslClientAuthMode.REQUIRED)
        : server;
  }

  public void logRequests(RequestLog.Rule rule) {
    exchange.logRequests(rule);
  }

  /// Texts in requests from now on are embedded by it.
  public void embedBy(Embedder embedder) {
    exchange.embedBy(embedder);
  }

  /// Requests from now on need one of these.
  public void changeKeys(ApiSettings.Keys keys) {
    exchange.changeKeys(keys);
  }

  /// With TLS: certificate and key are read again now.
  public void renewCertificate() {
    certificate.ifPresent(Certificate::renew);
  }

  public void start() {
    server.start();
    admissions.countConnectionsBy(this::connections);
  }

  private int connections() {
    XnioWorker worker = server.getWorker(); // none after the end
    return worker == null
        ? 0
        : worker.getMXBean().getServerMXBeans().stream()
            .mapToInt(XnioServerMXBean::getConnectionCount)
            .sum();
  }

  /// For tests: requests whose bodies have not come whole.
  int awaitedBodies() {
    return bodies.awaited();
  }

  /// The port that is listened on, also when any free one was asked for.
  public int port() {
    return ((InetSocketAddress) server.getListenerInfo().getFirst().getAddress()).getPort();
  }

  /// Refuses new requests at once, lets running ones finish for a while, then closes connections. A
  /// client that had its answer before may have sent the next request on the same connection: they
  /// are refused too, until none has come for a moment, instead of being cut off.
  public void stop(Duration atMost) {
    stopping = true;
    int phase = running.arriveAndDeregister();
    try {
      running.awaitAdvanceInterruptibly(phase, atMost.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (TimeoutException stillRunning) {
      // Their connections are closed below; their threads end with the deadline they carry.
    }
    lingerForRequestsUnderway();
    server.stop();
    requests.shutdown();
  }

  private void lingerForRequestsUnderway() {
    long begin = System.nanoTime();
    lastRefusalNanos = begin;
    long now = begin;
    while (now - lastRefusalNanos < QUIET_NANOS
        && now - begin < LINGER_NANOS
        && !Thread.currentThread().isInterrupted()) {
      LockSupport.parkNanos(QUIET_NANOS / 10);
      now = System.nanoTime();
    }
  }

  /// On an IO thread: must not wait.
  private void accept(HttpServerExchange ex) throws Exception {
    if (settings.corsEnabled() && ex.getRequestHeaders().contains(Headers.ORIGIN)) {
      ex.getResponseHeaders().put(ALLOW_ORIGIN, "*");
      if (isPreflight(ex)) {
        allow(ex);
        return;
      }
    }
    if (ex.getRequestMethod().equals(Methods.GET)) {
      switch (Router.plain(ex.getRequestURI())) {
        case "/healthz", "/livez" -> {
          text(ex, 200, "healthz check passed");
          return;
        }
        case "/readyz", "/health" -> {
          boolean ready = readiness.isReady() && !stopping;
          text(ex, ready ? 200 : 503, ready ? "all shards are ready" : "some shards are not ready");
          return;
        }
        default -> {}
      }
    }
    if (!byAddress.admits(ex.getConnection())) {
      admissions.count(Admissions.Refusal.CONNECTIONS);
      refuse(ex, "Too many connections from your address, close some");
      return;
    }
    bodies.readBefore(ex);
  }

  /// On an IO thread.
  private void admit(HttpServerExchange ex) throws IOException {
    if (stopping || running.register() < 0) {
      lastRefusalNanos = System.nanoTime();
      admissions.count(Admissions.Refusal.STOPPING);
      refuse(ex, "The server is stopping");
      return;
    }
    if (running.getRegisteredParties() > REQUESTS) {
      running.arriveAndDeregister();
      admissions.count(Admissions.Refusal.REQUESTS);
      refuse(ex, "Too many requests at once, try again");
      return;
    }
    // Who gets an answer while the server stops shall not send another request after it.
    ex.addResponseCommitListener(answer -> {
      if (stopping) {
        answer.setPersistent(false);
      }
    });
    if (!exchange.isQuick(ex) || !serveHere(ex)) {
      ex.dispatch(requests, this::serve);
    }
  }

  /// On an IO thread, which sends the answer and ends the exchange. Returns false if it has to be
  /// served by [#serve] after all.
  private boolean serveHere(HttpServerExchange ex) throws IOException {
    boolean isHandedOn = false;
    try {
      NeedsThread.onIoThread(() -> {
        exchange.serve(ex);
        return true;
      });
      return true;
    } catch (NeedsThread again) {
      isHandedOn = true;
      return false;
    } finally {
      if (!isHandedOn) {
        running.arriveAndDeregister();
      }
    }
  }

  /// On the request's own thread.
  private void serve(HttpServerExchange ex) throws IOException {
    try {
      ex.startBlocking();
      exchange.serve(ex);
      if (!ex.isDispatched()) { // else an IO thread sends the answer and ends it
        ex.endExchange();
      }
    } finally {
      running.arriveAndDeregister();
    }
  }

  private static boolean isPreflight(HttpServerExchange ex) {
    return ex.getRequestMethod().equals(Methods.OPTIONS)
        && ex.getRequestHeaders().contains(ASKED_METHOD);
  }

  private static void allow(HttpServerExchange ex) {
    HeaderMap headers = ex.getResponseHeaders();
    headers.put(ALLOW_METHODS, "GET, POST, PUT, PATCH, DELETE, OPTIONS");
    String asked = ex.getRequestHeaders().getFirst(ASKED_HEADERS);
    headers.put(ALLOW_HEADERS, asked == null ? "*" : asked);
    headers.put(MAX_AGE, "3600");
    ex.setStatusCode(200);
    ex.endExchange();
  }

  private static void text(HttpServerExchange ex, int status, String text) {
    ex.setStatusCode(status);
    ex.getResponseHeaders().put(Headers.CONTENT_TYPE, "text/plain; charset=utf-8");
    ex.getResponseSender().send(text);
  }

  private static void refuse(HttpServerExchange ex, String reason) {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    JsonOut.error(body, "Service temporarily unavailable: " + reason, 0);
    ex.setStatusCode(503);
    ex.setPersistent(false);
    ex.getResponseHeaders().put(Headers.CONTENT_TYPE, "application/json");
    ex.getResponseHeaders().put(Headers.RETRY_AFTER, "1");
    ex.getResponseSender().send(ByteBuffer.wrap(body.toByteArray()));
  }
}
