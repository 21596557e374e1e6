package io.millrace.app.host;

import io.millrace.app.config.Settings;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.api.trace.TracerProvider;
import io.opentelemetry.exporter.otlp.http.trace.OtlpHttpSpanExporter;
import io.opentelemetry.exporter.otlp.http.trace.OtlpHttpSpanExporterBuilder;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.export.BatchSpanProcessor;
import io.opentelemetry.sdk.trace.samplers.Sampler;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Where spans go: to an OpenTelemetry collector when one is configured, else nowhere. Spans are
/// sent in batches beside the work; a collector that is slow or away costs spans, never a request.
public final class Traces implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Traces.class);
  private static final String SCOPE = "millrace";

  /// Spans that wait to be sent; more are dropped. About 1 KiB each.
  private static final int QUEUE = 2_048;

  private static final Duration EVERY = Duration.ofSeconds(1);
  private static final Duration SENDING = Duration.ofSeconds(5);

  /// Part of the time a stop may take.
  private static final Duration LAST_WORDS = Duration.ofSeconds(2);

  private final Tracer tracer;
  private final AutoCloseable provider;

  private Traces(Tracer tracer, AutoCloseable provider) {
    this.tracer = tracer;
    this.provider = provider;
  }

  /// Without settings, no class of the SDK is loaded.
  public static Traces start(Optional<Settings.Tracing> settings, String version) {
    return settings
        .map(tracing -> Sdk.start(tracing, version))
        .orElseGet(() -> new Traces(TracerProvider.noop().get(SCOPE), () -> {}));
  }

  public Tracer tracer() {
    return tracer;
  }

  @Override
  public void close() throws Exception {
    provider.close();
  }

  /// All that needs the SDK.
  private static final class Sdk {
    static Traces start(Settings.Tracing settings, String version) {
      OtlpHttpSpanExporterBuilder exporter =
          OtlpHttpSpanExporter.builder()
              .setEndpoint(settings.endpoint().toString())
              .setCompression("gzip")
              .setTimeout(SENDING);
      settings.authorization().ifPresent(value -> exporter.addHeader("Authorization", value));
      SdkTracerProvider provider =
          SdkTracerProvider.builder()
              .setResource(
                  Resource.getDefault().toBuilder()
                      .put(AttributeKey.stringKey("service.name"), settings.service())
                      .put(AttributeKey.stringKey("service.version"), version)
                      .build())
              .setSampler(Sampler.parentBased(Sampler.traceIdRatioBased(settings.share())))
              .addSpanProcessor(
                  BatchSpanProcessor.builder(exporter.build())
                      .setMaxQueueSize(QUEUE)
                      .setScheduleDelay(EVERY)
                      .setExporterTimeout(SENDING)
                      .build())
              .build();
      LOG.info("Traces are sent endpoint={} share={}", settings.endpoint(), settings.share());
      return new Traces(
          provider.get(SCOPE),
          () -> provider.shutdown().join(LAST_WORDS.toMillis(), TimeUnit.MILLISECONDS));
    }
  }
}
