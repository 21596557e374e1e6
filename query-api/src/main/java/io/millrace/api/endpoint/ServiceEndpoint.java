package io.millrace.api.endpoint;

import io.millrace.api.metrics.MetricsText;
import io.millrace.api.metrics.RequestCounts;
import io.millrace.api.status.Fault;
import io.millrace.collection.CollectionInfo;
import io.millrace.collection.Collections;
import java.time.Instant;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Supplier;
import tools.jackson.core.JsonGenerator;

/// What concerns the server and no collection.
public final class ServiceEndpoint {
  /// Clients only look whether it has the length of one.
  private static final String COMMIT = "0".repeat(40);

  private final Collections collections;
  private final RequestCounts counts;
  private final String qdrantVersion;
  private final String instance = UUID.randomUUID().toString();
  private final Instant started = Instant.now();
  private volatile Supplier<String> moreMetrics = () -> "";

  public ServiceEndpoint(Collections collections, RequestCounts counts, String qdrantVersion) {
    this.collections = collections;
    this.counts = counts;
    this.qdrantVersion = qdrantVersion;
  }

  public Answer root(Call call) {
    return new Answer.Bare(out -> {
      out.writeStartObject();
      out.writeStringProperty("title", "qdrant - vector search engine");
      out.writeStringProperty("version", qdrantVersion);
      out.writeStringProperty("commit", COMMIT);
      out.writeEndObject();
    });
  }

  /// Level 0 of Qdrant's telemetry, whatever level is asked for.
  public Answer telemetry(Call call) {
    call.serviceDeadline();
    return new Answer.Result(out -> {
      out.writeStartObject();
      out.writeStringProperty("id", instance);
      object(
          out,
          "app",
          () -> {
            out.writeStringProperty("name", "qdrant");
            out.writeStringProperty("version", qdrantVersion);
            out.writeStringProperty("startup", started.toString());
          });
      object(
          out,
          "collections",
          () -> out.writeNumberProperty("number_of_collections", collections.names().size()));
      object(out, "cluster", () -> out.writeBooleanProperty("enabled", false));
      object(
          out,
          "requests",
          () -> {
            object(out, "rest", () -> object(out, "responses", () -> writeResponses(out)));
            object(out, "grpc", () -> object(out, "responses", () -> {}));
          });
      object(
          out,
          "quota",
          () -> {
            object(out, "config", () -> out.writeBooleanProperty("enabled", false));
            object(
                out,
                "exceeded",
                () -> {
                  out.writeNullProperty("resident_memory");
                  out.writeNullProperty("disk_usage");
                });
          });
      out.writeEndObject();
    });
  }

  private static void object(JsonGenerator out, String name, Runnable fields) {
    out.writeName(name);
    out.writeStartObject();
    fields.run();
    out.writeEndObject();
  }

  /// Counts and times per route, then per status.
  private void writeResponses(JsonGenerator out) {
    String open = "";
    for (Map.Entry<RequestCounts.Key, RequestCounts.Sum> e : counts.sums().entrySet()) {
      RequestCounts.Key key = e.getKey();
      RequestCounts.Sum sum = e.getValue();
      String route = key.method() + " " + key.template();
      if (!route.equals(open)) {
        if (!open.isEmpty()) {
          out.writeEndObject();
        }
        out.writeName(route);
        out.writeStartObject();
        open = route;
      }
      object(
          out,
          Integer.toString(key.status()),
          () -> {
            out.writeNumberProperty("count", sum.count());
            out.writeNumberProperty("avg_duration_micros", (float) sum.micros() / sum.count());
            out.writeNumberProperty("total_duration_micros", sum.micros());
          });
    }
    if (!open.isEmpty()) {
      out.writeEndObject();
    }
  }

  public Answer metrics(Call call) {
    call.serviceDeadline();
    return Answer.Text.ok(metrics());
  }

  /// Metrics of the rest of the process, shown behind those of the API.
  public void addMetrics(Supplier<String> more) {
    moreMetrics = more;
  }

  /// Prometheus text.
  public String metrics() {
    SortedMap<String, CollectionInfo> infos = new TreeMap<>();
    for (String name : collections.names()) {
      collections.find(name).ifPresent(c -> infos.put(name, c.info()));
    }
    MetricsText text = new MetricsText();
    text.family("app_info", "gauge", "information about qdrant server")
        .sample("app_info", 1, "name", "qdrant", "version", qdrantVersion);
    text.family("app_status_recovery_mode", "gauge", "is qdrant running in recovery mode")
        .sample("app_status_recovery_mode", 0);
    text.family("collections_total", "gauge", "number of collections")
        .sample("collections_total", infos.size());
    if (!infos.isEmpty()) {
      text.family("collection_points", "gauge", "approximate amount of points per collection");
      infos.forEach((name, info) -> text.sample("collection_points", info.points(), "id", name));
    }
    text.family("cluster_enabled", "gauge", "is cluster support enabled")
        .sample("cluster_enabled", 0);
    writeCounts(text);
    return text + moreMetrics.get();
  }

  private void writeCounts(MetricsText text) {
    text.family("rest_responses_total", "counter", "total number of responses through REST API");
    for (Map.Entry<RequestCounts.Key, RequestCounts.Sum> e : counts.sums().entrySet()) {
      RequestCounts.Key key = e.getKey();
      if (isReported(key.template())) {
        text.sample(
            "rest_responses_total",
            e.getValue().count(),
            "method",
            key.method(),
            "endpoint",
            key.template(),
            "status",
            Integer.toString(key.status()));
      }
    }
    text.family(
        "rest_responses_duration_seconds", "histogram", "response duration histogram, status 200");
    for (Map.Entry<RequestCounts.Key, RequestCounts.Sum> e : counts.sums().entrySet()) {
      if (isReported(e.getKey().template()) && e.getKey().status() == 200) {
        writeDurations(text, e.getKey(), e.getValue());
      }
    }
  }

  private static void writeDurations(
      MetricsText text, RequestCounts.Key key, RequestCounts.Sum sum) {
    String name = "rest_responses_duration_seconds";
    String[] route = {"method", key.method(), "endpoint", key.template()};
    for (int i = 0; i <= RequestCounts.BUCKETS.size(); i++) {
      boolean isLast = i == RequestCounts.BUCKETS.size();
      String bound = isLast ? "+Inf" : RequestCounts.BUCKETS.get(i).toString();
      text.sample(
          name + "_bucket",
          isLast ? sum.count() : sum.upTo().get(i),
          route[0],
          route[1],
          route[2],
          route[3],
          "le",
          bound);
    }
    text.sample(name + "_sum", sum.micros() / 1e6, route);
    text.sample(name + "_count", sum.count(), route);
  }

  /// The routes that Qdrant reports: those of points, indexes and vectors.
  private static boolean isReported(String template) {
    return template.startsWith("/collections/{collection_name}/points")
        || template.startsWith("/collections/{collection_name}/index")
        || template.startsWith("/collections/{collection_name}/vectors");
  }

  public Answer cluster(Call call) {
    return new Answer.Result(out -> {
      out.writeStartObject();
      out.writeStringProperty("status", "disabled");
      out.writeEndObject();
    });
  }

  public Answer issues(Call call) {
    return new Answer.Result(out -> {
      out.writeStartObject();
      emptyArray(out, "issues");
      out.writeEndObject();
    });
  }

  private static void emptyArray(JsonGenerator out, String name) {
    out.writeName(name);
    out.writeStartArray();
    out.writeEndArray();
  }

  public Answer clearIssues(Call call) {
    return Answer.result(true);
  }

  /// Quotas are not enforced; what is used is not measured.
  public Answer quotas(Call call) {
    return new Answer.Result(out -> {
      out.writeStartObject();
      object(out, "config", () -> out.writeBooleanProperty("enabled", false));
      object(out, "usage", () -> {});
      out.writeEndObject();
    });
  }

  /// Changes of a cluster, which one node cannot make.
  public Answer standalone(Call call) {
    throw Fault.json(405, "Qdrant is running in standalone mode");
  }
}
