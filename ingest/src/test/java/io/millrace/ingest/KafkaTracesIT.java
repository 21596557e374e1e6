package io.millrace.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.collection.Collections;
import io.millrace.collection.StoreSettings;
import io.millrace.ingest.config.Binding;
import io.millrace.ingest.config.SourceConfig;
import io.millrace.ingest.config.SourceConfig.KafkaSource;
import io.millrace.ingest.config.SourcesConfig;
import io.millrace.ingest.kafka.KafkaBroker;
import io.millrace.ingest.pipeline.CollectionCreator;
import io.millrace.ingest.pipeline.Targets;
import io.millrace.ingest.record.FilterReader;
import io.millrace.ingest.record.InferenceReader;
import io.millrace.model.CollectionConfig;
import io.millrace.model.Distance;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SimpleSpanProcessor;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// A batch of records of a real broker is a span that links to what their producers did.
@Timeout(120)
class KafkaTracesIT {
  private static final String TRACE = "0af7651916cd43dd8448eb211c80319c";

  @TempDir Path folder;
  private final List<SpanData> spans = new CopyOnWriteArrayList<>();

  @Test
  void a_batch_links_to_the_traces_of_its_records() throws Exception {
    Assumptions.assumeTrue(
        KafkaBroker.reasonToSkip().isEmpty(), () -> KafkaBroker.reasonToSkip().orElse(""));
    try (var tracing =
            SdkTracerProvider.builder()
                .addSpanProcessor(SimpleSpanProcessor.create(new Kept()))
                .build();
        KafkaBroker broker = new KafkaBroker(folder.resolve("broker")).start();
        Collections collections =
            Collections.open(folder.resolve("data"), StoreSettings.defaults())) {
      collections.create("c", CollectionConfig.unnamed(1, Distance.DOT));
      broker.createTopic("t", 1);
      broker.send("t", 0, null, point(1), "traceparent", parent("00f067aa0ba902b7"));
      broker.send("t", 0, null, point(2), "traceparent", parent("00f067aa0ba902b8"));
      broker.send("t", 0, null, point(3), "traceparent", "none of W3C's");
      broker.send("t", 0, null, point(4));
      SourceConfig source =
          KafkaSource.of("s", broker.bootstrap(), List.of("t"), List.of(Binding.to("c")));
      try (Sources sources =
          new Sources(
              new SourcesConfig(folder.resolve("data"), 64L << 20, List.of(source), List.of()),
              new Sources.Surroundings(
                  Targets.of(collections),
                  new FakeEpochs(),
                  CollectionCreator.NONE,
                  FilterReader.NONE,
                  "x",
                  SourceStore.NONE,
                  SourceTexts.NONE,
                  InferenceReader.NONE,
                  Optional.empty(),
                  tracing.get("millrace")))) {
        sources.start();
        Eventually.equal(4L, Duration.ofSeconds(30), this::records);
      }
    }

    assertThat(spans)
        .allSatisfy(span -> {
          assertThat(span.getName()).isEqualTo("process s");
          assertThat(span.getKind()).isEqualTo(SpanKind.CONSUMER);
          assertThat(span.getParentSpanContext().isValid()).isFalse();
          assertThat(span.getAttributes().get(AttributeKey.stringKey("messaging.system")))
              .isEqualTo("kafka");
          assertThat(span.getAttributes().get(AttributeKey.stringKey("messaging.destination.name")))
              .isEqualTo("t");
        });
    assertThat(spans.stream().flatMap(span -> span.getLinks().stream()))
        .extracting(link -> link.getSpanContext().getTraceId() + link.getSpanContext().getSpanId())
        .containsExactlyInAnyOrder(TRACE + "00f067aa0ba902b7", TRACE + "00f067aa0ba902b8");
  }

  private long records() {
    return spans.stream()
        .mapToLong(
            span -> span.getAttributes().get(AttributeKey.longKey("messaging.batch.message_count")))
        .sum();
  }

  private static String point(int id) {
    return "{\"id\":" + id + ",\"vector\":[1]}";
  }

  private static String parent(String span) {
    return "00-" + TRACE + "-" + span + "-01";
  }

  private final class Kept implements SpanExporter {
    @Override
    public CompletableResultCode export(Collection<SpanData> ended) {
      spans.addAll(ended);
      return CompletableResultCode.ofSuccess();
    }

    @Override
    public CompletableResultCode flush() {
      return CompletableResultCode.ofSuccess();
    }

    @Override
    public CompletableResultCode shutdown() {
      return CompletableResultCode.ofSuccess();
    }
  }
}
