package io.millrace.ingest.route;

import io.millrace.ingest.pipeline.Delivery;
import io.millrace.ingest.pipeline.Intake;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.context.Scope;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.camel.Consumer;
import org.apache.camel.Endpoint;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;
import org.apache.camel.Producer;
import org.apache.camel.support.DefaultComponent;
import org.apache.camel.support.DefaultConsumer;
import org.apache.camel.support.DefaultEndpoint;
import org.jspecify.annotations.Nullable;

/// The Camel component behind `millrace-kafka:<source>` and `millrace-inbox:<source>`: one exchange
/// per chunk of one stream, its body a [Delivery], in the order of the stream.
final class IntakeComponent extends DefaultComponent {
  private final Map<String, Intake.Maker> makers = new ConcurrentHashMap<>();
  private final Map<String, Intake> running = new ConcurrentHashMap<>();
  private final BatchSpans spans;

  IntakeComponent(BatchSpans spans) {
    this.spans = spans;
  }

  void add(String source, Intake.Maker maker) {
    makers.put(source, maker);
  }

  void remove(String source) {
    makers.remove(source);
    running.remove(source);
  }

  /// Intakes whose route was started.
  Map<String, Intake> running() {
    return running;
  }

  @Override
  protected Endpoint createEndpoint(String uri, String source, Map<String, Object> parameters) {
    Intake.Maker maker = makers.get(source);
    if (maker == null) {
      throw new IllegalArgumentException("There is no source '" + source + "'");
    }
    return new IntakeEndpoint(uri, source, maker);
  }

  private final class IntakeEndpoint extends DefaultEndpoint {
    private final String source;
    private final Intake.Maker maker;

    IntakeEndpoint(String uri, String source, Intake.Maker maker) {
      super(uri, IntakeComponent.this);
      this.source = source;
      this.maker = maker;
    }

    @Override
    public Producer createProducer() {
      throw new UnsupportedOperationException("Sources are read only");
    }

    @Override
    public Consumer createConsumer(Processor processor) {
      return new IntakeConsumer(this, processor, source, maker);
    }
  }

  private final class IntakeConsumer extends DefaultConsumer {
    private final String source;
    private final Intake.Maker maker;
    private @Nullable Intake intake;

    IntakeConsumer(Endpoint endpoint, Processor processor, String source, Intake.Maker maker) {
      super(endpoint, processor);
      this.source = source;
      this.maker = maker;
    }

    @Override
    protected void doStart() throws Exception {
      super.doStart();
      Intake made = maker.along(this::deliver);
      intake = made;
      running.put(source, made);
      made.start();
    }

    @Override
    protected void doStop() throws Exception {
      Intake made = intake;
      if (made != null) {
        made.stop();
      }
      super.doStop();
    }

    private void deliver(Delivery.Arrived delivery) throws InterruptedException {
      Exchange exchange = createExchange(false);
      Span span = spans.begin(source, delivery);
      try (Scope scope = span.makeCurrent()) {
        exchange.getMessage().setBody(delivery);
        getProcessor().process(exchange);
      } catch (Exception e) {
        exchange.setException(e);
      } finally {
        spans.end(span, exchange.getException());
        releaseExchange(exchange, false);
      }
      Exception fault = exchange.getException();
      switch (fault) {
        case null -> {}
        case InterruptedException interrupted -> throw interrupted;
        case RuntimeException own -> throw own;
        default -> throw new IllegalStateException(fault);
      }
    }
  }
}
