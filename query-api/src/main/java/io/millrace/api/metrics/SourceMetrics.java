package io.millrace.api.metrics;

import java.util.ArrayList;
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
    perStream(
        text,
        sources,
        "source_open_transaction_records",
        "open_transaction_records",
        "records of or behind transactions that are not ended");
    text.family("millrace_source_records_total", "counter", "records by what became of them");
    for (JsonNode source : sources) {
      for (String outcome :
          List.of(
              "applied", "duplicate", "stale", "missing", "dead", "skipped", "unbound", "parked")) {
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
    text.family(
        "millrace_dead_letters", "gauge", "refused records kept, neither replayed nor purged");
    for (JsonNode source : sources) {
      if (source.path("dead_letters").isNumber()) { // else nobody knows yet
        text.sample(
            "millrace_dead_letters",
            source.path("dead_letters").doubleValue(),
            "source",
            name(source));
      }
    }
    perSource(
        text,
        sources,
        "dead_letters_expired_total",
        "counter",
        "dead_letters_expired",
        "refused records lost because of their age or of the size of all");
    files(text, sources);
    text.family(
        "millrace_source_paused_seconds_total",
        "counter",
        "seconds that streams were held back, by reason");
    for (JsonNode source : sources) {
      for (Map.Entry<String, JsonNode> reason : source.path("paused_seconds").properties()) {
        text.sample(
            "millrace_source_paused_seconds_total",
            reason.getValue().asDouble(0),
            "source",
            name(source),
            "reason",
            reason.getKey());
      }
    }
    perSource(
        text,
        sources,
        "source_lost_records_total",
        "counter",
        "lost",
        "records that left their log before they were read");
    perSource(
        text,
        sources,
        "source_rebalances_total",
        "counter",
        "rebalances",
        "how often a group gave its partitions anew");
    perSource(
        text,
        sources,
        "source_silences_total",
        "counter",
        "silences",
        "how often a new consumer asked for a partition that was silent");
    histogram(
        text,
        sources,
        "freshness_seconds",
        "freshness_seconds",
        "from the time of a record until it is searchable");
    histogram(text, sources, "source_poll_seconds", "poll_seconds", "calls that fetch records");
    histogram(
        text,
        sources,
        "source_decode_seconds",
        "decode_seconds",
        "reading records that came together");
    histogram(
        text, sources, "source_batch_records", "batch_records", "records per batch for a log");
    perSource(text, sources, "source_bytes_total", "counter", "bytes", "bytes of records read");
    perSource(
        text,
        sources,
        "source_in_flight_bytes",
        "gauge",
        "in_flight_bytes",
        "bytes of records between fetch and log");
    if (!sources.isEmpty()) {
      text.single(
          "millrace_source_budget_bytes",
          "gauge",
          "bytes that records between fetch and log may take, for all sources together",
          sources.get(0).path("budget_bytes").asDouble(0));
    }
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

  private static void files(MetricsText text, JsonNode sources) {
    text.family("millrace_files", "gauge", "files of an inbox that are not read to their end");
    eachInbox(
        sources,
        (source, inbox) -> {
          String[] waiting = {"source", source, "state", "waiting"};
          text.sample("millrace_files", inbox.path("waiting").asDouble(0), waiting);
          String[] working = {"source", source, "state", "working"};
          text.sample(
              "millrace_files", inbox.path("reading").asString("").isEmpty() ? 0 : 1, working);
        });
    text.family("millrace_files_total", "counter", "files by what became of them");
    eachInbox(
        sources,
        (source, inbox) -> {
          double same = inbox.path("same_content").asDouble(0);
          String[] done = {"source", source, "outcome", "done"};
          text.sample("millrace_files_total", inbox.path("done").asDouble(0) - same, done);
          text.sample("millrace_files_total", same, "source", source, "outcome", "same_content");
          String[] failed = {"source", source, "outcome", "failed"};
          text.sample("millrace_files_total", inbox.path("failed").asDouble(0), failed);
        });
    text.family("millrace_file_bytes_total", "counter", "bytes of files read, as they lie there");
    eachInbox(
        sources,
        (source, inbox) ->
            text.sample(
                "millrace_file_bytes_total",
                inbox.path("all_bytes").asDouble(0),
                "source",
                source));
  }

  private interface Inbox {
    void of(String source, JsonNode files);
  }

  private static void eachInbox(JsonNode sources, Inbox inbox) {
    for (JsonNode source : sources) {
      if (source.has("files")) {
        inbox.of(name(source), source.path("files"));
      }
    }
  }

  private static String name(JsonNode source) {
    return source.path("name").asString("");
  }

  private static void histogram(
      MetricsText text, JsonNode sources, String name, String field, String help) {
    text.family("millrace_" + name, "histogram", help);
    for (JsonNode source : sources) {
      JsonNode counts = source.path("histograms").path(field);
      if (counts.isMissingNode()) {
        continue; // a source without it, or an older server
      }
      List<Double> bounds = new ArrayList<>();
      counts.path("bounds").forEach(bound -> bounds.add(bound.asDouble(0)));
      List<Long> cumulated = new ArrayList<>();
      counts.path("cumulated").forEach(count -> cumulated.add(count.asLong(0)));
      text.histogram(
          "millrace_" + name,
          bounds,
          cumulated,
          counts.path("count").asLong(0),
          counts.path("sum").asDouble(0),
          "source",
          name(source));
    }
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
