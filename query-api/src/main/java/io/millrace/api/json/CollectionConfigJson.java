package io.millrace.api.json;

import io.millrace.api.strict.StrictSettings;
import io.millrace.model.BadInput;
import io.millrace.model.CollectionConfig;
import io.millrace.model.Distance;
import io.millrace.model.PayloadBytes;
import io.millrace.model.PayloadIndex;
import io.millrace.model.PayloadPath;
import io.millrace.model.PayloadSchema;
import io.millrace.model.Placement;
import io.millrace.model.SparseConfig;
import io.millrace.model.VectorConfig;
import io.millrace.model.VectorConfig.Quantization;
import io.millrace.model.VectorDatatype;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// A collection's configuration: read from a create or PATCH body, kept, and echoed with defaults.
///
/// What is kept is the description of [CollectionConfig]: the create body in its normal form
/// ([ConfigShapes]) with every later change merged in, under `payload_schema` the declared indexes,
/// and under `vectors_since` since when vectors that were added later exist. The typed values
/// beside it are derived from it and never the other way round.
public final class CollectionConfigJson {
  private static final String SCHEMA = "payload_schema";

  /// The sequence from which on a vector exists that was added later, by its name.
  static final String SINCE = "vectors_since";

  private static final int NAME_BYTES = 200;

  private CollectionConfigJson() {}

  /// Reads a create body.
  public static CollectionConfig parse(String json) {
    return JsonIn.read(json, CollectionConfigJson::parse);
  }

  /// @param defaults for what the body does not say
  public static CollectionConfig parse(String json, CollectionDefaults defaults) {
    return JsonIn.read(json, in -> parse(in, defaults));
  }

  public static CollectionConfig parse(JsonIn in) {
    return parse(in, CollectionDefaults.NONE);
  }

  /// @param defaults for what the body does not say
  public static CollectionConfig parse(JsonIn in, CollectionDefaults defaults) {
    ObjectNode normal = ConfigShapes.CREATE.read(in.tree(), At.BODY, in.violations());
    // Ranges first: what follows relies on them.
    in.violations().check();
    defaults.fill(normal);
    dropAuto(normal);
    checkNames(normal);
    return typed(normal);
  }

  /// A change that is read before the collection it applies to is known.
  public record Change(JsonNode normal) {}

  public static Change parseChange(JsonIn in) {
    return new Change(ConfigShapes.UPDATE.read(in.tree(), At.BODY, in.violations()));
  }

  /// The configuration with a change merged in: objects field by field, quantizations as a whole.
  public static CollectionConfig changed(CollectionConfig config, Change change) {
    ObjectNode merged = description(config);
    for (Map.Entry<String, JsonNode> entry : change.normal().properties()) {
      String key = entry.getKey();
      JsonNode value = entry.getValue();
      switch (key) {
        case "params" -> merge(merged, value);
        case "quantization_config" -> replaceQuantization(merged, value);
        case "vectors" -> mergeVectors(merged, value);
        case "sparse_vectors" -> mergeSparse(merged, value);
        case "metadata" -> mergeMetadata(merged, value);
        default -> merge(merged.withObjectProperty(key), value);
      }
    }
    dropAuto(merged);
    return typed(merged);
  }

  private static void merge(ObjectNode into, JsonNode change) {
    for (Map.Entry<String, JsonNode> entry : change.properties()) {
      JsonNode old = into.get(entry.getKey());
      if (old instanceof ObjectNode object && entry.getValue().isObject()) {
        merge(object, entry.getValue());
      } else {
        into.set(entry.getKey(), entry.getValue());
      }
    }
  }

  private static void replaceQuantization(ObjectNode into, JsonNode value) {
    if (value.isObject()) {
      into.set("quantization_config", value);
    } else {
      into.remove("quantization_config");
    }
  }

  private static void mergeVectors(ObjectNode merged, JsonNode changes) {
    JsonNode vectors = merged.path("vectors");
    for (Map.Entry<String, JsonNode> entry : changes.properties()) {
      String name = entry.getKey();
      JsonNode vector =
          name.isEmpty() && ConfigShapes.isVectorParams(vectors) ? vectors : vectors.get(name);
      if (!(vector instanceof ObjectNode old)) {
        throw BadInput.unknownVector(name);
      }
      for (Map.Entry<String, JsonNode> field : entry.getValue().properties()) {
        switch (field.getKey()) {
          case "quantization_config" -> replaceQuantization(old, field.getValue());
          case "hnsw_config" -> merge(old.withObjectProperty("hnsw_config"), field.getValue());
          default -> old.set(field.getKey(), field.getValue());
        }
      }
    }
  }

  private static void mergeSparse(ObjectNode merged, JsonNode changes) {
    for (Map.Entry<String, JsonNode> entry : changes.properties()) {
      if (!(merged.path("sparse_vectors").get(entry.getKey()) instanceof ObjectNode old)) {
        throw BadInput.wrong(
            "Sparse vector `" + entry.getKey() + "` is not specified in collection config");
      }
      merge(old, entry.getValue());
    }
  }

  private static void mergeMetadata(ObjectNode merged, JsonNode changes) {
    ObjectNode metadata = merged.withObjectProperty("metadata");
    for (Map.Entry<String, JsonNode> entry : changes.properties()) {
      if (entry.getValue().isNull()) {
        metadata.remove(entry.getKey());
      } else {
        metadata.set(entry.getKey(), entry.getValue());
      }
    }
  }

  /// `auto` is kept as absence.
  private static void dropAuto(ObjectNode description) {
    if (description.get("optimizers_config") instanceof ObjectNode optimizers
        && optimizers.path("max_optimization_threads").isString()) {
      optimizers.remove("max_optimization_threads");
    }
  }

  private static void checkNames(ObjectNode normal) {
    Map<String, JsonNode> vectors = vectorParams(normal);
    for (String name : vectors.keySet()) {
      checkName(name);
    }
    for (String name : normal.path("sparse_vectors").propertyNames()) {
      if (name.isEmpty()) {
        throw BadInput.wrong("Sparse vector name cannot be empty");
      }
      checkName(name);
      if (vectors.containsKey(name)) {
        throw BadInput.wrong(
            "Dense and sparse vector names must be unique - duplicate found with '" + name + "'");
      }
    }
  }

  static void checkName(String name) {
    if (name.getBytes(java.nio.charset.StandardCharsets.UTF_8).length > NAME_BYTES) {
      throw BadInput.wrong(
          "Vector name is longer than " + NAME_BYTES + " bytes: " + JsonIn.shortened(name));
    }
    Names.banned(name)
        .ifPresent(c -> {
          throw BadInput.wrong("vector name cannot contain \"" + c + "\" char");
        });
  }

  /// Every dense vector's parameters by name.
  static Map<String, JsonNode> vectorParams(JsonNode description) {
    Map<String, JsonNode> params = new LinkedHashMap<>();
    JsonNode vectors = description.path("vectors");
    if (ConfigShapes.isVectorParams(vectors)) {
      params.put("", vectors);
    } else {
      vectors.forEachEntry(params::put);
    }
    return params;
  }

  /// What the engine acts on, derived from a description.
  static CollectionConfig typed(ObjectNode description) {
    SortedMap<String, VectorConfig> vectors = new TreeMap<>();
    JsonNode common = description.path("hnsw_config");
    vectorParams(description)
        .forEach((name, params) -> vectors.put(name, vector(description, common, name, params)));
    long threshold =
        number(
            description.path("optimizers_config"),
            "indexing_threshold",
            CollectionConfig.DEFAULT_INDEXING_THRESHOLD_KB);
    SortedMap<String, SparseConfig> sparse = new TreeMap<>();
    description
        .path("sparse_vectors")
        .forEachEntry((name, params) ->
            sparse.put(
                name,
                new SparseConfig(
                    "idf".equals(params.path("modifier").asString("")), since(description, name))));
    return new CollectionConfig(
        vectors,
        sparse,
        threshold,
        defersPoints(description),
        PayloadBytes.of(JsonIn.MAPPER.writeValueAsString(description)),
        payloadSchema(description));
  }

  private static boolean defersPoints(ObjectNode description) {
    JsonNode optimizers = description.path("optimizers_config");
    return optimizers.path("prevent_unoptimized").booleanValue(false)
        && optimizers.path("max_optimization_threads").isIntegralNumber()
        && optimizers.path("max_optimization_threads").intValue() == 0;
  }

  private static PayloadSchema payloadSchema(ObjectNode description) {
    Map<PayloadPath, PayloadIndex> indexes = new LinkedHashMap<>();
    description
        .path(SCHEMA)
        .forEachEntry((path, schema) ->
            indexes.put(PayloadPath.parse(path), new IndexSchema(schema).typed()));
    return new PayloadSchema(indexes);
  }

  private static VectorConfig vector(
      JsonNode description, JsonNode common, String name, JsonNode params) {
    VectorConfig defaults = VectorConfig.of(1, Distance.COSINE);
    JsonNode own = params.path("hnsw_config");
    JsonNode quantization =
        params.has("quantization_config")
            ? params.path("quantization_config")
            : description.path("quantization_config");
    return new VectorConfig(
        params.path("size").intValue(),
        Distance.valueOf(params.path("distance").stringValue().toUpperCase(java.util.Locale.ROOT)),
        clamped(number(own, "m", number(common, "m", defaults.m()))),
        clamped(
            number(own, "ef_construct", number(common, "ef_construct", defaults.efConstruct()))),
        number(
            own,
            "full_scan_threshold",
            number(common, "full_scan_threshold", defaults.fullScanThresholdKb())),
        quantization(quantization),
        VectorDatatype.valueOf(
            params.path("datatype").asString("float32").toUpperCase(java.util.Locale.ROOT)),
        params.has("multivector_config"),
        since(description, name),
        payloadM(common, own),
        placement(common, params, quantization));
  }

  private static int payloadM(JsonNode common, JsonNode own) {
    long m = number(own, "m", number(common, "m", VectorConfig.of(1, Distance.COSINE).m()));
    return clamped(number(own, "payload_m", number(common, "payload_m", m)));
  }

  /// `memory` where it is given, else the older flags.
  private static Placement placement(JsonNode common, JsonNode params, JsonNode quantization) {
    boolean coldRows = isCold(params, false);
    boolean coldGraph = isCold(params.path("hnsw_config"), isCold(common, false));
    JsonNode quantized = quantization.isEmpty() ? quantization : quantization.iterator().next();
    JsonNode pinned = quantized.get("always_ram");
    boolean alwaysInMemory = pinned != null && pinned.booleanValue(false);
    return new Placement(coldRows, coldGraph, isCold(quantized, coldRows && !alwaysInMemory));
  }

  private static boolean isCold(JsonNode storage, boolean otherwise) {
    if (storage.path("memory").isString()) {
      return storage.path("memory").stringValue().equals("cold");
    }
    return storage.path("on_disk").booleanValue(otherwise);
  }

  private static long since(JsonNode description, String name) {
    return number(description.path(SINCE), name, 0);
  }

  /// Without a quantile the whole range of values sets the scale.
  private static Quantization quantization(JsonNode quantization) {
    JsonNode scalar = quantization.get("scalar");
    if (scalar == null) {
      return new Quantization.None();
    }
    JsonNode quantile = scalar.get("quantile");
    return new Quantization.Scalar(quantile == null ? 1.0f : quantile.floatValue());
  }

  private static int clamped(long value) {
    return value < 0 ? Integer.MAX_VALUE : (int) Math.min(value, Integer.MAX_VALUE);
  }

  private static long number(JsonNode object, String field, long otherwise) {
    JsonNode value = object.get(field);
    if (value == null || !value.isNumber()) {
      return otherwise;
    }
    return value.canConvertToLong() ? value.longValue() : Long.MAX_VALUE;
  }

  /// The description of a configuration, also of one that was made without JSON. A fresh copy.
  static ObjectNode description(CollectionConfig config) {
    if (!config.description().isEmptyObject()
        && JsonIn.MAPPER.readTree(config.description().utf8()) instanceof ObjectNode given) {
      return given;
    }
    ObjectNode made = Shape.NODES.objectNode();
    if (config.indexingThresholdKb() != CollectionConfig.DEFAULT_INDEXING_THRESHOLD_KB) {
      made.withObjectProperty("optimizers_config")
          .put("indexing_threshold", config.indexingThresholdKb());
    }
    VectorConfig unnamed = config.vectors().get("");
    if (unnamed != null && config.vectors().size() == 1) {
      made.set("vectors", describe(unnamed));
    } else {
      ObjectNode vectors = made.withObjectProperty("vectors");
      config.vectors().forEach((name, vector) -> vectors.set(name, describe(vector)));
    }
    config
        .sparse()
        .forEach((name, sparse) -> {
          ObjectNode params = made.withObjectProperty("sparse_vectors").withObjectProperty(name);
          if (sparse.idf()) {
            params.put("modifier", "idf");
          }
        });
    for (String name : config.vectorNames()) {
      if (config.since(name) > 0) {
        made.withObjectProperty(SINCE).put(name, config.since(name));
      }
    }
    return made;
  }

  private static ObjectNode describe(VectorConfig vector) {
    VectorConfig defaults = VectorConfig.of(vector.size(), vector.distance());
    ObjectNode params = Shape.NODES.objectNode();
    params.put("size", vector.size());
    params.put(
        "distance",
        switch (vector.distance()) {
          case COSINE -> "Cosine";
          case DOT -> "Dot";
          case EUCLID -> "Euclid";
          case MANHATTAN -> "Manhattan";
        });
    if (vector.m() != defaults.m()) {
      params.withObjectProperty("hnsw_config").put("m", vector.m());
    }
    if (vector.efConstruct() != defaults.efConstruct()) {
      params.withObjectProperty("hnsw_config").put("ef_construct", vector.efConstruct());
    }
    if (vector.fullScanThresholdKb() != defaults.fullScanThresholdKb()) {
      params
          .withObjectProperty("hnsw_config")
          .put("full_scan_threshold", vector.fullScanThresholdKb());
    }
    if (vector.payloadM() != vector.m()) {
      params.withObjectProperty("hnsw_config").put("payload_m", vector.payloadM());
    }
    if (vector.placement().coldGraph()) {
      params.withObjectProperty("hnsw_config").put("on_disk", true);
    }
    if (vector.placement().coldRows()) {
      params.put("on_disk", true);
    }
    if (vector.datatype() != VectorDatatype.FLOAT32) {
      params.put("datatype", vector.datatype().name().toLowerCase(java.util.Locale.ROOT));
    }
    if (vector.isMulti()) {
      params.withObjectProperty("multivector_config").put("comparator", "max_sim");
    }
    switch (vector.quantization()) {
      case Quantization.None _ -> {}
      case Quantization.Scalar(float quantile) ->
          params
              .withObjectProperty("quantization_config")
              .withObjectProperty("scalar")
              .put("type", "int8")
              .put("quantile", quantile);
    }
    return params;
  }

  /// Writes the `config` of a collection's info: what was given, and defaults for the rest
  /// (behaviour of Qdrant 1.19; which fields are null and which are absent matters to its clients).
  public static void write(JsonGenerator out, CollectionConfig config) {
    ObjectNode description = description(config);
    out.writeStartObject();
    out.writeName("params");
    writeParams(out, description);
    out.writeName("hnsw_config");
    writeHnsw(out, description.path("hnsw_config"));
    out.writeName("optimizer_config");
    writeOptimizers(out, description.path("optimizers_config"));
    out.writeName("wal_config");
    writeWal(out, description.path("wal_config"));
    out.writeName("quantization_config");
    writeOr(out, description.get("quantization_config"), null);
    writeIfGiven(out, description, "strict_mode_config");
    writeIfGiven(out, description, "metadata");
    out.writeEndObject();
  }

  /// Writes the `params` of a configuration alone.
  public static void writeParams(JsonGenerator out, CollectionConfig config) {
    writeParams(out, description(config));
  }

  private static void writeParams(JsonGenerator out, ObjectNode description) {
    out.writeStartObject();
    out.writeName("vectors");
    out.writeStartObject();
    JsonNode vectors = description.path("vectors");
    if (vectors instanceof ObjectNode given) {
      // An empty hnsw diff is as good as none.
      vectorParams(description)
          .forEach((_, params) -> {
            if (params.path("hnsw_config").isEmpty() && params instanceof ObjectNode p) {
              p.remove("hnsw_config");
            }
          });
      given.forEachEntry((key, value) -> {
        out.writeName(key);
        out.writeTree(value);
      });
    }
    out.writeEndObject();
    writeLong(out, description, "shard_number", 1);
    writeIfGiven(out, description, "sharding_method");
    writeLong(out, description, "replication_factor", 1);
    writeLong(out, description, "write_consistency_factor", 1);
    writeIfGiven(out, description, "read_fan_out_factor");
    writeIfGiven(out, description, "read_fan_out_delay_ms");
    JsonNode onDisk = description.get("on_disk_payload");
    out.writeBooleanProperty("on_disk_payload", onDisk == null || onDisk.booleanValue());
    writeIfGiven(out, description, "payload");
    if (!description.path("sparse_vectors").isEmpty()) {
      writeIfGiven(out, description, "sparse_vectors");
    }
    out.writeEndObject();
  }

  private static void writeHnsw(JsonGenerator out, JsonNode hnsw) {
    out.writeStartObject();
    writeLong(out, hnsw, "m", 16);
    writeLong(out, hnsw, "ef_construct", 100);
    writeLong(out, hnsw, "full_scan_threshold", 10_000);
    writeLong(out, hnsw, "max_indexing_threads", 0);
    JsonNode onDisk = hnsw.get("on_disk");
    out.writeBooleanProperty("on_disk", onDisk != null && onDisk.booleanValue());
    writeIfGiven(out, hnsw, "memory");
    writeIfGiven(out, hnsw, "payload_m");
    writeIfGiven(out, hnsw, "inline_storage");
    out.writeEndObject();
  }

  private static void writeOptimizers(JsonGenerator out, JsonNode optimizers) {
    out.writeStartObject();
    JsonNode deleted = optimizers.get("deleted_threshold");
    out.writeNumberProperty("deleted_threshold", deleted == null ? 0.2 : deleted.doubleValue());
    writeLong(out, optimizers, "vacuum_min_vector_number", 1_000);
    writeLong(out, optimizers, "default_segment_number", 0);
    writeNullable(out, optimizers, "max_segment_size");
    writeNullable(out, optimizers, "memmap_threshold");
    writeLong(
        out, optimizers, "indexing_threshold", CollectionConfig.DEFAULT_INDEXING_THRESHOLD_KB);
    writeLong(out, optimizers, "flush_interval_sec", 5);
    writeNullable(out, optimizers, "max_optimization_threads");
    writeNullable(out, optimizers, "prevent_unoptimized");
    out.writeEndObject();
  }

  private static void writeWal(JsonGenerator out, JsonNode wal) {
    out.writeStartObject();
    writeLong(out, wal, "wal_capacity_mb", 32);
    writeLong(out, wal, "wal_segments_ahead", 0);
    writeLong(out, wal, "wal_retain_closed", 1);
    out.writeEndObject();
  }

  private static void writeLong(JsonGenerator out, JsonNode from, String field, long otherwise) {
    out.writeName(field);
    JsonNode value = from.get(field);
    if (value == null) {
      out.writeNumber(otherwise);
    } else {
      out.writeTree(value);
    }
  }

  private static void writeNullable(JsonGenerator out, JsonNode from, String field) {
    out.writeName(field);
    writeOr(out, from.get(field), null);
  }

  private static void writeOr(
      JsonGenerator out, @Nullable JsonNode value, @Nullable JsonNode otherwise) {
    JsonNode written = value != null ? value : otherwise;
    if (written == null) {
      out.writeNull();
    } else {
      out.writeTree(written);
    }
  }

  private static void writeIfGiven(JsonGenerator out, JsonNode from, String field) {
    JsonNode value = from.get(field);
    if (value != null) {
      out.writeName(field);
      out.writeTree(value);
    }
  }

  /// Whether points may wait unindexed, which the info then counts.
  public static boolean preventsUnoptimized(CollectionConfig config) {
    return description(config)
        .path("optimizers_config")
        .path("prevent_unoptimized")
        .booleanValue(false);
  }

  /// What it asks for that will not take place.
  public static List<String> warnings(CollectionConfig config) {
    ObjectNode description = description(config);
    return ConfigWarnings.of(description, vectorParams(description));
  }

  public static StrictSettings strictMode(CollectionConfig config) {
    return StrictModeJson.settings(description(config).path("strict_mode_config"));
  }

  /// What the user keeps with a collection; missing if there is nothing.
  public static JsonNode metadata(CollectionConfig config) {
    return description(config).path("metadata");
  }

  /// The number of shards the client asked for.
  public static int shards(CollectionConfig config) {
    return clamped(number(description(config), "shard_number", 1));
  }

  /// Whether the client wants to say by keys which shard a point belongs to.
  public static boolean hasShardKeys(CollectionConfig config) {
    return description(config).path("sharding_method").asString("").equals("custom");
  }

  /// The declared payload indexes by path.
  public static SortedMap<String, IndexSchema> indexes(CollectionConfig config) {
    SortedMap<String, IndexSchema> indexes = new TreeMap<>();
    description(config)
        .path(SCHEMA)
        .forEachEntry((path, schema) -> indexes.put(path, new IndexSchema(schema)));
    return indexes;
  }

  /// The configuration with an index declared; empty if it is there already in the same form.
  public static Optional<CollectionConfig> withIndex(
      CollectionConfig config, String path, IndexSchema schema) {
    ObjectNode description = description(config);
    ObjectNode indexes = description.withObjectProperty(SCHEMA);
    if (schema.normal().equals(indexes.get(path))) {
      return Optional.empty();
    }
    indexes.set(path, schema.normal());
    return Optional.of(typed(description));
  }

  /// The configuration without that index; empty if there is none.
  public static Optional<CollectionConfig> withoutIndex(CollectionConfig config, String path) {
    ObjectNode description = description(config);
    if (!(description.get(SCHEMA) instanceof ObjectNode indexes) || indexes.remove(path) == null) {
      return Optional.empty();
    }
    return Optional.of(typed(description));
  }
}
