package io.millrace.ingest.route;

import io.millrace.ingest.pipeline.Delivery;
import io.millrace.ingest.record.Origin;
import io.millrace.ingest.record.RawRecord;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanBuilder;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.propagation.TextMapGetter;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// One span per chunk of a stream: a trace of its own that links to the traces of its records,
/// which their producers sent as header `traceparent`. It ends when the chunk is submitted; its
/// fsync goes on beside the next one.
///
/// ```
/// span   "process orders", kind consumer
///        messaging.system               kafka, or file
///        messaging.destination.name     topic, or file
///        messaging.batch.message_count
///        millrace.source, millrace.first_position
/// ```
final class BatchSpans {
  private static final AttributeKey<String> SYSTEM = AttributeKey.stringKey("messaging.system");
  private static final AttributeKey<String> DESTINATION =
      AttributeKey.stringKey("messaging.destination.name");
  private static final AttributeKey<Long> RECORDS =
      AttributeKey.longKey("messaging.batch.message_count");
  private static final AttributeKey<String> SOURCE = AttributeKey.stringKey("millrace.source");
  private static final AttributeKey<Long> FIRST = AttributeKey.longKey("millrace.first_position");

  /// OpenTelemetry's own default; the links of a span beyond it would be dropped anyway.
  private static final int LINKS = 128;

  private static final Headers HEADERS = new Headers();

  private final Tracer tracer;

  BatchSpans(Tracer tracer) {
    this.tracer = tracer;
  }

  Span begin(String source, Delivery.Arrived delivery) {
    List<RawRecord> records = delivery.chunk().records();
    if (!tracer.isEnabled() || records.isEmpty()) {
      return Span.getInvalid();
    }
    Origin origin = delivery.lane().origin();
    SpanBuilder span =
        tracer
            .spanBuilder("process " + source)
            .setSpanKind(SpanKind.CONSUMER)
            .setNoParent()
            .setAttribute(SOURCE, source)
            .setAttribute(RECORDS, (long) records.size())
            .setAttribute(FIRST, records.getFirst().number());
    switch (origin) {
      case Origin.Topic(String topic) ->
          span.setAttribute(SYSTEM, "kafka").setAttribute(DESTINATION, topic);
      case Origin.DroppedFile(String file) ->
          span.setAttribute(SYSTEM, "file").setAttribute(DESTINATION, file);
    }
    link(span, records);
    return span.startSpan();
  }

  private static void link(SpanBuilder span, List<RawRecord> records) {
    Set<SpanContext> linked = new HashSet<>();
    for (RawRecord record : records) {
      if (record.headers().isEmpty() || linked.size() == LINKS) {
        continue;
      }
      SpanContext producer =
          Span.fromContext(
                  W3CTraceContextPropagator.getInstance().extract(Context.root(), record, HEADERS))
              .getSpanContext();
      if (producer.isValid() && linked.add(producer)) {
        span.addLink(producer);
      }
    }
  }

  void end(Span span, @Nullable Exception fault) {
    if (fault != null && !(fault instanceof InterruptedException)) {
      span.setStatus(StatusCode.ERROR, fault.getClass().getSimpleName());
    }
    span.end();
  }

  private static final class Headers implements TextMapGetter<RawRecord> {
    @Override
    public Iterable<String> keys(RawRecord record) {
      return record.headers().stream().map(RawRecord.Header::name).toList();
    }

    @Override
    public @Nullable String get(@Nullable RawRecord record, String name) {
      return record == null ? null : record.header(name).orElse(null);
    }
  }
}
