package io.millrace.api.http;

import io.millrace.api.Api;
import io.millrace.api.ApiSettings;
import io.millrace.api.SnapshotGateway.Stored;
import io.millrace.api.SourceControl;
import io.millrace.api.auth.Access;
import io.millrace.api.auth.Gatekeeper;
import io.millrace.api.auth.Grant;
import io.millrace.api.endpoint.Answer;
import io.millrace.api.endpoint.Call;
import io.millrace.api.endpoint.NeedsThread;
import io.millrace.api.endpoint.Upload;
import io.millrace.api.json.JsonIn;
import io.millrace.api.json.JsonOut;
import io.millrace.api.metrics.RequestCounts;
import io.millrace.api.slow.Issues;
import io.millrace.api.status.Fault;
import io.millrace.api.status.Reply;
import io.millrace.api.trace.RequestSpans;
import io.millrace.inference.Embedder;
import io.millrace.inference.EmbeddingModel.WhenFull;
import io.millrace.inference.Embeddings;
import io.millrace.model.Failure;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.context.Scope;
import io.undertow.server.HttpServerExchange;
import io.undertow.server.protocol.http.HttpContinue;
import io.undertow.util.AttachmentKey;
import io.undertow.util.HeaderMap;
import io.undertow.util.Headers;
import io.undertow.util.HttpString;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.exc.JacksonIOException;

/// Serves one request after the other, each on its own thread, or a quick one on its IO thread:
/// key, route, body, endpoint, answer. Every failure becomes an answer here and nowhere else.
final class Exchange {
  private static final Logger log = LoggerFactory.getLogger(Exchange.class);
  private static final HttpString FRAME = new HttpString("X-Frame-Options");
  private static final HttpString POLICY = new HttpString("Content-Security-Policy");
  private static final HttpString API_KEY = new HttpString("api-key");
  private static final HttpString MIN_POSITION = new HttpString(Waits.ASKED);
  private static final HttpString POSITION = new HttpString(Waits.CONTAINED);
  private static final AttachmentKey<Read> READ = AttachmentKey.create(Read.class);

  /// Read and thrown away after an early answer: clients that send their whole body before they
  /// read would else see a broken connection instead of the answer.
  private static final long DRAINED_BYTES = 64L << 20;

  /// How the routes begin whose reads may be served on IO threads: they ask no other process.
  private static final String POINTS = "/collections/{collection_name}/points";

  /// Path and query of a request.
  private static final int URL_CHARS = 8 << 10;

  private static final long DRAINED_NANOS = 5_000_000_000L;

  private final Router router;
  private final Gatekeeper.Points points;
  private volatile Gatekeeper gatekeeper; // replaced when keys change
  private volatile Optional<Embedder> embedder = Optional.empty();
  private final Waits waits;
  private final ApiSettings settings;
  private final Call.Limits limits;
  private final RequestCounts counts;
  private final Issues issues;
  private final RequestLog requestLog = new RequestLog();
  private final AuditTrail audit;
  private final RequestSpans spans;
  private final Predicate<String> readsNow;
  private final QuickRequests quick;

  /// A read whose body was there before it had a thread.
  ///
  /// @param kind by [QuickRequests#kind]
  private record Read(Router.Match match, long kind) {}

  Exchange(
      Router router,
      ApiSettings settings,
      Gatekeeper.Points points,
      SourceControl sources,
      RequestCounts counts,
      Issues issues,
      Predicate<String> readsNow,
      QuickRequests quick,
      Api.Host host) {
    this.readsNow = readsNow;
    this.quick = quick;
    this.waits = new Waits(sources);
    this.router = router;
    this.points = points;
    this.gatekeeper = new Gatekeeper(settings.keys(), points);
    this.settings = settings;
    this.limits = new Call.Limits(settings.searchTimeout(), settings.writeTimeout());
    this.counts = counts;
    this.issues = issues;
    this.audit = new AuditTrail(host.audit());
    this.spans = new RequestSpans(host.tracer());
  }

  void logRequests(RequestLog.Rule rule) {
    requestLog.follow(rule);
  }

  void changeKeys(ApiSettings.Keys keys) {
    gatekeeper = new Gatekeeper(keys, points);
  }

  void embedBy(Embedder by) {
    embedder = Optional.of(by);
  }

  /// On an IO thread: whether the request can be served there.
  boolean isQuick(HttpServerExchange exchange) {
    Optional<byte[]> body = SmallBody.bytes(exchange);
    // Lines wait for who reads them.
    boolean isLogged = requestLog.isOfAll() || audit.isKept();
    if (body.isEmpty() || isLogged || Waits.isAsked(exchange)) {
      return false;
    }
    Optional<Router.Match> match =
        router
            .find(exchange.getRequestMethod().toString(), path(exchange))
            .filter(m -> m.route().access() == Access.READ)
            .filter(m -> m.route().template().startsWith(POINTS));
    if (match.isEmpty()) {
      return false;
    }
    String target = exchange.getRequestURI() + '?' + exchange.getQueryString();
    long kind = QuickRequests.kind(target, body.get());
    exchange.putAttachment(READ, new Read(match.get(), kind));
    return quick.isQuick(kind)
        && readsNow.test(match.get().parameters().getOrDefault("collection_name", ""));
  }

  /// Throws [NeedsThread] only where that says so.
  void serve(HttpServerExchange exchange) throws IOException {
    long start = System.nanoTime();
    String method = exchange.getRequestMethod().toString();
    Optional<Read> read = Optional.ofNullable(exchange.getAttachment(READ));
    Optional<Router.Match> match =
        read.map(Read::match).or(() -> router.find(method, path(exchange)));
    Request request = new Request(exchange, requestLog.begin(exchange), method, match, start);
    Span span =
        spans.begin(
            method,
            match.map(m -> m.route().template()),
            request.collection(),
            request.id(),
            exchange.getRequestHeaders()::getFirst);
    boolean beginsAgain = false;
    try (Scope scope = span.makeCurrent()) {
      serve(request);
    } catch (NeedsThread again) {
      beginsAgain = true;
      throw again;
    } finally {
      spans.end(span, exchange.getStatusCode());
      if (!beginsAgain) {
        audit.tell(request); // if nothing was answered
        long took = System.nanoTime() - start;
        requestLog.end(request, took);
        boolean isHeld =
            exchange.getStatusCode() == 200 && exchange.getResponseContentLength() >= 0;
        read.ifPresent(r -> quick.answered(r.kind(), isHeld ? took : Long.MAX_VALUE));
      }
    }
  }

  private void serve(Request request) throws IOException {
    HttpServerExchange exchange = request.exchange();
    HeaderMap headers = exchange.getRequestHeaders();
    AnswerStream out =
        new AnswerStream(exchange, Coding.taken(headers.getFirst(Headers.ACCEPT_ENCODING)));
    try {
      checkUrl(exchange);
      SmallBody.check(exchange);
      Grant grant =
          gatekeeper.admit(
              request.match().map(m -> m.route().access()).orElse(Access.ANY),
              request.collection(),
              headers.getFirst(API_KEY),
              headers.getFirst(Headers.AUTHORIZATION),
              request::isFrom);
      if (request.match().isEmpty()) {
        exchange.setStatusCode(404);
        audit.tell(request);
        drain(exchange);
        return;
      }
      Router.Match match = request.match().get();
      RequestBody body = new RequestBody(exchange);
      Call call =
          new Call(
              match.parameters(), Router.query(exchange.getQueryString()), body, limits, grant);
      request.searches(call.searches());
      waits
          .await(match.route(), call, headers.getFirst(MIN_POSITION))
          .ifPresent(contained -> exchange.getResponseHeaders().put(POSITION, contained));
      write(
          exchange,
          out,
          match.route().endpoint().serve(call),
          body.embeddings().tokens(),
          request.start());
      count(request);
      out.finish();
    } catch (Fault fault) {
      refuse(request, out, Reply.to(fault));
    } catch (Failure failure) {
      refuse(request, out, Reply.to(failure));
    } catch (JacksonIOException gone) {
      // Writing into the stream failed: the client is not there any more.
      count(request);
      cut(exchange, out);
    } catch (NeedsThread again) {
      throw again;
    } catch (RuntimeException | Error unexpected) {
      log.atError()
          .addKeyValue("route", request.method() + " " + request.route())
          .addKeyValue("request_id", request.id())
          .setCause(unexpected)
          .log("A request failed unexpectedly");
      refuse(request, out, Reply.toUnexpected());
    }
  }

  private static void checkUrl(HttpServerExchange exchange) {
    String path = exchange.getRequestURI();
    String query = exchange.getQueryString();
    int chars = path.length() + query.length();
    if (chars > URL_CHARS) {
      exchange.setPersistent(false);
      throw Fault.json(
          414, "The URL has " + chars + " characters, at most " + URL_CHARS + " are read");
    }
    if (hasControls(path) || hasControls(query)) {
      exchange.setPersistent(false);
      throw Fault.json(400, "The URL has control characters");
    }
  }

  private static boolean hasControls(String text) {
    return text.chars().anyMatch(c -> c < ' ' || c == 0x7F);
  }

  /// Before the end of the answer is sent: who has it may rely on being counted, on the line in the
  /// audit log, and on the issue if it was a slow search.
  private void count(Request request) {
    long nanos = System.nanoTime() - request.start();
    request
        .match()
        .ifPresent(match ->
            counts.count(
                request.collection(),
                match.route().method(),
                match.route().template(),
                request.exchange().getStatusCode(),
                nanos));
    audit.tell(request);
    if (requestLog.isSlow(nanos)) {
      request.searched().ifPresent(issues::tell);
    }
  }

  /// The raw path without scheme and host, which a proxy's client may send along.
  private static String path(HttpServerExchange exchange) {
    String uri = exchange.getRequestURI();
    if (exchange.isHostIncludedInRequestURI()) {
      int scheme = uri.indexOf("//");
      int slash = scheme < 0 ? -1 : uri.indexOf('/', scheme + 2);
      return slash < 0 ? "/" : uri.substring(slash);
    }
    return uri;
  }

  /// @param tokens that models read, by model
  private static void write(
      HttpServerExchange exchange,
      AnswerStream out,
      Answer answer,
      Map<String, Long> tokens,
      long start) {
    switch (answer) {
      case Answer.Text(int status, String text) -> {
        exchange.setStatusCode(status);
        writeText(exchange, out, text);
      }
      case Answer.Page(String contentType, String text) -> {
        HeaderMap headers = exchange.getResponseHeaders();
        headers.put(FRAME, "DENY");
        headers.put(POLICY, "default-src 'self'; frame-ancestors 'none'");
        headers.put(Headers.CACHE_CONTROL, "no-cache");
        writeText(exchange, out, contentType, text);
      }
      case Answer.PageFile(String contentType, Path file) -> {
        HeaderMap headers = exchange.getResponseHeaders();
        headers.put(FRAME, "DENY");
        headers.put(POLICY, "connect-src 'self'; frame-ancestors 'none'");
        headers.put(Headers.CONTENT_TYPE, contentType);
        try {
          Files.copy(file, out);
        } catch (IOException e) {
          throw JacksonIOException.construct(e);
        }
      }
      case Answer.Bare(Answer.Writer writer) -> {
        json(exchange);
        try (JsonGenerator json = JsonOut.to(out)) {
          writer.write(json);
        }
      }
      case Answer.Result(Answer.Writer writer) -> {
        json(exchange);
        // Not in try-with-resources: closing after a failure would complete half a document.
        JsonGenerator json = JsonOut.to(out);
        json.writeStartObject();
        json.writeName("result");
        writer.write(json);
        JsonOut.usage(json, tokens);
        json.writeStringProperty("status", "ok");
        json.writeNumberProperty("time", (System.nanoTime() - start) / 1e9);
        json.writeEndObject();
        json.close();
      }
      case Answer.Accepted() -> {
        exchange.setStatusCode(202);
        json(exchange);
        try (JsonGenerator json = JsonOut.to(out)) {
          json.writeStartObject();
          json.writeStringProperty("status", "accepted");
          json.writeNumberProperty("time", (System.nanoTime() - start) / 1e9);
          json.writeEndObject();
        }
      }
      case Answer.Download download -> FileAnswer.write(exchange, out, download);
      case Answer.Forward(Stored stored) -> FileAnswer.write(exchange, out, stored);
    }
  }

  private static void json(HttpServerExchange exchange) {
    exchange.getResponseHeaders().put(Headers.CONTENT_TYPE, "application/json");
  }

  private static void writeText(HttpServerExchange exchange, AnswerStream out, String text) {
    writeText(exchange, out, "text/plain; charset=utf-8", text);
  }

  private static void writeText(
      HttpServerExchange exchange, AnswerStream out, String contentType, String text) {
    exchange.getResponseHeaders().put(Headers.CONTENT_TYPE, contentType);
    try {
      out.write(text.getBytes(java.nio.charset.StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw JacksonIOException.construct(e);
    }
  }

  /// Answers with an error if nothing was sent, else cuts the connection: half an answer must not
  /// look whole.
  private void refuse(Request request, AnswerStream begun, Reply reply) throws IOException {
    HttpServerExchange exchange = request.exchange();
    request.isRefused(reply);
    if (begun.isCommitted()) {
      count(request);
      log.warn("An answer broke off status={} reason={}", reply.status(), reply.text());
      cut(exchange, begun);
      return;
    }
    if (exchange.isResponseStarted() || !exchange.getConnection().isOpen()) {
      // The client is gone, nobody reads the answer.
      count(request);
      cut(exchange, begun);
      return;
    }
    AnswerStream out = new AnswerStream(exchange, Optional.empty());
    exchange.getResponseHeaders().remove(Headers.CONTENT_ENCODING);
    exchange.setStatusCode(reply.status());
    reply
        .retryAfterSeconds()
        .ifPresent(s -> exchange.getResponseHeaders().put(Headers.RETRY_AFTER, s));
    boolean whole = drain(exchange);
    if (!whole) {
      exchange.setPersistent(false);
    }
    if (reply.plainText()) {
      writeText(exchange, out, reply.text());
    } else {
      json(exchange);
      JsonOut.error(
          out, reply.text(), reply.isImmediate() ? 0 : (System.nanoTime() - request.start()) / 1e9);
    }
    count(request);
    out.finish();
  }

  private static void cut(HttpServerExchange exchange, AnswerStream begun) {
    begun.abandon();
    try {
      exchange.getConnection().close();
    } catch (IOException e) {
      log.debug("A connection was closed already", e);
    }
  }

  /// Takes the rest of the body off the connection, within bounds; false if more is to come.
  private static boolean drain(HttpServerExchange exchange) {
    if (exchange.isRequestComplete() || SmallBody.bytes(exchange).isPresent()) {
      return true;
    }
    if (HttpContinue.requiresContinueResponse(exchange)) {
      // The client waits with its body until it is asked for it.
      return false;
    }
    try {
      InputStream in = exchange.getInputStream();
      byte[] buffer = new byte[16 << 10];
      long end = System.nanoTime() + DRAINED_NANOS;
      for (long n = 0; n < DRAINED_BYTES && System.nanoTime() - end < 0; ) {
        int read = in.read(buffer);
        if (read < 0) {
          return true;
        }
        n += read;
      }
    } catch (IOException | RuntimeException e) {
      // Also what the server's stream throws once its connection was closed under it.
      log.debug("A body ended early", e);
    }
    return false;
  }

  /// The body of one request; looked at only when an endpoint asks for it.
  private final class RequestBody implements Call.Body {
    private final HttpServerExchange exchange;
    private final Embeddings embeddings = new Embeddings(embedder, WhenFull.REFUSE);

    RequestBody(HttpServerExchange exchange) {
      this.exchange = exchange;
    }

    @Override
    public boolean isThere() {
      return SmallBody.of(exchange).isPresent() || !exchange.isRequestComplete();
    }

    @Override
    public Embeddings embeddings() {
      return embeddings;
    }

    @Override
    public <T> T read(Function<JsonIn, T> shape) {
      HeaderMap headers = exchange.getRequestHeaders();
      if (!isJson(headers.getFirst(Headers.CONTENT_TYPE))) {
        throw Fault.json(400, "Content type error");
      }
      BodyStream.Limit limit = BodyStream.Limit.ofJson(settings.maxRequestBytes());
      SmallBody.declaredLength(headers).ifPresent(limit::check);
      T read;
      try (InputStream body = decoded(headers, limit)) {
        read = JsonIn.read(body, embeddings, shape);
      } catch (IOException e) {
        throw SmallBody.unreadable(e);
      }
      embeddings.make();
      return read;
    }

    @Override
    public Upload upload() {
      HeaderMap headers = exchange.getRequestHeaders();
      BodyStream.Limit limit = BodyStream.Limit.ofSnapshot(settings.maxUploadBytes());
      OptionalLong declared = SmallBody.declaredLength(headers);
      declared.ifPresent(limit::check);
      return new Upload() {
        @Override
        public long declaredBytes() {
          return declared.orElse(0);
        }

        @Override
        public void copy(String part, OutputStream to) throws IOException {
          try (InputStream body = decoded(headers, limit)) {
            Multipart.copy(body, headers.getFirst(Headers.CONTENT_TYPE), part, to);
          }
        }
      };
    }

    /// The body within its limit, as it comes and as it becomes. Closing it frees what decodes it;
    /// the connection stays, its rest is drained later.
    private InputStream decoded(HeaderMap headers, BodyStream.Limit limit) throws IOException {
      Optional<Coding> coding = Coding.of(headers.getFirst(Headers.CONTENT_ENCODING));
      if (HttpContinue.requiresContinueResponse(exchange)) {
        HttpContinue.sendContinueResponseBlocking(exchange);
      }
      InputStream body =
          SmallBody.of(exchange).orElseGet(() -> new ServerStream(exchange.getInputStream()));
      InputStream sent = new BodyStream(body, limit);
      return coding.isEmpty() ? sent : new BodyStream(coding.get().decoded(sent), limit);
    }
  }

  /// What comes from the client. It is the server's to close, and has no buffer any more once its
  /// connection was closed under it.
  private static final class ServerStream extends FilterInputStream {
    ServerStream(InputStream in) {
      super(in);
    }

    @Override
    public int read(byte[] b, int off, int len) throws IOException {
      try {
        return in.read(b, off, len);
      } catch (RuntimeException e) {
        throw new IOException("the connection was closed", e);
      }
    }

    @Override
    public void close() {}
  }

  /// `application/json`, or any other `…/json` or `…+json`.
  private static boolean isJson(@Nullable String contentType) {
    if (contentType == null) {
      return false;
    }
    int semicolon = contentType.indexOf(';');
    String type =
        (semicolon < 0 ? contentType : contentType.substring(0, semicolon))
            .strip()
            .toLowerCase(Locale.ROOT);
    return type.endsWith("/json") || type.endsWith("+json");
  }
}
