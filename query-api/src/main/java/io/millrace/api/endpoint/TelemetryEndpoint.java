package io.millrace.api.endpoint;

import io.millrace.api.ApiSettings;
import io.millrace.api.audit.AuditLog;
import io.millrace.api.json.CollectionConfigJson;
import io.millrace.api.json.QuotasJson;
import io.millrace.api.metrics.ProcessMetrics;
import io.millrace.api.metrics.RequestCounts;
import io.millrace.collection.Collection;
import io.millrace.collection.Collections;
import io.millrace.collection.Quotas;
import io.millrace.collection.SnapshotCounts;
import io.millrace.model.Failure;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.UUID;

/// `/telemetry` and `/cluster/telemetry` with Qdrant's key sets per level. Nothing of it is sent to
/// anybody; it is an answer to who asks.
public final class TelemetryEndpoint {
  private final Collections collections;
  private final RequestCounts counts;
  private final ApiSettings settings;
  private final Optional<AuditLog> audit;
  private final String instance = UUID.randomUUID().toString();
  private final Instant started = Instant.now();

  public TelemetryEndpoint(
      Collections collections,
      RequestCounts counts,
      ApiSettings settings,
      Optional<AuditLog> audit) {
    this.collections = collections;
    this.counts = counts;
    this.settings = settings;
    this.audit = audit;
  }

  /// Of the collections that the caller may see, and of the server for who may see it all.
  public Answer telemetry(Call call) {
    call.serviceDeadline();
    boolean all = call.grant().showsAll();
    List<String> names =
        collections.names().stream().filter(name -> call.grant().shows(name)).toList();
    long level = call.number("details_level").orElse(0);
    boolean anonymized = call.flag("anonymize", false);
    boolean perCollection = call.flag("per_collection", false);
    return new Answer.Result(generator -> {
      JsonParts out = new JsonParts(generator);
      out.object(() -> {
        out.text("id", instance);
        out.object("app", () -> app(out, level, anonymized || !all));
        out.object("collections", () -> collections(out, names, level, anonymized));
        if (level >= 1) {
          out.object("hardware", () -> out.object("collection_data", () -> {}));
        }
        if (all) {
          out.object("cluster", () -> out.flag("enabled", false));
          out.object("requests", () -> requests(out, perCollection, anonymized));
          process(out, level);
          out.object("quota", () -> quota(out));
        }
      });
    });
  }

  private void process(JsonParts out, long level) {
    if (level == 0) {
      return;
    }
    ProcessMetrics.Memory memory = ProcessMetrics.Memory.now();
    out.object(
        "memory",
        () ->
            out.number("active_bytes", memory.active())
                .number("allocated_bytes", memory.allocated())
                .number("metadata_bytes", memory.metadata())
                .number("resident_bytes", memory.resident())
                .number("retained_bytes", memory.retained()));
    out.object(
        "search_pool",
        () ->
            out.text("mode", "fixed")
                .number("high_cpu_threads", settings.searchThreads())
                .number("high_io_threads", 0));
  }

  private void app(JsonParts out, long level, boolean anonymized) {
    out.text("name", "qdrant").text("version", settings.qdrantVersion());
    if (level >= 1) {
      out.object(
          "features",
          () -> {
            out.flag("debug", false).flag("service_debug_feature", false);
            out.flag("recovery_mode", collections.recovery().isPresent()).flag("gpu", false);
            out.flag("rocksdb", false).flag("staging", false);
          });
      out.object(
          "system",
          () ->
              out.text("distribution", System.getProperty("os.name"))
                  .text("distribution_version", System.getProperty("os.version"))
                  .flag("is_docker", Files.exists(Path.of("/.dockerenv")))
                  .number("cores", Runtime.getRuntime().availableProcessors())
                  .text("cpu_flags", "")
                  .text(
                      "cpu_endian",
                      ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN ? "little" : "big"));
    }
    out.flag("jwt_rbac", settings.keys().tokens())
        .flag("hide_jwt_dashboard", settings.pages().hideTokens());
    out.text("startup", started.toString());
    if (!anonymized) {
      audit.ifPresent(log -> out.object("audit", () -> audit(out, log)));
    }
  }

  private static void audit(JsonParts out, AuditLog log) {
    AuditLog.Settings settings = log.settings();
    out.text("dir", settings.folder().toString())
        .text("rotation", settings.rotation().name().toLowerCase(Locale.ROOT))
        .number("max_log_files", settings.maxFiles())
        .flag("trust_forwarded_headers", settings.trustForwarded())
        .flag("log_api", false); // no route shows the lines
    log.bytes().ifPresent(bytes -> out.number("dir_size_bytes", bytes));
  }

  /// Empty if it was deleted meanwhile.
  private Optional<CollectionTelemetry> telemetry(JsonParts out, String name, boolean anonymized) {
    try {
      return collections.find(name).map(c -> new CollectionTelemetry(out, c, anonymized));
    } catch (Failure.NotFound | Failure.Unavailable goneMeanwhile) {
      return Optional.empty();
    }
  }

  private void collections(JsonParts out, List<String> names, long level, boolean anonymized) {
    out.number("number_of_collections", names.size());
    if (level == 0) {
      return;
    }
    out.array(
        "collections",
        () -> {
          for (String name : names) {
            telemetry(out, name, anonymized).ifPresent(of -> of.write(level));
          }
        });
    out.array(
        "snapshots",
        () -> {
          for (String name : names) {
            SnapshotCounts.Of counted = collections.snapshotCounts().of(name);
            out.object(() ->
                out.text("id", MetricsEndpoint.shown(name, anonymized))
                    .number("running_snapshots", counted.making())
                    .number("running_snapshot_recovery", counted.restoring())
                    .number("total_snapshot_creations", counted.made()));
          }
        });
  }

  private void requests(JsonParts out, boolean perCollection, boolean anonymized) {
    out.object(
        "rest",
        () -> {
          out.object("responses", () -> routes(out, counts.sums()));
          if (perCollection) {
            SortedMap<RequestCounts.Key, RequestCounts.Sum> sums = counts.sumsByCollection();
            out.object(
                "per_collection_responses",
                () -> {
                  for (String name :
                      sums.keySet().stream()
                          .map(RequestCounts.Key::collection)
                          .distinct()
                          .toList()) {
                    SortedMap<RequestCounts.Key, RequestCounts.Sum> its =
                        new java.util.TreeMap<>(sums);
                    its.keySet().removeIf(key -> !key.collection().equals(name));
                    out.object(MetricsEndpoint.shown(name, anonymized), () -> routes(out, its));
                  }
                });
          }
        });
    out.object(
        "grpc",
        () -> {
          out.object("responses", () -> {});
          if (perCollection) {
            out.object("per_collection_responses", () -> {});
          }
        });
  }

  /// Counts and times per route, then per status.
  private static void routes(JsonParts out, SortedMap<RequestCounts.Key, RequestCounts.Sum> sums) {
    String open = "";
    for (Map.Entry<RequestCounts.Key, RequestCounts.Sum> e : sums.entrySet()) {
      RequestCounts.Sum sum = e.getValue();
      String route = e.getKey().route();
      if (!route.equals(open)) {
        if (!open.isEmpty()) {
          out.out().writeEndObject();
        }
        out.out().writeName(route);
        out.out().writeStartObject();
        open = route;
      }
      out.object(
          Integer.toString(e.getKey().status()),
          () -> {
            out.number("count", sum.count());
            out.out()
                .writeNumberProperty(
                    "avg_duration_micros", (float) sum.micros() / Math.max(1, sum.count()));
            out.out().writeNumberProperty("min_duration_micros", (float) sum.leastMicros());
            out.out().writeNumberProperty("max_duration_micros", (float) sum.mostMicros());
            out.number("total_duration_micros", sum.micros());
            out.text("last_responded", sum.last().toString());
          });
    }
    if (!open.isEmpty()) {
      out.out().writeEndObject();
    }
  }

  private void quota(JsonParts out) {
    Quotas quotas = collections.quotas();
    out.out().writeName("config");
    QuotasJson.write(out.out(), quotas.config());
    out.out().writeName("exceeded");
    QuotasJson.write(out.out(), quotas.exceeded());
  }

  /// The view of all peers, of which there is one.
  public Answer cluster(Call call) {
    call.serviceDeadline();
    return new Answer.Result(generator -> {
      JsonParts out = new JsonParts(generator);
      out.object(() -> {
        out.object(
            "collections",
            () -> {
              for (String name : collections.names()) {
                if (call.grant().shows(name)) {
                  collections
                      .find(name)
                      .ifPresent(c -> out.object(name, () -> distributed(out, c)));
                }
              }
            });
        out.object(
            "cluster",
            () ->
                out.flag("enabled", false).number("number_of_peers", 1).object("peers", () -> {}));
      });
    });
  }

  private static void distributed(JsonParts out, Collection collection) {
    out.text("id", collection.name());
    out.array(
        "shards",
        () -> {
          for (int i = 0; i < CollectionConfigJson.shards(collection.config()); i++) {
            int shard = i;
            out.object(() -> {
              out.number("id", shard);
              out.array(
                  "replicas",
                  () -> out.object(() -> out.number("peer_id", 0).text("state", "Active")));
            });
          }
        });
    out.emptyArray("reshardings").emptyArray("shard_transfers");
  }
}
