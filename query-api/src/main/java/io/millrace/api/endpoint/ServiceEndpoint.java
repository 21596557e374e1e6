package io.millrace.api.endpoint;

import io.millrace.api.metrics.MetricsText;
import io.millrace.api.metrics.RequestCounts;
import io.millrace.api.status.Fault;
import io.millrace.collection.CollectionInfo;
import io.millrace.collection.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import tools.jackson.core.JsonGenerator;

/// What concerns the server and no collection.
public final class ServiceEndpoint {
  /// Clients only look whether it has the length of one.
  private static final String COMMIT = "0".repeat(40);

  private final Collections collections;
  private final RequestCounts counts;
  private final String qdrantVersion;
  private final String instance = UUID.randomUUID().toString();

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

  /// The level 0 of Qdrant's telemetry.
  public Answer telemetry(Call call) {
    call.serviceDeadline();
    return new Answer.Result(out -> {
      out.writeStartObject();
      out.writeStringProperty("id", instance);
      out.writeName("app");
      out.writeStartObject();
      out.writeStringProperty("name", "qdrant");
      out.writeStringProperty("version", qdrantVersion);
      out.writeEndObject();
      out.writeName("collections");
      out.writeStartObject();
      out.writeNumberProperty("number_of_collections", collections.names().size());
      out.writeEndObject();
      out.writeEndObject();
    });
  }

  public Answer metrics(Call call) {
    call.serviceDeadline();
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
    return Answer.Text.ok(text.toString());
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

  /// Changes of a cluster, which one node cannot make.
  public Answer standalone(Call call) {
    throw Fault.json(405, "Qdrant is running in standalone mode");
  }
}
