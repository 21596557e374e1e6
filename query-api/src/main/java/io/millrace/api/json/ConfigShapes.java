package io.millrace.api.json;

import io.millrace.model.BadInput;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// The tables of a collection's configuration: every field, its type and its range (Qdrant 1.19,
/// `CreateCollection` and `UpdateCollection`).
final class ConfigShapes {
  private ConfigShapes() {}

  /// Here shards are only echoed: what is told about a cluster lists every one.
  private static final int SHARDS = 4_096;

  private static final Shape MEMORY = Shape.choice("cold", "cached", "pinned");

  private static final Shape DENSE_MEMORY =
      (node, at, violations) -> {
        JsonNode memory = MEMORY.read(node, at, violations);
        if (memory.stringValue().equals("pinned")) {
          violations.add(at, "`pinned` memory placement is not supported for dense vector storage");
        }
        return memory;
      };

  private static final Shape PAYLOAD_STORAGE =
      Shape.struct("struct PayloadStorageParams")
          .with(
              "memory",
              (node, at, violations) -> {
                JsonNode memory = MEMORY.read(node, at, violations);
                if (memory.stringValue().equals("pinned")) {
                  violations.add(
                      at, "`pinned` memory placement is not supported for payload storage");
                }
                return memory;
              });

  private static final Shape HNSW =
      Shape.struct("struct HnswConfigDiff")
          .with("m", Shape.whole(0))
          .with("ef_construct", Shape.whole(4))
          .with("full_scan_threshold", Shape.whole(10), "full_scan_threshold_kb")
          .with("max_indexing_threads", Shape.whole(0))
          .with("on_disk", Shape.BOOL)
          .with("memory", MEMORY)
          .with("payload_m", Shape.whole(0))
          .with("inline_storage", Shape.BOOL);

  private static final Shape SCALAR =
      Shape.struct("struct ScalarQuantizationConfig")
          .require("type", Shape.choice("int8"))
          .with("quantile", Shape.decimal(0.5, 1.0))
          .with("always_ram", Shape.BOOL)
          .with("memory", MEMORY);

  private static final Shape PRODUCT =
      Shape.struct("struct ProductQuantizationConfig")
          .require("compression", Shape.choice("x4", "x8", "x16", "x32", "x64"))
          .with("always_ram", Shape.BOOL)
          .with("memory", MEMORY);

  private static final Shape BINARY =
      Shape.struct("struct BinaryQuantizationConfig")
          .with("always_ram", Shape.BOOL)
          .with("memory", MEMORY)
          .with("encoding", Shape.choice("one_bit", "two_bits", "one_and_half_bits"))
          .with("query_encoding", Shape.choice("default", "binary", "scalar4bits", "scalar8bits"));

  private static final Shape TURBO =
      Shape.struct("struct TurboQuantQuantizationConfig")
          .with("always_ram", Shape.BOOL)
          .with("memory", MEMORY)
          .with("bits", Shape.choice("bits1", "bits1_5", "bits2", "bits4"));

  private static final Shape QUANTIZATION =
      (node, at, violations) -> {
        Tree.object(node, "a quantization config");
        ObjectNode normal = Shape.NODES.objectNode();
        for (String kind : new String[] {"scalar", "product", "binary", "turbo"}) {
          JsonNode inner = Tree.field(node, kind);
          if (inner != null) {
            Shape shape =
                switch (kind) {
                  case "scalar" -> SCALAR;
                  case "product" -> PRODUCT;
                  case "binary" -> BINARY;
                  default -> TURBO;
                };
            normal.set(kind, shape.read(inner, at.field(kind), violations));
            return normal;
          }
        }
        throw BadInput.format("data did not match any variant of untagged enum QuantizationConfig");
      };

  /// As in PATCH, where the word `Disabled` takes a quantization away.
  private static final Shape QUANTIZATION_CHANGE =
      (node, at, violations) ->
          node.isString() && node.stringValue().equals("Disabled")
              ? node
              : QUANTIZATION.read(node, at, violations);

  static final Shape DATATYPE = Shape.choice("float32", "uint8", "float16", "turbo4");

  static final Shape MULTIVECTOR =
      Shape.struct("struct MultiVectorConfig").require("comparator", Shape.choice("max_sim"));

  static final Shape DISTANCE = Shape.choice("Cosine", "Euclid", "Dot", "Manhattan");

  private static final Shape VECTOR =
      Shape.struct("struct VectorParams")
          .require("size", Shape.whole(1, 65_536))
          .require("distance", DISTANCE)
          .with("hnsw_config", HNSW)
          .with("quantization_config", QUANTIZATION, "quantization")
          .with("on_disk", Shape.BOOL)
          .with("memory", DENSE_MEMORY)
          .with("datatype", DATATYPE)
          .with("multivector_config", MULTIVECTOR);

  /// One vector's parameters for the unnamed vector, or a map from name to parameters.
  private static final Shape VECTORS =
      (node, at, violations) -> {
        Tree.object(node, "vector params or a map of them");
        return isVectorParams(node)
            ? VECTOR.read(node, at, violations)
            : Shape.mapOf(VECTOR).read(node, at, violations);
      };

  private static final Shape VECTOR_CHANGE =
      Shape.struct("struct VectorParamsDiff")
          .with("hnsw_config", HNSW)
          .with("quantization_config", QUANTIZATION_CHANGE, "quantization")
          .with("on_disk", Shape.BOOL)
          .with("memory", DENSE_MEMORY);

  static final Shape SPARSE_DATATYPE =
      (node, at, violations) -> {
        JsonNode type = DATATYPE.read(node, at, violations);
        if (type.stringValue().equals("turbo4")) {
          violations.add(at, "sparse vectors do not support the `turbo4` datatype");
        }
        return type;
      };

  private static final Shape SPARSE_VECTOR =
      Shape.struct("struct SparseVectorParams")
          .with(
              "index",
              Shape.struct("struct SparseIndexParams")
                  .with("full_scan_threshold", Shape.whole(0))
                  .with("on_disk", Shape.BOOL)
                  .with("memory", MEMORY)
                  .with("datatype", SPARSE_DATATYPE))
          .with("modifier", Shape.choice("none", "idf"));

  private static final Shape WAL =
      Shape.struct("struct WalConfigDiff")
          .with("wal_capacity_mb", Shape.whole(1))
          .with("wal_segments_ahead", Shape.whole(0))
          .with("wal_retain_closed", Shape.whole(0));

  private static final Shape OPTIMIZERS =
      Shape.struct("struct OptimizersConfigDiff")
          .with("deleted_threshold", Shape.decimal(0.0, 1.0))
          .with("vacuum_min_vector_number", Shape.whole(100))
          .with("default_segment_number", Shape.whole(0))
          .with("max_segment_size", Shape.whole(1), "max_segment_size_kb")
          .with("memmap_threshold", Shape.whole(0), "memmap_threshold_kb")
          .with("indexing_threshold", Shape.whole(0), "indexing_threshold_kb")
          .with("flush_interval_sec", Shape.whole(0))
          .with(
              "max_optimization_threads",
              (node, at, violations) ->
                  node.isString()
                      ? Shape.choice("auto").read(node, at, violations)
                      : Shape.whole(0).read(node, at, violations))
          .with("prevent_unoptimized", Shape.BOOL);

  static final Shape STRICT_MODE =
      Shape.struct("struct StrictModeConfig")
          .with("enabled", Shape.BOOL)
          .with("max_query_limit", Shape.whole(1))
          .with("max_timeout", Shape.whole(1))
          .with("unindexed_filtering_retrieve", Shape.BOOL)
          .with("unindexed_filtering_update", Shape.BOOL)
          .with("search_max_hnsw_ef", Shape.whole(0))
          .with("search_allow_exact", Shape.BOOL)
          .with(
              "search_max_oversampling",
              Shape.decimal(Double.NEGATIVE_INFINITY, Double.POSITIVE_INFINITY))
          .with("upsert_max_batchsize", Shape.whole(0))
          .with("search_max_batchsize", Shape.whole(0))
          .with("max_collection_vector_size_bytes", Shape.whole(0))
          .with("read_rate_limit", Shape.whole(1))
          .with("write_rate_limit", Shape.whole(1))
          .with("max_collection_payload_size_bytes", Shape.whole(0))
          .with("max_points_count", Shape.whole(1))
          .with("filter_max_conditions", Shape.whole(0))
          .with("condition_max_size", Shape.whole(0))
          .with(
              "multivector_config",
              Shape.mapOf(
                  Shape.struct("struct StrictModeMultivector").with("max_vectors", Shape.whole(1))))
          .with(
              "sparse_config",
              Shape.mapOf(
                  Shape.struct("struct StrictModeSparse").with("max_length", Shape.whole(1))))
          .with("max_payload_index_count", Shape.whole(0))
          .with("max_resident_memory_percent", Shape.whole(1, 100));

  static final Shape.Struct CREATE =
      Shape.struct("struct CreateCollection")
          .with("vectors", VECTORS)
          .with("shard_number", ConfigShapes::shardNumber)
          .with("sharding_method", Shape.choice("auto", "custom"))
          .with("replication_factor", Shape.u32(1))
          .with("write_consistency_factor", Shape.u32(1))
          .with("on_disk_payload", Shape.BOOL)
          .with("payload", PAYLOAD_STORAGE)
          .with("hnsw_config", HNSW)
          .with("wal_config", WAL)
          .with("optimizers_config", OPTIMIZERS, "optimizer_config")
          .with("quantization_config", QUANTIZATION, "quantization")
          .with("sparse_vectors", Shape.mapOf(SPARSE_VECTOR))
          .with("strict_mode_config", STRICT_MODE)
          .with("metadata", Shape.FREE_OBJECT);

  static final Shape.Struct UPDATE =
      Shape.struct("struct UpdateCollection")
          .with("vectors", Shape.mapOf(VECTOR_CHANGE))
          .with("optimizers_config", OPTIMIZERS, "optimizer_config")
          .with(
              "params",
              Shape.struct("struct CollectionParamsDiff")
                  .with("replication_factor", Shape.u32(1))
                  .with("write_consistency_factor", Shape.u32(1))
                  .with("read_fan_out_factor", Shape.u32(0))
                  .with("read_fan_out_delay_ms", Shape.whole(0))
                  .with("on_disk_payload", Shape.BOOL)
                  .with("payload", PAYLOAD_STORAGE))
          .with("hnsw_config", HNSW)
          .with("quantization_config", QUANTIZATION_CHANGE, "quantization")
          .with("sparse_vectors", Shape.mapOf(SPARSE_VECTOR))
          .with("strict_mode_config", STRICT_MODE)
          .with("metadata", Shape.FREE_OBJECT);

  /// A map of vectors whose names happen to be `size` and `distance` is still a map.
  static boolean isVectorParams(JsonNode vectors) {
    JsonNode size = vectors.get("size");
    JsonNode distance = vectors.get("distance");
    return size != null && distance != null && !size.isObject() && !distance.isObject();
  }

  private static JsonNode shardNumber(JsonNode node, At at, Violations violations) {
    JsonNode number = Shape.u32(1).read(node, at, violations);
    if (number.longValue() > SHARDS) {
      throw BadInput.badRequest(
          "A collection has at most " + SHARDS + " shards, got " + number.longValue());
    }
    return number;
  }
}
