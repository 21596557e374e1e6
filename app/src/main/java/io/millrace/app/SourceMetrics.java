package io.millrace.app;

import io.millrace.api.metrics.MetricsText;
import io.millrace.ingest.pipeline.SourceState;
import io.millrace.ingest.pipeline.SourceStatus;
import io.millrace.ingest.pipeline.SourceStatus.StreamStatus;
import io.millrace.ingest.pipeline.Tally;
import java.util.List;
import java.util.Locale;

/// How the sources stand, for Prometheus.
final class SourceMetrics {
  private SourceMetrics() {}

  static void write(MetricsText text, List<SourceStatus> sources) {
    text.family("millrace_source_state", "gauge", "1 for the state that the source is in");
    for (SourceStatus source : sources) {
      for (SourceState state : SourceState.values()) {
        boolean isIn = source.health().state() == state;
        String name = state.name().toLowerCase(Locale.ROOT);
        text.sample("millrace_source_state", isIn ? 1 : 0, "source", source.name(), "state", name);
      }
    }
    text.family("millrace_source_lag_records", "gauge", "records that are there and not yet taken");
    each(
        sources,
        (source, stream) ->
            text.sample("millrace_source_lag_records", stream.lag(), labels(source, stream)));
    text.family(
        "millrace_source_position", "gauge", "position of the first record that is not done");
    each(
        sources,
        (source, stream) ->
            text.sample("millrace_source_position", stream.next(), labels(source, stream)));
    text.family("millrace_source_records_total", "counter", "what became of records");
    for (SourceStatus source : sources) {
      Tally tally = source.tally();
      outcome(text, source, "applied", tally.applied());
      outcome(text, source, "duplicate", tally.duplicate());
      outcome(text, source, "skipped", tally.skipped());
      outcome(text, source, "unbound", tally.unbound());
      outcome(text, source, "missing", source.missing());
      outcome(text, source, "dead", tally.deadTotal());
    }
    text.family("millrace_dead_letters_total", "counter", "refused records, by reason");
    for (SourceStatus source : sources) {
      source
          .tally()
          .dead()
          .forEach((code, n) ->
              text.sample(
                  "millrace_dead_letters_total",
                  n,
                  "source",
                  source.name(),
                  "code",
                  code.name().toLowerCase(Locale.ROOT)));
    }
    text.family("millrace_source_bytes_total", "counter", "bytes of records read");
    sources.forEach(s -> text.sample("millrace_source_bytes_total", s.bytes(), "source", s.name()));
    text.family("millrace_source_in_flight_bytes", "gauge", "bytes between fetch and log");
    sources.forEach(
        s -> text.sample("millrace_source_in_flight_bytes", s.inFlightBytes(), "source", s.name()));
  }

  private interface PerStream {
    void write(SourceStatus source, StreamStatus stream);
  }

  private static void each(List<SourceStatus> sources, PerStream action) {
    sources.forEach(source -> source.streams().forEach(stream -> action.write(source, stream)));
  }

  private static String[] labels(SourceStatus source, StreamStatus stream) {
    return new String[] {"source", source.name(), "partition", stream.stream()};
  }

  private static void outcome(MetricsText text, SourceStatus source, String outcome, long n) {
    text.sample("millrace_source_records_total", n, "source", source.name(), "outcome", outcome);
  }
}
