package io.millrace.api.endpoint;

import io.millrace.api.json.CollectionConfigJson;
import io.millrace.collection.Collection;
import io.millrace.collection.CollectionInfo;
import io.millrace.collection.Progress;
import io.millrace.collection.SegmentFacts;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;

/// One collection within telemetry: totals at level 1, its configuration at 2, its shard at 3, the
/// segments from 4 on.
final class CollectionTelemetry {
  private static final List<String> SEARCHES =
      List.of(
          "unfiltered_plain",
          "unfiltered_hnsw",
          "unfiltered_sparse",
          "filtered_plain",
          "filtered_small_cardinality",
          "filtered_large_cardinality",
          "filtered_exact",
          "filtered_sparse",
          "unfiltered_exact");

  /// What stands for the segments of an empty collection: in Qdrant there always is one that takes
  /// the next points.
  private static final SegmentFacts UNWRITTEN =
      new SegmentFacts(new UUID(0, 0), 0, 0, Map.of(), Map.of(), false, 0);

  private final JsonParts out;
  private final Collection collection;
  private final boolean anonymized;
  private final CollectionInfo info;
  private final long payloadBytes;
  private final List<SegmentFacts> segments;

  CollectionTelemetry(JsonParts out, Collection collection, boolean anonymized) {
    this.out = out;
    this.collection = collection;
    this.anonymized = anonymized;
    this.info = collection.info();
    this.payloadBytes = collection.payloadBytes();
    List<SegmentFacts> written = collection.segments();
    this.segments = written.isEmpty() ? List.of(UNWRITTEN) : written;
  }

  void write(long level) {
    out.object(() -> {
      if (level == 1) {
        out.number("vectors", shown(vectors().values().stream().mapToLong(Long::longValue).sum()));
        optimizersStatus("optimizers_status");
        out.out().writeName("params");
        CollectionConfigJson.writeParams(out.out(), collection.config());
        return;
      }
      out.text("id", MetricsEndpoint.shown(collection.name(), anonymized));
      out.number("init_time_ms", 0);
      out.out().writeName("config");
      CollectionConfigJson.write(out.out(), collection.config());
      if (level >= 3) {
        out.array("shards", () -> out.object(() -> shard(level)));
        out.emptyArray("transfers").emptyArray("resharding");
      }
    });
  }

  private void optimizersStatus(String name) {
    if (info.failure().isPresent()) {
      out.object(name, () -> out.text("error", info.failure().get()));
    } else {
      out.text(name, "ok");
    }
  }

  /// Only the size of a number is told to who may not know more.
  private long shown(long number) {
    if (!anonymized || number == 0) {
      return number;
    }
    long unit = (long) Math.pow(10, Math.floor(Math.log10(number)));
    return number / unit * unit;
  }

  private Map<String, Long> vectors() {
    Map<String, Long> sum = new TreeMap<>();
    segments.forEach(s -> s.vectors().forEach((name, n) -> sum.merge(name, n, Long::sum)));
    return sum;
  }

  private Map<String, Long> shown(Map<String, Long> vectors) {
    Map<String, Long> shown = new TreeMap<>();
    vectors.forEach((name, n) -> shown.put(MetricsEndpoint.shown(name, anonymized), shown(n)));
    return shown;
  }

  private long bytes(Map<String, Long> vectors) {
    long bytes = 0;
    for (Map.Entry<String, Long> named : vectors.entrySet()) {
      var config = collection.config().vectors().get(named.getKey());
      bytes += config == null ? 0 : named.getValue() * config.size() * Float.BYTES;
    }
    return bytes;
  }

  private void shard(long level) {
    out.number("id", 0);
    out.out().writeNullProperty("key");
    out.object("local", () -> local(level));
    out.emptyArray("remote");
    out.object("replicate_states", () -> out.text("0", "Active"));
    out.object(
        "partial_snapshot",
        () ->
            out.number("ongoing_create_snapshot_requests", 0)
                .flag("is_recovering", false)
                .number("recovery_timestamp", 0));
  }

  private void local(long level) {
    Map<String, Long> vectors = vectors();
    out.text("variant_name", "local shard");
    out.text("status", info.status().name().toLowerCase(Locale.ROOT));
    out.number("total_optimized_points", 0);
    out.number("vectors_size_bytes", shown(bytes(vectors)));
    out.number("payloads_size_bytes", shown(payloadBytes));
    out.number("num_points", shown(info.points()));
    out.number("num_vectors", shown(vectors.values().stream().mapToLong(Long::longValue).sum()));
    out.counts("num_vectors_by_name", shown(vectors));
    if (level >= 4) {
      out.array("segments", () -> segments.forEach(s -> out.object(() -> segment(s))));
    }
    out.object(
        "optimizations",
        () -> {
          optimizersStatus("status");
          out.object("optimizations", () -> out.number("count", 0));
          out.emptyArray("log");
        });
    out.flag("async_scorer", false);
    if (level >= 4) {
      Map<String, Long> flat = new TreeMap<>();
      segments.stream()
          .filter(s -> !s.hasGraph())
          .forEach(s -> s.vectors().forEach((name, n) -> flat.merge(name, n, Long::sum)));
      out.counts("indexed_only_excluded_vectors", shown(flat));
    }
    Progress progress = collection.progress();
    out.object(
        "update_queue",
        () -> {
          out.number("length", Math.max(0, progress.logged() - progress.searchable()));
          out.number("op_num", progress.searchable() + 1);
          if (CollectionConfigJson.preventsUnoptimized(collection.config())) {
            out.number("deferred_points", collection.deferredPoints());
          }
        });
  }

  private void segment(SegmentFacts segment) {
    long vectors = segment.vectors().values().stream().mapToLong(Long::longValue).sum();
    out.object(
        "info",
        () -> {
          out.text("uuid", segment.id().toString());
          out.text("segment_type", segment.hasGraph() ? "indexed" : "plain");
          out.number("num_vectors", shown(vectors));
          out.number("num_points", shown(segment.points()));
          out.number("num_deferred_points", 0);
          out.number("num_deleted_deferred_points", 0);
          out.number("num_indexed_vectors", segment.hasGraph() ? shown(vectors) : 0);
          out.number("num_deleted_vectors", shown(segment.deleted()));
          out.number("vectors_size_bytes", shown(bytes(segment.vectors())));
          out.number("payloads_size_bytes", 0);
          out.number("ram_usage_bytes", 0);
          out.number("disk_usage_bytes", shown(bytes(segment.vectors())));
          out.flag("is_appendable", segment == UNWRITTEN);
          out.object("index_schema", () -> {});
          out.object("vector_data", () -> {});
        });
    out.object(
        "config",
        () -> {
          out.object("vector_data", () -> {});
          out.object("payload_storage_type", () -> out.text("type", "mmap"));
        });
    out.array(
        "vector_index_searches",
        () -> {
          for (String name : new TreeMap<>(segment.vectors()).keySet()) {
            out.object(() -> {
              out.text("index_name", MetricsEndpoint.shown(name, anonymized));
              SEARCHES.forEach(search -> out.object(search, () -> out.number("count", 0)));
            });
          }
        });
    out.emptyArray("payload_field_indices");
  }
}
