package io.millrace.api.json;

import io.millrace.api.strict.StrictSettings;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import tools.jackson.databind.JsonNode;

/// A collection's `strict_mode_config` as it is kept.
final class StrictModeJson {
  private StrictModeJson() {}

  /// @param config in its normal form, or missing
  static StrictSettings settings(JsonNode config) {
    return new StrictSettings(
        config.path("enabled").booleanValue(false),
        whole(config, "max_query_limit"),
        whole(config, "max_timeout"),
        flag(config, "unindexed_filtering_retrieve"),
        flag(config, "unindexed_filtering_update"),
        whole(config, "search_max_hnsw_ef"),
        flag(config, "search_allow_exact"),
        decimal(config, "search_max_oversampling"),
        whole(config, "upsert_max_batchsize"),
        whole(config, "search_max_batchsize"),
        whole(config, "max_collection_vector_size_bytes"),
        whole(config, "max_collection_payload_size_bytes"),
        count(config, "max_points_count"),
        count(config, "read_rate_limit"),
        count(config, "write_rate_limit"),
        count(config, "filter_max_conditions"),
        count(config, "condition_max_size"),
        byName(config.path("multivector_config"), "max_vectors"),
        byName(config.path("sparse_config"), "max_length"),
        count(config, "max_payload_index_count"),
        whole(config, "max_resident_memory_percent"));
  }

  private static Optional<Boolean> flag(JsonNode config, String field) {
    JsonNode node = config.path(field);
    return node.isBoolean() ? Optional.of(node.booleanValue()) : Optional.empty();
  }

  /// A limit of what is counted here and never gets near the largest long.
  private static OptionalLong count(JsonNode config, String field) {
    OptionalLong limit = whole(config, field);
    return limit.isPresent() && limit.getAsLong() < 0 ? OptionalLong.of(Long.MAX_VALUE) : limit;
  }

  /// Unsigned.
  private static OptionalLong whole(JsonNode config, String field) {
    JsonNode node = config.path(field);
    return node.isIntegralNumber()
        ? OptionalLong.of(node.bigIntegerValue().longValue())
        : OptionalLong.empty();
  }

  private static OptionalDouble decimal(JsonNode config, String field) {
    JsonNode node = config.path(field);
    return node.isNumber() ? OptionalDouble.of(node.doubleValue()) : OptionalDouble.empty();
  }

  private static Map<String, Long> byName(JsonNode map, String field) {
    Map<String, Long> limits = new HashMap<>();
    map.forEachEntry((name, inner) -> {
      OptionalLong limit = count(inner, field);
      if (limit.isPresent()) {
        limits.put(name, limit.getAsLong());
      }
    });
    return limits;
  }
}
