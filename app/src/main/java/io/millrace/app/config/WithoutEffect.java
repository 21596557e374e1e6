package io.millrace.app.config;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Keys of Qdrant's that have no meaning here, so that a setup made for Qdrant starts. Each is told
/// of with the reason; a section stands for all keys below it.
final class WithoutEffect {
  private static final String CLUSTER = "cluster";

  private static final Map<String, String> REASONS = reasons();

  private WithoutEffect() {}

  private static Map<String, String> reasons() {
    var reasons = new LinkedHashMap<String, String>();
    reasons.put(CLUSTER, "there is one node");
    reasons.put("gpu", "graphs are built by the processor");
    reasons.put("feature_flags", "they belong to Qdrant's program");
    reasons.put("service.max_workers", "the number of threads follows the cores");
    reasons.put(
        "service.http_client_disconnect_timeout_sec",
        "a connection is closed without waiting for the other side");
    reasons.put("service.hardware_reporting", "what a request costs is not counted by collection");
    reasons.put("storage.node_type", "there is one node");
    reasons.put("storage.shard_transfer_method", "there is one node");
    reasons.put("storage.handle_collection_load_errors", "that is always done");
    reasons.put(
        "storage.update_concurrency", "one thread of each collection applies what is written");
    reasons.put("storage.update_queue_size", "the log is the queue, bounded in bytes");
    reasons.put("storage.performance.async_scorer", "rows are read where they are mapped");
    reasons.put("storage.performance.update_rate_limit", "strict mode limits rates");
    reasons.put("storage.performance.incoming_shard_transfers_limit", "there is one node");
    reasons.put("storage.performance.outgoing_shard_transfers_limit", "there is one node");
    reasons.put(
        "storage.performance.optimizer_cpu_budget",
        "storage.optimizers.max_optimization_threads is the budget of all collections");
    reasons.put(
        "storage.performance.load_concurrency", "collections are opened by as many as cores");
    reasons.put("storage.collection.shard_number_per_node", "there is one node");
    return reasons;
  }

  /// Why a key has no effect; empty for one that has, or that nobody knows.
  static Optional<String> reason(String path) {
    for (Map.Entry<String, String> entry : REASONS.entrySet()) {
      if (path.equals(entry.getKey()) || path.startsWith(entry.getKey() + ".")) {
        return Optional.of(entry.getValue());
      }
    }
    return Optional.empty();
  }

  /// Whether it is worth a word: who says that a cluster is off asks for nothing.
  static boolean isTold(String path, Tree value) {
    return switch (value) {
      case Tree.Fields fields when path.equals(CLUSTER) ->
          Optional.ofNullable(fields.fields().get("enabled")).stream()
              .anyMatch(enabled -> isTold(CLUSTER + ".enabled", enabled));
      case Tree.Scalar scalar ->
          !scalar.isNull() && !(path.equals(CLUSTER + ".enabled") && scalar.text().equals("false"));
      case Tree.Fields fields -> true;
      case Tree.Items items -> true;
    };
  }

  static List<String> paths() {
    return List.copyOf(REASONS.keySet());
  }
}
