package io.millrace.api.metrics;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/// Sources of records, from the list that people see.
public final class SourceMetrics {
  private static final List<String> STATES =
      List.of(
          "running",
          "paused",
          "waiting",
          "parked",
          "surge",
          "log_truncated",
          "topic_recreated",
          "cluster_changed",
          "denied",
          "failed");

  private SourceMetrics() {}

  /// @param sources as in `GET /ingest/sources`
  public static void write(MetricsText text, JsonNode sources) {
    text.family("millrace_source_state", "gauge", "1 for the state a source is in");
    for (JsonNode source : sources) {
      for (String state : STATES) {
        boolean is = source.path("state").asString("").toLowerCase(Locale.ROOT).equals(state);
        text.sample("millrace_source_state", is ? 1 : 0, "source", name(source), "state", state);
      }
    }
    perStream(text, sources, "source_lag_records", "lag", "records that wait in a stream");
    perStream(
        text, sources, "source_lag_seconds", "lag_seconds", "age of the oldest record that waits");
    perStream(text, sources, "source_position", "next", "position of the next record of a stream");
    perStream(text, sources, "source_log_end", "end", "position behind the last record there is");
    perStream(
        text,
        sources,
        "source_retention_headroom_records",
        "headroom",
        "records between the start of the log and the next one");
    text.family("millrace_source_records_total", "counter", "records by what became of them");
    for (JsonNode source : sources) {
      for (String outcome :
          List.of("applied", "duplicate", "missing", "dead", "skipped", "unbound")) {
        text.sample(
            "millrace_source_records_total",
            source.path(outcome).asDouble(0),
            "source",
            name(source),
            "outcome",
            outcome);
      }
    }
    text.family("millrace_dead_letters_total", "counter", "refused records by code");
    for (JsonNode source : sources) {
      for (Map.Entry<String, JsonNode> code : source.path("dead_by_code").properties()) {
        text.sample(
            "millrace_dead_letters_total",
            code.getValue().asDouble(0),
            "source",
            name(source),
            "code",
            code.getKey());
      }
    }
    perSource(text, sources, "source_bytes_total", "counter", "bytes", "bytes of records read");
    perSource(
        text,
        sources,
        "source_in_flight_bytes",
        "gauge",
        "in_flight_bytes",
        "bytes of records between fetch and log");
    perSource(
        text, sources, "source_epochs_total", "counter", "epoch", "lives that a source has had");
    perSource(
        text,
        sources,
        "source_records_per_second",
        "gauge",
        "records_per_second",
        "records read a second, over the last ten");
  }

  private static String name(JsonNode source) {
    return source.path("name").asString("");
  }

  private static void perSource(
      MetricsText text, JsonNode sources, String name, String type, String field, String help) {
    text.family("millrace_" + name, type, help);
    for (JsonNode source : sources) {
      text.sample("millrace_" + name, source.path(field).asDouble(0), "source", name(source));
    }
  }

  private static void perStream(
      MetricsText text, JsonNode sources, String name, String field, String help) {
    text.family("millrace_" + name, "gauge", help);
    for (JsonNode source : sources) {
      for (JsonNode stream : source.path("streams")) {
        if (stream.path(field).isNumber()) {
          text.sample(
              "millrace_" + name,
              stream.path(field).doubleValue(),
              "source",
              name(source),
              "partition",
              stream.path("stream").asString(""));
        }
      }
    }
  }
}
