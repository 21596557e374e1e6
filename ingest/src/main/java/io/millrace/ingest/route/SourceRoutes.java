package io.millrace.ingest.route;

import io.millrace.inference.Embeddings;
import io.millrace.ingest.pipeline.Delivery;
import io.millrace.ingest.pipeline.Intake;
import io.millrace.ingest.record.Decoded;
import io.millrace.ingest.record.RawRecord;
import io.millrace.ingest.record.RecordDecoder;
import io.millrace.model.Failure;
import io.opentelemetry.api.trace.Tracer;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.impl.DefaultCamelContext;

/// All routes of a process in one Camel context:
///
/// ```
/// millrace-kafka:orders ─┐
///                        ├─► read (bytes → operations or a reason) ─► submit (→ logs, dead letters)
/// millrace-inbox:inbox  ─┘
/// ```
public final class SourceRoutes implements AutoCloseable {
  /// Camel's own default is longer than a stop may take.
  private static final long SHUTDOWN_SECONDS = 9;

  private final DefaultCamelContext context = new DefaultCamelContext();
  private final Map<Scheme, IntakeComponent> components = new EnumMap<>(Scheme.class);

  /// Where a route begins.
  public enum Scheme {
    KAFKA("millrace-kafka"),
    INBOX("millrace-inbox");

    private final String component;

    Scheme(String component) {
      this.component = component;
    }
  }

  /// @param tracer gets a span per chunk on its way
  public SourceRoutes(Tracer tracer) {
    context.getCamelContextExtension().setName("millrace");
    context.getShutdownStrategy().setTimeout(SHUTDOWN_SECONDS);
    for (Scheme scheme : Scheme.values()) {
      IntakeComponent component = new IntakeComponent(new BatchSpans(tracer));
      components.put(scheme, component);
      context.addComponent(scheme.component, component);
    }
  }

  private static String routeId(String source) {
    return "source-" + source;
  }

  private IntakeComponent component(Scheme scheme) {
    return Objects.requireNonNull(components.get(scheme));
  }

  /// Adds a route; it runs at once if the others do.
  public void add(Scheme scheme, String source, RecordDecoder decoder, Intake.Maker maker) {
    component(scheme).add(source, maker);
    try {
      context.addRoutes(
          new RouteBuilder() {
            @Override
            public void configure() {
              errorHandler(noErrorHandler());
              from(scheme.component + ":" + source)
                  .routeId(routeId(source))
                  .process(new Read(decoder))
                  .id("read-" + source)
                  .process(new Submit())
                  .id("submit-" + source);
            }
          });
    } catch (Exception e) {
      throw new IllegalStateException("The route of source '" + source + "' cannot be built", e);
    }
  }

  /// Ends a source and takes its route away. Returns within a few seconds.
  public void remove(String source) {
    intake(source).ifPresent(Intake::stop);
    try {
      if (context.getRoute(routeId(source)) != null) {
        context.getRouteController().stopRoute(routeId(source));
        context.removeRoute(routeId(source));
      }
      for (Scheme scheme : Scheme.values()) {
        context.removeEndpoints(scheme.component + "://" + source);
        component(scheme).remove(source);
      }
    } catch (Exception e) {
      throw new IllegalStateException("The route of source '" + source + "' cannot be ended", e);
    }
  }

  public void start() {
    try {
      context.start();
    } catch (RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new Failure.Unavailable("The sources cannot be started", e);
    }
  }

  /// By source. Empty for one whose route is not started.
  public Optional<Intake> intake(String source) {
    return components.values().stream()
        .flatMap(component -> Optional.ofNullable(component.running().get(source)).stream())
        .findFirst();
  }

  /// Ends all sources beside each other, then their routes.
  @Override
  public void close() {
    List<Intake> all = new ArrayList<>();
    components.values().forEach(component -> all.addAll(component.running().values()));
    List<Thread> stopping = new ArrayList<>();
    for (Intake intake : all) {
      stopping.add(Thread.ofVirtual().name("stop-source-", stopping.size()).start(intake::stop));
    }
    try {
      for (Thread thread : stopping) {
        thread.join();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    context.stop();
  }

  /// What the step before handed on; anything else is a fault of a route of ours.
  private static <T> T body(Exchange exchange, Class<T> type) {
    return Objects.requireNonNull(exchange.getMessage().getBody(type), type.getName());
  }

  /// Bytes to operations, or to the reason why not.
  private record Read(RecordDecoder decoder) implements Processor {
    @Override
    public void process(Exchange exchange) throws InterruptedException {
      Delivery.Arrived arrived = body(exchange, Delivery.Arrived.class);
      var lane = arrived.lane();
      List<RawRecord> records = arrived.chunk().records();
      List<Decoded> decoded = new ArrayList<>(records.size());
      Embeddings embeddings = decoder.embeddings();
      long begin = System.nanoTime();
      for (RawRecord record : records) {
        Decoded what =
            lane.binding().isEmpty()
                ? new Decoded.Dropped(Decoded.Dropped.Why.UNBOUND)
                : lane.whileUnavailable(
                    () -> decoder.decode(record, lane.origin(), lane.binding().get(), embeddings));
        if (decoder.isNotYetPossible(what)) {
          lane.park("Record " + record.number() + ": " + ((Decoded.Bad) what).message());
        }
        decoded.add(what);
      }
      lane.whileUnavailable(() -> {
        embeddings.make();
        return embeddings;
      });
      lane.meters().decodeSeconds().addSecondsSince(begin);
      exchange.getMessage().setBody(new Delivery.Read(lane, arrived.chunk(), decoded));
    }
  }

  /// Operations to the logs of their collections.
  private record Submit() implements Processor {
    @Override
    public void process(Exchange exchange) throws InterruptedException {
      Delivery.Read read = body(exchange, Delivery.Read.class);
      read.lane().submit(read.chunk(), read.decoded());
    }
  }
}
