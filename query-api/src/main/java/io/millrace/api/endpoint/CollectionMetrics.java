package io.millrace.api.endpoint;

import io.millrace.api.metrics.MetricsText;
import io.millrace.collection.Collection;
import io.millrace.collection.CollectionInfo;
import io.millrace.collection.Collections;
import io.millrace.collection.LogFacts;
import io.millrace.collection.Progress;
import io.millrace.collection.SegmentFacts;
import io.millrace.collection.SnapshotCounts;
import io.millrace.collection.Timings;
import io.millrace.collection.WriterFacts;
import io.millrace.meter.Histogram;
import io.millrace.snapshot.SnapshotFolder;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;

/// Metrics of what collections hold and do, by collection and over all of them.
final class CollectionMetrics {
  private CollectionMetrics() {}

  /// What one collection was at a moment.
  ///
  /// @param vectors live ones by name
  record Row(
      String name,
      CollectionInfo info,
      Progress progress,
      long deferredPoints,
      List<SegmentFacts> segments,
      Map<String, Long> vectors,
      Optional<WriterFacts> facts,
      Optional<LogFacts> log,
      long mergesRunning,
      Map<String, Long> writeErrors,
      Optional<Collection.ReadOnly> readOnly,
      long versionMarkers,
      SnapshotCounts.Of snapshots,
      long snapshotBytes) {}

  /// @param name as it is shown
  static Row row(
      String name, Collection collection, Collections collections, SnapshotFolder snapshots) {
    List<SegmentFacts> segments = collection.segments();
    return new Row(
        name,
        collection.info(),
        collection.progress(),
        collection.deferredPoints(),
        segments,
        byVector(segments, SegmentFacts::vectors),
        collection.facts(),
        collection.log(),
        collection.merges().map(merges -> merges.running().size()).orElse(0),
        collection.writeErrors(),
        collection.readOnly(),
        collection.versionMarkers(),
        collections.snapshotCounts().of(collection.name()),
        snapshots.bytes(collection.name()));
  }

  /// @param totals over all collections, also those that are gone
  static void write(MetricsText text, List<Row> rows, WriterFacts totals, boolean perCollection) {
    progress(text, rows);
    disk(text, rows);
    writes(text, rows);
    readOnly(text, rows);
    versionMarkers(text, rows);
    newestSnapshots(text, rows);
    timings(text, rows, totals.timings(), perCollection);
    groups(text, totals);
    merges(text, rows, totals);
    applied(text, rows);
    commits(text, rows);
  }

  private static void progress(MetricsText text, List<Row> rows) {
    text.family(
        "millrace_sequence", "gauge", "sequence of the last operation that reached a stage");
    for (Row row : rows) {
      text.sample("millrace_sequence", row.progress().logged(), stage(row, "logged"));
      text.sample("millrace_sequence", row.progress().searchable(), stage(row, "searchable"));
      text.sample("millrace_sequence", row.progress().committed(), stage(row, "committed"));
    }
    text.family("millrace_segments", "gauge", "segments, with and without a graph");
    for (Row row : rows) {
      long graphs = row.segments().stream().filter(SegmentFacts::hasGraph).count();
      text.sample("millrace_segments", graphs, "collection", row.name(), "kind", "graph");
      text.sample(
          "millrace_segments",
          row.segments().size() - graphs,
          "collection",
          row.name(),
          "kind",
          "flat");
    }
    text.family("millrace_indexed_ratio", "gauge", "share of dense vectors that lie in a graph");
    for (Row row : rows) {
      Map<String, Long> indexed = byVector(row.segments(), SegmentFacts::indexed);
      row.vectors()
          .forEach((vector, n) ->
              text.sample(
                  "millrace_indexed_ratio",
                  n == 0 ? 1 : (double) indexed.getOrDefault(vector, 0L) / n,
                  "collection",
                  row.name(),
                  "vector",
                  vector));
    }
    text.family("millrace_deleted_ratio", "gauge", "share of points on disk that are deleted");
    for (Row row : rows) {
      long deleted = row.segments().stream().mapToLong(SegmentFacts::deleted).sum();
      long all = deleted + row.info().points();
      text.sample(
          "millrace_deleted_ratio",
          all == 0 ? 0 : (double) deleted / all,
          "collection",
          row.name());
    }
    text.family("millrace_collection_red", "gauge", "1 for a collection that cannot be used");
    for (Row row : rows) {
      text.sample(
          "millrace_collection_red",
          row.info().status() == CollectionInfo.Status.RED ? 1 : 0,
          "collection",
          row.name());
    }
  }

  private static void disk(MetricsText text, List<Row> rows) {
    text.family(
        "millrace_disk_bytes",
        "gauge",
        "bytes on disk of what is read and replayed, and of snapshots in the folder");
    for (Row row : rows) {
      long index = row.segments().stream().mapToLong(SegmentFacts::bytes).sum();
      text.sample("millrace_disk_bytes", index, "collection", row.name(), "part", "index");
      row.log()
          .ifPresent(log ->
              text.sample(
                  "millrace_disk_bytes", log.bytes(), "collection", row.name(), "part", "log"));
      text.sample(
          "millrace_disk_bytes",
          row.snapshotBytes(),
          "collection",
          row.name(),
          "part",
          "snapshots");
    }
  }

  private static void writes(MetricsText text, List<Row> rows) {
    text.family(
        "millrace_write_errors_total", "counter", "writes that were refused or failed, by reason");
    for (Row row : rows) {
      row.writeErrors()
          .forEach((reason, count) ->
              text.sample(
                  "millrace_write_errors_total",
                  count,
                  "collection",
                  row.name(),
                  "reason",
                  reason));
    }
  }

  private static void readOnly(MetricsText text, List<Row> rows) {
    text.family(
        "millrace_read_only", "gauge", "1 for a collection that takes no writes and answers reads");
    for (Row row : rows) {
      if (row.readOnly().isEmpty()) {
        text.sample("millrace_read_only", 0, "collection", row.name());
      } else {
        String reason = row.readOnly().get().name().toLowerCase(Locale.ROOT);
        text.sample("millrace_read_only", 1, "collection", row.name(), "reason", reason);
      }
    }
  }

  private static void versionMarkers(MetricsText text, List<Row> rows) {
    text.family(
        "millrace_version_markers",
        "gauge",
        "deleted points whose version is remembered, as of the last commit");
    for (Row row : rows) {
      text.sample("millrace_version_markers", row.versionMarkers(), "collection", row.name());
    }
  }

  private static void newestSnapshots(MetricsText text, List<Row> rows) {
    text.family(
        "millrace_snapshot_last_timestamp_seconds",
        "gauge",
        "when the newest snapshot was made, in seconds since the epoch");
    for (Row row : rows) {
      row.snapshots()
          .newest()
          .ifPresent(at ->
              text.sample(
                  "millrace_snapshot_last_timestamp_seconds",
                  at.toEpochMilli() / 1e3,
                  "collection",
                  row.name()));
    }
  }

  private static void timings(
      MetricsText text, List<Row> rows, Timings totals, boolean perCollection) {
    Map<String, Timings> shown = new LinkedHashMap<>();
    if (perCollection) {
      rows.forEach(row -> row.facts().ifPresent(f -> shown.put(row.name(), f.timings())));
    } else {
      shown.put("", totals);
    }
    timing(text, shown, "log_fsync", "from append to durable", Timings::durable);
    timing(text, shown, "apply", "time to apply a log entry", Timings::apply);
    timing(text, shown, "refresh", "time to make writes visible", Timings::refresh);
    timing(text, shown, "commit", "time to make the index durable", Timings::commit);
    timing(text, shown, "merge", "time to merge segments, with graphs", Timings::merge);
  }

  /// @param shown by collection, `""` for all of them
  private static void timing(
      MetricsText text,
      Map<String, Timings> shown,
      String step,
      String help,
      Function<Timings, Histogram> of) {
    String name = "millrace_" + step + "_seconds";
    text.family(name, "histogram", help);
    shown.forEach((collection, timings) -> {
      Histogram.Counts counts = of.apply(timings).counts();
      if (collection.isEmpty()) {
        text.histogram(name, counts);
      } else {
        text.histogram(name, counts, "collection", collection);
      }
    });
  }

  private static void groups(MetricsText text, WriterFacts totals) {
    text.family(
        "millrace_log_group_operations", "histogram", "operations that were logged by one fsync");
    text.histogram("millrace_log_group_operations", totals.groups().counts());
  }

  private static void merges(MetricsText text, List<Row> rows, WriterFacts totals) {
    text.single(
        "millrace_merge_bytes_total",
        "counter",
        "bytes of segments that merges have written",
        totals.mergedBytes());
    text.family("millrace_merges_running", "gauge", "merges at work");
    for (Row row : rows) {
      text.sample("millrace_merges_running", row.mergesRunning(), "collection", row.name());
    }
  }

  private static void applied(MetricsText text, List<Row> rows) {
    text.family(
        "millrace_applied_operations_total",
        "counter",
        "operations that were applied to the index, by kind, replays of the log included");
    for (Row row : rows) {
      row.facts()
          .ifPresent(facts ->
              facts
                  .applied()
                  .forEach((kind, count) ->
                      text.sample(
                          "millrace_applied_operations_total",
                          count,
                          "collection",
                          row.name(),
                          "kind",
                          kind)));
    }
  }

  private static void commits(MetricsText text, List<Row> rows) {
    text.family(
        "millrace_last_commit_timestamp_seconds",
        "gauge",
        "when the index was last made durable by this process, in seconds since the epoch");
    for (Row row : rows) {
      row.facts()
          .filter(facts -> facts.committedMillis() > 0)
          .ifPresent(facts ->
              text.sample(
                  "millrace_last_commit_timestamp_seconds",
                  facts.committedMillis() / 1e3,
                  "collection",
                  row.name()));
    }
  }

  private static String[] stage(Row row, String stage) {
    return new String[] {"collection", row.name(), "stage", stage};
  }

  private static Map<String, Long> byVector(
      List<SegmentFacts> segments, Function<SegmentFacts, Map<String, Long>> counts) {
    Map<String, Long> sums = new TreeMap<>();
    for (SegmentFacts segment : segments) {
      counts.apply(segment).forEach((vector, n) -> sums.merge(vector, n, Long::sum));
    }
    return sums;
  }
}
