package io.millrace.api.trace;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanBuilder;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.propagation.TextMapGetter;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// One span per request of a client, a part of the client's trace where it sends a `traceparent`.
/// Names and attributes are those of OpenTelemetry's conventions for HTTP servers.
///
/// ```
/// span   "POST /collections/{collection_name}/points/query", kind server
///        http.request.method, http.route, http.response.status_code
///        db.collection.name       as asked for, so it may be an alias
///        millrace.request_id      as in the log and in the answer's x-request-id
/// ```
public final class RequestSpans {
  private static final AttributeKey<String> METHOD = AttributeKey.stringKey("http.request.method");
  private static final AttributeKey<String> ROUTE = AttributeKey.stringKey("http.route");
  private static final AttributeKey<Long> STATUS =
      AttributeKey.longKey("http.response.status_code");
  static final AttributeKey<String> COLLECTION = AttributeKey.stringKey("db.collection.name");
  private static final AttributeKey<String> REQUEST_ID =
      AttributeKey.stringKey("millrace.request_id");

  private static final Getter HEADERS = new Getter();

  private final Tracer tracer;

  public RequestSpans(Tracer tracer) {
    this.tracer = tracer;
  }

  /// @param route the template, never the path: paths have values of clients
  public Span begin(
      String method,
      Optional<String> route,
      Optional<String> collection,
      String requestId,
      Function<String, @Nullable String> header) {
    if (!tracer.isEnabled()) {
      return Span.getInvalid();
    }
    SpanBuilder span =
        tracer
            .spanBuilder(route.map(template -> method + " " + template).orElse(method))
            .setSpanKind(SpanKind.SERVER)
            .setParent(
                W3CTraceContextPropagator.getInstance().extract(Context.root(), header, HEADERS))
            .setAttribute(METHOD, method)
            .setAttribute(REQUEST_ID, requestId);
    route.ifPresent(template -> span.setAttribute(ROUTE, template));
    collection.ifPresent(name -> span.setAttribute(COLLECTION, name));
    return span.startSpan();
  }

  /// A client's mistake is no error of the server's span.
  public void end(Span span, int status) {
    span.setAttribute(STATUS, (long) status);
    if (status >= 500) {
      span.setStatus(StatusCode.ERROR);
    }
    span.end();
  }

  private static final class Getter implements TextMapGetter<Function<String, @Nullable String>> {
    @Override
    public Iterable<String> keys(Function<String, @Nullable String> header) {
      return W3CTraceContextPropagator.getInstance().fields();
    }

    @Override
    public @Nullable String get(@Nullable Function<String, @Nullable String> header, String name) {
      return header == null ? null : header.apply(name);
    }
  }
}
