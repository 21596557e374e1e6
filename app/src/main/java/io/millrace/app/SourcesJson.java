package io.millrace.app;

import io.millrace.ingest.SourceWait;
import io.millrace.ingest.Sources;
import io.millrace.ingest.StreamPosition;
import io.millrace.ingest.deadletter.DeadLetters;
import io.millrace.ingest.pipeline.Health;
import io.millrace.ingest.pipeline.Meters;
import io.millrace.ingest.pipeline.SourceStatus;
import io.millrace.ingest.pipeline.SourceStatus.StreamStatus;
import io.millrace.meter.Histogram;
import java.io.StringWriter;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.function.Consumer;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/// Sources as JSON for people: states with streams inside, dead letters, the outcome of waits.
final class SourcesJson {
  private static final JsonFactory JSON = new JsonFactory();

  private SourcesJson() {}

  static String write(Consumer<JsonGenerator> content) {
    var text = new StringWriter();
    try (JsonGenerator json = JSON.createGenerator(ObjectWriteContext.empty(), text)) {
      content.accept(json);
    }
    return text.toString();
  }

  static String of(List<SourceStatus> sources, SourceLags lags) {
    return write(json -> {
      json.writeStartArray();
      for (SourceStatus source : sources) {
        json.writeStartObject();
        status(json, source, lags);
        json.writeEndObject();
      }
      json.writeEndArray();
    });
  }

  static String of(Sources.Described source, SourceLags lags) {
    return write(json -> {
      json.writeStartObject();
      if (source.status().isPresent()) {
        status(json, source.status().get(), lags);
      } else {
        json.writeStringProperty("name", source.name());
      }
      json.writeStringProperty("owner", source.owner().name().toLowerCase(Locale.ROOT));
      json.writeBooleanProperty("paused", source.isPaused());
      json.writeName("config");
      json.writeRawValue(source.text());
      json.writeEndObject();
    });
  }

  private static void status(JsonGenerator json, SourceStatus source, SourceLags lags) {
    json.writeStringProperty("name", source.name());
    json.writeStringProperty("type", source.type());
    health(json, source.health());
    json.writeNumberProperty("epoch", source.epoch());
    json.writeNumberProperty("lag", source.lag());
    json.writeNumberProperty(
        "lag_seconds",
        source.streams().stream().mapToDouble(s -> lags.seconds(source, s)).max().orElse(0));
    json.writeNumberProperty("records_per_second", lags.rate(source));
    json.writeNumberProperty("records", source.tally().records());
    json.writeNumberProperty("applied", source.tally().applied());
    json.writeNumberProperty("duplicate", source.tally().duplicate());
    json.writeNumberProperty("skipped", source.tally().skipped());
    json.writeNumberProperty("unbound", source.tally().unbound());
    json.writeNumberProperty("missing", source.measured().missing());
    json.writeNumberProperty("stale", source.measured().stale());
    json.writeNumberProperty("parked", source.measured().parked());
    json.writeNumberProperty("dead", source.tally().deadTotal());
    json.writeName("dead_by_code");
    json.writeStartObject();
    source.tally().dead().forEach((code, n) -> json.writeNumberProperty(code.name(), n));
    json.writeEndObject();
    DeadLetters.Count letters = lags.deadLetters(source);
    number(json, "dead_letters", letters.kept());
    json.writeNumberProperty("dead_letters_expired", letters.expired());
    json.writeNumberProperty("lost", source.measured().lost());
    json.writeNumberProperty("rebalances", source.measured().rebalances());
    json.writeNumberProperty("silences", source.measured().silences());
    quantile(json, "freshness_p50", source.measured().meters().freshness().quantile(0.5));
    quantile(json, "freshness_p99", source.measured().meters().freshness().quantile(0.99));
    json.writeNumberProperty("bytes", source.measured().bytes());
    json.writeNumberProperty("in_flight_bytes", source.inFlightBytes());
    json.writeNumberProperty("budget_bytes", lags.budgetBytes());
    json.writeName("paused_seconds");
    json.writeStartObject();
    lags.pausedSeconds(source).forEach(json::writeNumberProperty);
    json.writeEndObject();
    json.writeName("histograms");
    json.writeStartObject();
    Meters meters = source.measured().meters();
    histogram(json, "freshness_seconds", meters.freshness().counts());
    histogram(json, "poll_seconds", meters.pollSeconds().counts());
    histogram(json, "decode_seconds", meters.decodeSeconds().counts());
    histogram(json, "batch_records", meters.batchRecords().counts());
    json.writeEndObject();
    source.files().ifPresent(inbox -> files(json, source, inbox, lags));
    json.writeName("streams");
    json.writeStartArray();
    for (StreamStatus stream : source.streams()) {
      json.writeStartObject();
      json.writeStringProperty("stream", stream.stream());
      health(json, stream.health());
      json.writeNumberProperty("next", stream.next());
      number(json, "end", stream.end());
      json.writeNumberProperty("lag", stream.lag());
      json.writeNumberProperty("lag_seconds", lags.seconds(source, stream));
      number(json, "headroom", stream.headroom());
      number(json, "open_transaction_records", stream.openTransactionRecords());
      if (stream.lastBad().isEmpty()) {
        json.writeNullProperty("last_error");
      } else {
        json.writeStringProperty("last_error", stream.lastBad());
      }
      if (stream.reader().isPresent()) {
        json.writeStringProperty("reader", stream.reader().get());
      } else {
        json.writeNullProperty("reader");
      }
      json.writeEndObject();
    }
    json.writeEndArray();
  }

  /// Time left is of the file at work where there is one, else of those that wait.
  private static void files(
      JsonGenerator json, SourceStatus source, SourceStatus.Files inbox, SourceLags lags) {
    double bytesPerSecond = lags.fileByteRate(source);
    double filesPerSecond = lags.fileRate(source);
    json.writeName("files");
    json.writeStartObject();
    json.writeNumberProperty("waiting", inbox.waiting());
    json.writeNumberProperty("done", inbox.done());
    json.writeNumberProperty("same_content", inbox.same());
    json.writeNumberProperty("failed", inbox.failed());
    json.writeNumberProperty("files_per_second", filesPerSecond);
    json.writeNumberProperty("bytes_per_second", bytesPerSecond);
    json.writeStringProperty("reading", inbox.reading());
    json.writeNumberProperty("bytes", inbox.bytes());
    json.writeNumberProperty("of_bytes", inbox.ofBytes());
    json.writeNumberProperty("all_bytes", inbox.allBytes());
    double left =
        inbox.reading().isEmpty()
            ? inbox.waiting() / filesPerSecond
            : (inbox.ofBytes() - inbox.bytes()) / bytesPerSecond;
    if (Double.isFinite(left)) {
      json.writeNumberProperty("seconds_left", Math.max(0, Math.round(left)));
    } else {
      json.writeNullProperty("seconds_left");
    }
    json.writeEndObject();
  }

  private static void health(JsonGenerator json, Health health) {
    json.writeStringProperty("state", health.state().name().toLowerCase(Locale.ROOT));
    json.writeStringProperty("why", health.why());
  }

  private static void quantile(JsonGenerator json, String name, OptionalDouble seconds) {
    if (seconds.isPresent()) {
      json.writeNumberProperty(name, seconds.getAsDouble());
    } else {
      json.writeNullProperty(name);
    }
  }

  private static void histogram(JsonGenerator json, String name, Histogram.Counts counts) {
    json.writeName(name);
    json.writeStartObject();
    json.writeName("bounds");
    json.writeStartArray();
    counts.bounds().forEach(json::writeNumber);
    json.writeEndArray();
    json.writeName("cumulated");
    json.writeStartArray();
    counts.cumulated().forEach(json::writeNumber);
    json.writeEndArray();
    json.writeNumberProperty("count", counts.count());
    json.writeNumberProperty("sum", counts.sum());
    json.writeEndObject();
  }

  private static void number(JsonGenerator json, String name, OptionalLong value) {
    if (value.isPresent()) {
      json.writeNumberProperty(name, value.getAsLong());
    } else {
      json.writeNullProperty(name);
    }
  }

  /// @param whole with the bytes of the record
  static void letter(JsonGenerator json, DeadLetters.Entry letter, boolean whole) {
    json.writeStartObject();
    json.writeStringProperty("id", letter.id());
    json.writeStringProperty("code", letter.code());
    json.writeStringProperty("pointer", letter.pointer());
    json.writeStringProperty("message", letter.message());
    json.writeStringProperty("collection", letter.collection());
    json.writeStringProperty("position", letter.position());
    json.writeStringProperty("failed_at", letter.failedAt());
    json.writeNumberProperty("value_bytes", letter.value().bytes().length);
    if (whole) {
      json.writeStringProperty(
          "value_b64", Base64.getEncoder().encodeToString(letter.value().bytes()));
    }
    json.writeEndObject();
  }

  static String of(List<StreamPosition> asked, SourceWait.Answer answer) {
    return write(json -> {
      json.writeStartObject();
      json.writeStringProperty(
          "status",
          switch (answer.outcome()) {
            case COMPLETED -> "completed";
            case TIMED_OUT -> "wait_timeout";
            case STOPPED -> "stopped";
          });
      json.writeName("positions");
      json.writeStartObject();
      answer
          .next()
          .forEach((position, next) ->
              json.writeNumberProperty(position.source() + "/" + position.stream(), next - 1));
      json.writeEndObject();
      long lag = 0;
      for (StreamPosition position : asked) {
        long next = answer.next().getOrDefault(position, 0L);
        lag += Math.max(0, position.number() + 1 - Math.max(0, next));
      }
      json.writeNumberProperty("lag", lag);
      json.writeName("dead_letters");
      json.writeStartArray();
      answer.deadLetters().forEach(json::writeString);
      json.writeEndArray();
      if (!answer.why().isEmpty()) {
        json.writeStringProperty("why", answer.why());
      }
      json.writeEndObject();
    });
  }
}
