package io.millrace.app.link;

import io.millrace.app.link.wire.Wire;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.propagation.TextMapGetter;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// A trace goes on from the query process into the ingest process: span `link submit` and so on, by
/// the kind of request.
final class LinkSpans {
  private static final String NAME = "traceparent";
  private static final Getter GETTER = new Getter();

  private final Tracer tracer;

  LinkSpans(Tracer tracer) {
    this.tracer = tracer;
  }

  /// Puts the span of this thread, if any, into a request.
  static void tell(Wire.Message.Builder request) {
    W3CTraceContextPropagator.getInstance()
        .inject(
            Context.current(),
            request,
            (message, name, value) -> {
              if (message != null && name.equals(NAME)) {
                message.setTraceparent(value);
              }
            });
  }

  Span begin(Wire.Message request) {
    if (!tracer.isEnabled() || request.getTraceparent().isEmpty()) {
      return Span.getInvalid();
    }
    String kind = request.getRequest().getKindCase().name();
    return tracer
        .spanBuilder("link " + kind.toLowerCase(Locale.ROOT).replace('_', ' '))
        .setSpanKind(SpanKind.SERVER)
        .setParent(W3CTraceContextPropagator.getInstance().extract(Context.root(), request, GETTER))
        .startSpan();
  }

  private static final class Getter implements TextMapGetter<Wire.Message> {
    @Override
    public Iterable<String> keys(Wire.Message request) {
      return List.of(NAME);
    }

    @Override
    public @Nullable String get(Wire.@Nullable Message request, String name) {
      return request != null && name.equals(NAME) ? request.getTraceparent() : null;
    }
  }
}
