package io.millrace.ingest.route;

import io.millrace.ingest.pipeline.Delivery;
import io.millrace.ingest.pipeline.Intake;
import io.millrace.ingest.record.Decoded;
import io.millrace.ingest.record.RawRecord;
import io.millrace.ingest.record.RecordDecoder;
import io.millrace.model.Failure;
import java.util.ArrayList;
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
  private final IntakeComponent kafka;
  private final IntakeComponent inbox;

  /// @param kafka by source
  /// @param inbox by source
  public SourceRoutes(
      RecordDecoder decoder, Map<String, Intake.Maker> kafka, Map<String, Intake.Maker> inbox) {
    this.kafka = new IntakeComponent(kafka);
    this.inbox = new IntakeComponent(inbox);
    context.getCamelContextExtension().setName("millrace");
    context.getShutdownStrategy().setTimeout(SHUTDOWN_SECONDS);
    context.addComponent("millrace-kafka", this.kafka);
    context.addComponent("millrace-inbox", this.inbox);
    try {
      context.addRoutes(
          new RouteBuilder() {
            @Override
            public void configure() {
              errorHandler(noErrorHandler());
              kafka.keySet().forEach(name -> route("millrace-kafka:", name));
              inbox.keySet().forEach(name -> route("millrace-inbox:", name));
            }

            private void route(String scheme, String name) {
              from(scheme + name)
                  .routeId("source-" + name)
                  .process(new Read(decoder))
                  .id("read-" + name)
                  .process(new Submit())
                  .id("submit-" + name);
            }
          });
    } catch (Exception e) {
      throw new IllegalStateException("The routes of the sources cannot be built", e);
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
    Intake found = kafka.running().get(source);
    return Optional.ofNullable(found == null ? inbox.running().get(source) : found);
  }

  /// Ends all sources beside each other, then their routes.
  @Override
  public void close() {
    List<Intake> all = new ArrayList<>(kafka.running().values());
    all.addAll(inbox.running().values());
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
    public void process(Exchange exchange) {
      Delivery.Arrived arrived = body(exchange, Delivery.Arrived.class);
      var lane = arrived.lane();
      List<RawRecord> records = arrived.chunk().records();
      List<Decoded> decoded = new ArrayList<>(records.size());
      for (RawRecord record : records) {
        decoded.add(
            lane.binding().isEmpty()
                ? new Decoded.Dropped(Decoded.Dropped.Why.UNBOUND)
                : decoder.decode(record, lane.origin(), lane.binding().get()));
      }
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
