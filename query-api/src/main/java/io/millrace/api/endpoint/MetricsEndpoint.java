package io.millrace.api.endpoint;

import io.millrace.api.SourceControl;
import io.millrace.api.audit.AuditLog;
import io.millrace.api.json.JsonIn;
import io.millrace.api.metrics.Admissions;
import io.millrace.api.metrics.BuildFacts;
import io.millrace.api.metrics.DiskMetrics;
import io.millrace.api.metrics.MetricsText;
import io.millrace.api.metrics.ProcessMetrics;
import io.millrace.api.metrics.RequestCounts;
import io.millrace.api.metrics.SourceMetrics;
import io.millrace.catalog.DataFolder;
import io.millrace.collection.CollectionInfo;
import io.millrace.collection.Collections;
import io.millrace.collection.Quotas;
import io.millrace.collection.WriterFacts;
import io.millrace.meter.Jobs;
import io.millrace.meter.MergeLog;
import io.millrace.meter.SearchPaths;
import io.millrace.model.Failure;
import io.millrace.snapshot.SnapshotFolder;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/// `/metrics`: Qdrant's names first, then ours.
public final class MetricsEndpoint {
  private static final List<Double> BOUNDS =
      RequestCounts.BUCKETS.stream().map(micros -> micros / 1e6).toList();

  /// About as many as each half of the text has of one.
  private static final int CHARS_OF_A_COLLECTION = 1_024;

  private final Collections collections;
  private final SourceControl sources;
  private final RequestCounts counts;
  private final SnapshotFolder snapshots;
  private final Optional<AuditLog> audit;
  private final String qdrantVersion;
  private final String prefix;

  /// @param snapshots where they are made
  public MetricsEndpoint(
      Collections collections,
      SourceControl sources,
      RequestCounts counts,
      SnapshotFolder snapshots,
      Optional<AuditLog> audit,
      String qdrantVersion,
      String prefix) {
    this.collections = collections;
    this.sources = sources;
    this.counts = counts;
    this.snapshots = snapshots;
    this.audit = audit;
    this.qdrantVersion = qdrantVersion;
    this.prefix = prefix;
  }

  public Answer metrics(Call call) {
    call.serviceDeadline();
    boolean perCollection = call.flag("per_collection", false);
    boolean anonymized = call.flag("anonymize", false);
    return Answer.Text.ok(text(perCollection, anonymized));
  }

  /// What a scrape without parameters gets.
  public String text() {
    return text(false, false);
  }

  private String text(boolean perCollection, boolean anonymized) {
    List<CollectionMetrics.Row> rows = new ArrayList<>();
    for (String name : collections.names()) {
      try {
        collections
            .find(name)
            .ifPresent(c ->
                rows.add(
                    CollectionMetrics.row(shown(name, anonymized), c, collections, snapshots)));
      } catch (Failure.NotFound | Failure.Unavailable goneMeanwhile) {
        continue; // there is nothing to show of it any more
      }
    }
    MetricsText qdrant = new MetricsText(prefix, rows.size() * CHARS_OF_A_COLLECTION);
    qdrant
        .family("app_info", "gauge", "information about qdrant server")
        .sample("app_info", 1, "name", "qdrant", "version", qdrantVersion);
    qdrant.single(
        "app_status_recovery_mode",
        "gauge",
        "is qdrant running in recovery mode",
        collections.recovery().isPresent() ? 1 : 0);
    qdrant.single("collections_total", "gauge", "number of collections", rows.size());
    collections(qdrant, rows);
    snapshots(qdrant, rows);
    quotas(qdrant, collections.quotas().exceeded());
    qdrant.single("cluster_enabled", "gauge", "is cluster support enabled", 0);
    responses(qdrant, perCollection, anonymized);
    audit
        .map(AuditLog::bytes)
        .ifPresent(bytes ->
            bytes.ifPresent(n ->
                qdrant.single(
                    "audit_log_dir_size_bytes", "gauge", "size of the audit log directory", n)));
    ProcessMetrics.qdrant(qdrant);
    MetricsText ours = new MetricsText("", rows.size() * CHARS_OF_A_COLLECTION);
    server(ours);
    admissions(ours, counts.admissions());
    ours.single(
        "millrace_audit_lost_total",
        "counter",
        "requests that the audit log has no line of, since it could not be written",
        audit.map(AuditLog::lost).orElse(0L));
    cancelled(ours, counts.admissions());
    paths(ours, collections.searchPaths());
    searches(ours, collections.searchPaths());
    WriterFacts totals = collections.totals();
    CollectionMetrics.write(ours, rows, totals, perCollection);
    DiskMetrics.write(ours, collections, snapshots);
    jobs(ours, collections.jobs(), totals);
    sources(ours);
    ProcessMetrics.machine(ours);
    ProcessMetrics.jvm(ours);
    return qdrant.toString() + ours;
  }

  static String shown(String name, boolean anonymized) {
    return anonymized
        ? java.util
            .UUID
            .nameUUIDFromBytes(name.getBytes(java.nio.charset.StandardCharsets.UTF_8))
            .toString()
        : name;
  }

  private static void collections(MetricsText text, List<CollectionMetrics.Row> rows) {
    long all = 0;
    for (CollectionMetrics.Row row : rows) {
      all += row.vectors().values().stream().mapToLong(Long::longValue).sum();
    }
    text.single(
        "collections_vector_total", "gauge", "total number of vectors in all collections", all);
    text.family("collection_vectors", "gauge", "amount of vectors grouped by vector name");
    for (CollectionMetrics.Row row : rows) {
      row.vectors()
          .forEach((vector, n) ->
              text.sample("collection_vectors", n, "collection", row.name(), "vector", vector));
    }
    text.family(
        "collection_indexed_only_excluded_points",
        "gauge",
        "amount of points excluded in indexed_only requests");
    for (CollectionMetrics.Row row : rows) {
      Map<String, Long> flat = new TreeMap<>();
      row.segments().stream()
          .filter(s -> !s.hasGraph())
          .forEach(s -> s.vectors().forEach((n, v) -> flat.merge(n, v, Long::sum)));
      flat.forEach((vector, n) ->
          text.sample(
              "collection_indexed_only_excluded_points", n, "id", row.name(), "vector", vector));
    }
    int replicas = rows.isEmpty() ? 0 : 1;
    text.single(
        "collection_active_replicas_min",
        "gauge",
        "minimum number of active replicas across all shards",
        replicas);
    text.single(
        "collection_active_replicas_max",
        "gauge",
        "maximum number of active replicas across all shards",
        replicas);
    each(
        text,
        rows,
        "collection_running_optimizations",
        "gauge",
        "number of currently running optimization tasks per collection",
        row -> row.info().status() == CollectionInfo.Status.YELLOW ? 1 : 0);
    each(
        text,
        rows,
        "collection_points",
        "gauge",
        "approximate amount of points per collection",
        row -> row.info().points());
    text.single(
        "collection_dead_replicas",
        "gauge",
        "total amount of shard replicas in non-active state",
        0);
    for (String way : List.of("incoming", "outgoing")) {
      each(
          text,
          rows,
          "collection_shard_transfer_" + way,
          "gauge",
          way + " shard transfers currently running",
          row -> 0);
    }
    each(
        text,
        rows,
        "collection_update_queue_length",
        "gauge",
        "number of pending operations in update queues per collection",
        row -> Math.max(0, row.progress().logged() - row.progress().searchable()));
    each(
        text,
        rows,
        "collection_update_queue_deferred_points",
        "gauge",
        "number of points currently hidden during read operations as they're not yet optimized",
        CollectionMetrics.Row::deferredPoints);
  }

  private static void snapshots(MetricsText text, List<CollectionMetrics.Row> rows) {
    each(
        text,
        rows,
        "snapshot_creation_running",
        "gauge",
        "amount of snapshot creations that are currently running",
        row -> row.snapshots().making());
    each(
        text,
        rows,
        "snapshot_recovery_running",
        "gauge",
        "amount of snapshot recovery operations currently running",
        row -> row.snapshots().restoring());
    each(
        text,
        rows,
        "snapshot_created_total",
        "counter",
        "total amount of snapshots created",
        row -> row.snapshots().made());
  }

  private interface Value {
    double of(CollectionMetrics.Row row);
  }

  private static void each(
      MetricsText text,
      List<CollectionMetrics.Row> rows,
      String name,
      String type,
      String help,
      Value value) {
    text.family(name, type, help);
    rows.forEach(row -> text.sample(name, value.of(row), "id", row.name()));
  }

  private void responses(MetricsText text, boolean perCollection, boolean anonymized) {
    Map<RequestCounts.Key, RequestCounts.Sum> sums =
        perCollection ? counts.sumsByCollection() : counts.sums();
    text.family("rest_responses_total", "counter", "total number of responses");
    sums.forEach((key, sum) -> {
      if (RequestCounts.isReported(key.template())) {
        text.sample("rest_responses_total", sum.count(), labels(key, anonymized));
      }
    });
    timing(
        text,
        sums,
        "avg",
        "average response duration",
        anonymized,
        sum -> sum.micros() / 1e6 / Math.max(1, sum.count()));
    timing(
        text, sums, "min", "minimum response duration", anonymized, sum -> sum.leastMicros() / 1e6);
    timing(
        text, sums, "max", "maximum response duration", anonymized, sum -> sum.mostMicros() / 1e6);
    text.family("rest_responses_duration_seconds", "histogram", "response duration histogram");
    sums.forEach((key, sum) -> {
      if (isTimed(key)) {
        text.histogram(
            "rest_responses_duration_seconds",
            BOUNDS,
            sum.buckets(),
            sum.count(),
            sum.micros() / 1e6,
            labels(key, anonymized));
      }
    });
  }

  private interface Seconds {
    double of(RequestCounts.Sum sum);
  }

  private static void timing(
      MetricsText text,
      Map<RequestCounts.Key, RequestCounts.Sum> sums,
      String which,
      String help,
      boolean anonymized,
      Seconds seconds) {
    String name = "rest_responses_" + which + "_duration_seconds";
    text.family(name, "gauge", help);
    sums.forEach((key, sum) -> {
      if (isTimed(key)) {
        text.sample(name, seconds.of(sum), labels(key, anonymized));
      }
    });
  }

  private static boolean isTimed(RequestCounts.Key key) {
    return key.status() == 200 && RequestCounts.isReported(key.template());
  }

  private static String[] labels(RequestCounts.Key key, boolean anonymized) {
    List<String> labels =
        new ArrayList<>(
            List.of(
                "method",
                key.method(),
                "endpoint",
                key.template(),
                "status",
                Integer.toString(key.status())));
    if (!key.collection().isEmpty()) {
      labels.addAll(List.of("collection", shown(key.collection(), anonymized)));
    }
    return labels.toArray(String[]::new);
  }

  private void server(MetricsText text) {
    text.family("millrace_build_info", "gauge", "what runs")
        .sample(
            "millrace_build_info",
            1,
            "version",
            BuildFacts.version(),
            "qdrant_version",
            qdrantVersion,
            "java",
            Runtime.version().toString(),
            "commit",
            BuildFacts.commit(),
            "format",
            Integer.toString(DataFolder.FORMAT_VERSION));
    text.single(
        "millrace_start_time_seconds",
        "gauge",
        "when the process started, in seconds since the epoch",
        ManagementFactory.getRuntimeMXBean().getStartTime() / 1e3);
  }

  private static void admissions(MetricsText text, Admissions admissions) {
    text.single("millrace_http_connections", "gauge", "open connections", admissions.connections());
    text.family(
        "millrace_request_queue_seconds", "histogram", "how long searches waited for a place");
    text.histogram("millrace_request_queue_seconds", admissions.searchWaits().counts());
    text.family(
        "millrace_requests_rejected_total",
        "counter",
        "requests that were turned away before any work was done for them");
    for (Admissions.Refusal refusal : Admissions.Refusal.values()) {
      text.sample(
          "millrace_requests_rejected_total",
          admissions.refused(refusal),
          "reason",
          refusal.name().toLowerCase(Locale.ROOT));
    }
  }

  private static void cancelled(MetricsText text, Admissions admissions) {
    text.single(
        "millrace_search_cpu_seconds_total",
        "counter",
        "CPU time of searches, reading what is shown of the hits included",
        admissions.searchCpuSeconds());
    text.family(
        "millrace_search_cancelled_total",
        "counter",
        "searches that were given up: their time ended while they ran or waited, or the server"
            + " stopped");
    for (Admissions.Cancellation cancellation : Admissions.Cancellation.values()) {
      text.sample(
          "millrace_search_cancelled_total",
          admissions.cancelled(cancellation),
          "reason",
          label(cancellation));
    }
  }

  private static void paths(MetricsText text, SearchPaths paths) {
    text.family(
        "millrace_search_segments_total", "counter", "segments that were searched, by the path");
    for (SearchPaths.Taken taken : SearchPaths.Taken.values()) {
      text.sample(
          "millrace_search_segments_total",
          paths.segments(taken),
          "path",
          taken.name().toLowerCase(Locale.ROOT));
    }
  }

  private static void searches(MetricsText text, SearchPaths paths) {
    text.family("millrace_search_seconds", "histogram", "time that one segment took, by the path");
    for (SearchPaths.Taken taken : SearchPaths.Taken.values()) {
      text.histogram("millrace_search_seconds", paths.seconds(taken), "path", label(taken));
    }
    text.family(
        "millrace_search_visited_vectors_total",
        "counter",
        "vectors that were compared with a query, by the path");
    for (SearchPaths.Taken taken : SearchPaths.Taken.values()) {
      if (taken != SearchPaths.Taken.SPARSE) { // lists have no vectors to count
        text.sample(
            "millrace_search_visited_vectors_total", paths.rows(taken), "path", label(taken));
      }
    }
  }

  private static String label(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }

  private static void jobs(MetricsText text, Jobs jobs, WriterFacts totals) {
    text.family("millrace_jobs_total", "counter", "work that ended, by kind and outcome");
    for (Jobs.Kind kind : Jobs.Kind.values()) {
      for (Jobs.Outcome how : Jobs.Outcome.values()) {
        text.sample(
            "millrace_jobs_total",
            jobs.ended(kind, how),
            "kind",
            label(kind),
            "outcome",
            label(how));
      }
    }
    for (MergeLog.Outcome how : MergeLog.Outcome.values()) {
      text.sample(
          "millrace_jobs_total", totals.merges(how), "kind", "merge", "outcome", label(how));
    }
    text.family(
        "millrace_job_progress_ratio",
        "gauge",
        "how much is done of what is at work, and of what ended last, by kind");
    Set<Jobs.Kind> ended = EnumSet.noneOf(Jobs.Kind.class);
    for (Jobs.Job job : jobs.all()) { // of those that ended, the newest comes first
      if (job.outcome().isEmpty() || ended.add(job.kind())) {
        text.sample(
            "millrace_job_progress_ratio",
            job.progress(),
            "kind",
            label(job.kind()),
            "id",
            Long.toString(job.id()));
      }
    }
  }

  /// A resource that cannot be exceeded has no sample: an alert on it could never fire.
  private static void quotas(MetricsText text, Quotas.Exceeded exceeded) {
    text.family("quota_exceeded", "gauge", "1 for a resource that updates are refused over");
    exceeded
        .residentMemory()
        .ifPresent(is -> text.sample("quota_exceeded", is ? 1 : 0, "resource", "resident_memory"));
    exceeded
        .diskUsage()
        .ifPresent(is -> text.sample("quota_exceeded", is ? 1 : 0, "resource", "disk_usage"));
  }

  private void sources(MetricsText text) {
    try {
      String list = sources.ask(SourceControl.Question.of(SourceControl.Kind.LIST, "", ""));
      text.single("millrace_ingest_reachable", "gauge", "whether the sources answer", 1);
      SourceMetrics.write(text, JsonIn.read(list, JsonIn::tree));
    } catch (Failure.Unavailable | Failure.TimedOut ingestIsDown) {
      text.single("millrace_ingest_reachable", "gauge", "whether the sources answer", 0);
    }
  }
}
