package io.millrace.api.json;

import static io.millrace.api.json.PointJsonTest.fault;
import static io.millrace.api.json.PointJsonTest.written;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.model.CollectionConfig;
import io.millrace.model.Distance;
import io.millrace.model.Placement;
import io.millrace.model.VectorConfig;
import io.millrace.model.VectorConfig.Quantization;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class CollectionConfigJsonTest {
  private static final String DEFAULTS =
      "\"hnsw_config\":{\"m\":16,\"ef_construct\":100,\"full_scan_threshold\":10000,"
          + "\"max_indexing_threads\":0,\"on_disk\":false},"
          + "\"optimizer_config\":{\"deleted_threshold\":0.2,\"vacuum_min_vector_number\":1000,"
          + "\"default_segment_number\":0,\"max_segment_size\":null,\"memmap_threshold\":null,"
          + "\"indexing_threshold\":10000,\"flush_interval_sec\":5,"
          + "\"max_optimization_threads\":null,\"prevent_unoptimized\":null},"
          + "\"wal_config\":{\"wal_capacity_mb\":32,\"wal_segments_ahead\":0,"
          + "\"wal_retain_closed\":1},\"quantization_config\":null";

  private static String echo(CollectionConfig config) {
    return written(out -> CollectionConfigJson.write(out, config));
  }

  private static String echo(String create) {
    return echo(CollectionConfigJson.parse(create));
  }

  private static CollectionConfig changed(CollectionConfig config, String patch) {
    return CollectionConfigJson.changed(
        config, JsonIn.read(patch, CollectionConfigJson::parseChange));
  }

  private static String wrong(String create) {
    return fault(create, CollectionConfigJson::parse);
  }

  @Test
  void the_echo_holds_what_was_given_and_all_defaults() {
    assertThat(echo("{\"vectors\":{\"size\":4,\"distance\":\"Dot\",\"junk\":1}}"))
        .isEqualTo(
            "{\"params\":{\"vectors\":{\"size\":4,\"distance\":\"Dot\"},\"shard_number\":1,"
                + "\"replication_factor\":1,\"write_consistency_factor\":1,"
                + "\"on_disk_payload\":true},"
                + DEFAULTS
                + "}");
    assertThat(echo("{}")).startsWith("{\"params\":{\"vectors\":{},\"shard_number\":1,");
    assertThat(echo("{\"vectors\":{\"a\":{\"size\":4,\"distance\":\"Cosine\",\"on_disk\":true}}}"))
        .startsWith(
            "{\"params\":{\"vectors\":{\"a\":{\"size\":4,\"distance\":\"Cosine\",\"on_disk\":true}},");
  }

  @Test
  void a_configuration_made_without_json_has_an_echo_too() {
    assertThat(echo(CollectionConfig.unnamed(4, Distance.DOT)))
        .isEqualTo(echo("{\"vectors\":{\"size\":4,\"distance\":\"Dot\"}}"));
    assertThat(
            echo(
                CollectionConfig.of(
                    Map.of(
                        "a",
                        new VectorConfig(
                            3, Distance.EUCLID, 8, 100, 10_000, new Quantization.Scalar(0.75f))))))
        .startsWith(
            "{\"params\":{\"vectors\":{\"a\":{\"size\":3,\"distance\":\"Euclid\","
                + "\"hnsw_config\":{\"m\":8},\"quantization_config\":{\"scalar\":{"
                + "\"type\":\"int8\",\"quantile\":0.75}}}}");
  }

  @Test
  void placement_is_said_by_memory_or_by_older_flags() {
    assertThat(placement("'on_disk':true", "")).isEqualTo(new Placement(true, false, true));
    assertThat(placement("'on_disk':true,'memory':'cached'", "")).isEqualTo(Placement.CACHED);
    assertThat(placement("'memory':'cold'", "'always_ram':true"))
        .isEqualTo(new Placement(true, false, false));
    assertThat(placement("'hnsw_config':{'on_disk':true}", ""))
        .isEqualTo(new Placement(false, true, false));
    assertThat(placement("'on_disk':false", "'memory':'cold'"))
        .isEqualTo(new Placement(false, false, true));
  }

  private static Placement placement(String vector, String scalar) {
    String json =
        "{'vectors':{'size':4,'distance':'Dot',"
            + vector
            + ",'quantization_config':{'scalar':{'type':'int8'"
            + (scalar.isEmpty() ? "" : "," + scalar)
            + "}}}}";
    return CollectionConfigJson.parse(json.replace('\'', '"')).vectors().get("").placement();
  }

  @Test
  void the_engine_gets_the_effective_values() {
    CollectionConfig config =
        CollectionConfigJson.parse(
            "{\"vectors\":{\"a\":{\"size\":4,\"distance\":\"Cosine\"},"
                + "\"b\":{\"size\":8,\"distance\":\"Manhattan\",\"hnsw_config\":{\"m\":4,"
                + "\"full_scan_threshold\":20},\"quantization_config\":{\"binary\":{}}}},"
                + "\"hnsw_config\":{\"m\":32,\"ef_construct\":50},"
                + "\"quantization\":{\"scalar\":{\"type\":\"int8\",\"quantile\":0.9}},"
                + "\"optimizer_config\":{\"indexing_threshold_kb\":77}}");

    assertThat(config.vectors().get("a"))
        .isEqualTo(
            new VectorConfig(4, Distance.COSINE, 32, 50, 10_000, new Quantization.Scalar(0.9f)));
    assertThat(config.vectors().get("b"))
        .isEqualTo(new VectorConfig(8, Distance.MANHATTAN, 4, 50, 20, new Quantization.None()));
    assertThat(config.indexingThresholdKb()).isEqualTo(77);
    assertThat(echo(config))
        .contains("\"quantization_config\":{\"scalar\":{\"type\":\"int8\",\"quantile\":0.9}}")
        .contains("\"indexing_threshold\":77");
  }

  @Test
  void values_out_of_range_are_422_with_their_path() {
    assertThat(wrong("{\"vectors\":{\"size\":65537,\"distance\":\"Dot\"}}"))
        .isEqualTo("VALIDATION vectors.size: value 65537 invalid, must be from 1 to 65536");
    assertThat(wrong("{\"vectors\":{\"a\":{\"size\":0,\"distance\":\"Dot\"}}}"))
        .isEqualTo("VALIDATION vectors.?.size: value 0 invalid, must be from 1 to 65536");
    assertThat(wrong("{\"hnsw_config\":{\"ef_construct\":0}}"))
        .isEqualTo("VALIDATION hnsw_config.ef_construct: value 0 invalid, must be 4 or larger");
    assertThat(wrong("{\"shard_number\":0,\"replication_factor\":0}"))
        .isEqualTo(
            "VALIDATION shard_number: value 0 invalid, must be 1 or larger;"
                + " replication_factor: value 0 invalid, must be 1 or larger");
    assertThat(wrong("{\"shard_number\":4294967296}")).startsWith("FORMAT invalid value");
    assertThat(wrong("{\"quantization_config\":{\"scalar\":{\"type\":\"int8\",\"quantile\":0.2}}}"))
        .isEqualTo(
            "VALIDATION quantization_config.scalar.quantile: value 0.2 invalid, must be from 0.5 to"
                + " 1.0");
    assertThat(wrong("{\"vectors\":{\"size\":1,\"distance\":\"Dot\",\"memory\":\"pinned\"}}"))
        .isEqualTo(
            "VALIDATION vectors.memory: `pinned` memory placement is not supported for dense"
                + " vector storage");
  }

  @Test
  void wrong_types_and_unknown_words_are_format_errors() {
    assertThat(wrong("{\"vectors\":{\"size\":1,\"distance\":\"Hamming\"}}"))
        .startsWith("FORMAT unknown variant `Hamming`");
    assertThat(wrong("{\"shard_number\":-1}")).startsWith("FORMAT ");
    assertThat(wrong("{\"vectors\":5}")).startsWith("FORMAT ");
    assertThat(wrong("{\"vectors\":{\"a\":{\"size\":1}}}"))
        .startsWith("FORMAT missing field `distance`");
    assertThat(wrong("{\"quantization_config\":{}}")).startsWith("FORMAT ");
    assertThat(wrong("{\"hnsw_config\":{\"m\":1},\"hnsw_config\":{}}")).startsWith("FORMAT ");
    assertThat(wrong("{\"vectors\":{\"a/b\":{\"size\":1,\"distance\":\"Dot\"}}}"))
        .startsWith("WRONG_INPUT ");
  }

  @Test
  void a_change_merges_field_by_field() {
    CollectionConfig created =
        CollectionConfigJson.parse(
            "{\"vectors\":{\"size\":4,\"distance\":\"Dot\"},\"hnsw_config\":{\"m\":8},"
                + "\"metadata\":{\"a\":1,\"b\":2}}");

    CollectionConfig config =
        changed(
            created,
            "{\"hnsw_config\":{\"ef_construct\":40,\"m\":null},"
                + "\"vectors\":{\"\":{\"on_disk\":true,\"hnsw_config\":{\"m\":5}}},"
                + "\"params\":{\"replication_factor\":3},"
                + "\"optimizers_config\":{\"max_optimization_threads\":\"auto\"},"
                + "\"quantization_config\":{\"scalar\":{\"type\":\"int8\"}},"
                + "\"metadata\":{\"a\":null,\"c\":3},"
                + "\"strict_mode_config\":{\"enabled\":true}}");

    assertThat(config.vectors().get(""))
        .isEqualTo(
            new VectorConfig(4, Distance.DOT, 5, 40, 10_000, new Quantization.Scalar(1))
                .with(new Placement(true, false, true)));
    assertThat(echo(config))
        .contains("\"hnsw_config\":{\"m\":8,\"ef_construct\":40,")
        .contains(
            "\"vectors\":{\"size\":4,\"distance\":\"Dot\",\"hnsw_config\":{\"m\":5},"
                + "\"on_disk\":true}")
        .contains("\"replication_factor\":3")
        .contains("\"max_optimization_threads\":null")
        .contains("\"quantization_config\":{\"scalar\":{\"type\":\"int8\"}}")
        .contains("\"strict_mode_config\":{\"enabled\":true}")
        .contains("\"metadata\":{\"b\":2,\"c\":3}");
    assertThat(echo(changed(config, "{\"quantization_config\":\"Disabled\"}")))
        .contains("\"quantization_config\":null");
    assertThat(
            fault("{\"vectors\":{\"x\":{}}}", in -> changed(created, "{\"vectors\":{\"x\":{}}}")))
        .isEqualTo("WRONG_INPUT Not existing vector name error: x");
  }

  @Test
  void declared_indexes_are_kept_and_echoed_with_their_params() {
    CollectionConfig config = CollectionConfig.unnamed(4, Distance.DOT);
    IndexSchema.Declaration plain =
        JsonIn.read(
            "{\"field_name\":\"a.b\",\"field_schema\":\"keyword\"}", IndexSchema::declaration);
    IndexSchema.Declaration rich =
        JsonIn.read(
            "{\"field_name\":\"n\",\"field_type\":{\"type\":\"integer\",\"lookup\":true}}",
            IndexSchema::declaration);

    CollectionConfig one =
        CollectionConfigJson.withIndex(config, plain.path(), plain.schema().orElseThrow())
            .orElseThrow();
    CollectionConfig two =
        CollectionConfigJson.withIndex(one, rich.path(), rich.schema().orElseThrow()).orElseThrow();

    assertThat(CollectionConfigJson.withIndex(two, "a.b", plain.schema().orElseThrow()))
        .isEqualTo(Optional.empty());
    assertThat(CollectionConfigJson.indexes(two)).containsOnlyKeys("a.b", "n");
    assertThat(two.vectors()).isEqualTo(config.vectors());
    assertThat(written(out -> CollectionConfigJson.indexes(two).get("a.b").write(out, 3)))
        .isEqualTo("{\"data_type\":\"keyword\",\"points\":3}");
    assertThat(written(out -> CollectionConfigJson.indexes(two).get("n").write(out, 0)))
        .isEqualTo(
            "{\"data_type\":\"integer\",\"params\":{\"type\":\"integer\",\"lookup\":true,"
                + "\"range\":null,\"is_principal\":null},\"points\":0}");
    assertThat(echo(two)).isEqualTo(echo(config));
    assertThat(
            CollectionConfigJson.indexes(CollectionConfigJson.withoutIndex(two, "n").orElseThrow()))
        .containsOnlyKeys("a.b");
    assertThat(CollectionConfigJson.withoutIndex(config, "n")).isEmpty();
    assertThat(
            fault(
                "{\"field_name\":\"n\",\"field_schema\":{\"type\":\"integer\",\"lookup\":false,"
                    + "\"range\":false}}",
                IndexSchema::declaration))
        .endsWith("the 'lookup' and 'range' capabilities can't be both disabled [{}]");
    assertThat(fault("{\"field_name\":\"n\",\"field_schema\":\"kword\"}", IndexSchema::declaration))
        .startsWith("FORMAT unknown variant `kword`");
  }
}
