package io.millrace.ingest.record;

import static io.millrace.ingest.record.Decoding.decode;
import static io.millrace.ingest.record.Decoding.operations;
import static io.millrace.ingest.record.Decoding.record;
import static io.millrace.ingest.record.Decoding.value;
import static io.millrace.ingest.record.Decoding.withHeader;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.ingest.config.Binding;
import io.millrace.ingest.config.Mapping;
import io.millrace.ingest.config.Mapping.Encoding;
import io.millrace.ingest.config.Mapping.From;
import io.millrace.ingest.config.Mapping.IdType;
import io.millrace.ingest.config.Mapping.PayloadRule;
import io.millrace.ingest.config.Mapping.ValueType;
import io.millrace.ingest.config.Mapping.VectorRule;
import io.millrace.ingest.config.Mapping.VersionRule;
import io.millrace.ingest.config.Mapping.When;
import io.millrace.ingest.config.Reading;
import io.millrace.model.Filter;
import io.millrace.model.Operation;
import io.millrace.model.PayloadBytes;
import io.millrace.model.Point;
import io.millrace.model.PointId;
import io.millrace.model.Selection;
import io.millrace.model.VectorValue;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// Raw records by mapping rules, and change events of databases.
class MappingTest {
  private static final PointId SEVEN = PointId.of(7);
  private static final Binding PLAIN = mapped(Mapping.of("/id", "/v"));

  @Test
  void everything_but_id_and_vectors_is_the_payload_with_numbers_as_sent() {
    assertThat(decode(PLAIN, value("{\"id\":7,\"v\":[1,2],\"a\":1.50,\"b\":{\"c\":[1e30]}}")))
        .isEqualTo(operations("c", upsert("{\"a\":1.50,\"b\":{\"c\":[1e30]}}", 1, 2)));
  }

  @Test
  void nested_pointers_renames_types_and_excludes() {
    Binding rules =
        mapped(
            new Mapping(
                List.of(new From.Value("/meta/sku")),
                IdType.AUTO,
                Mapping.NAMESPACE,
                Map.of("", new VectorRule("/emb/title", Encoding.JSON)),
                new PayloadRule.Parts(List.of(), List.of("/secret", "/meta/trace")),
                Map.of("/prc", "price"),
                Map.of("prc", ValueType.FLOAT, "on", ValueType.BOOL, "at", ValueType.DATETIME),
                Optional.empty(),
                Mapping.Kind.UPSERT,
                Optional.empty(),
                Optional.empty()));
    assertThat(
            decode(
                rules,
                value(
                    "{\"meta\":{\"sku\":\"7\",\"trace\":1,\"x\":2},\"emb\":{\"title\":[1,2]},\"prc\":\"3\",\"on\":\"yes\",\"at\":\"2026-01-02"
                        + " 03:04:05\",\"secret\":1}")))
        .isEqualTo(
            operations(
                "c",
                upsert(
                    "{\"meta\":{\"x\":2},\"emb\":{},\"on\":true,\"at\":\"2026-01-02T03:04:05Z\","
                        + "\"price\":3.0}",
                    1,
                    2)));
  }

  @Test
  void a_chosen_payload_a_base64_vector_and_a_joined_name_as_id() {
    Binding rules =
        mapped(
            new Mapping(
                List.of(new From.Header("tenant"), new From.Key("/k")),
                IdType.UUID5,
                Mapping.NAMESPACE,
                Map.of("", new VectorRule("/v", Encoding.F32)),
                new PayloadRule.Parts(List.of("/a/b"), List.of()),
                Map.of(),
                Map.of(),
                Optional.empty(),
                Mapping.Kind.UPSERT,
                Optional.empty(),
                Optional.empty()));
    Decoded decoded =
        decode(
            rules,
            withHeader(
                record("{\"k\":\"x\"}", "{\"v\":\"AACAPwAAAEA=\",\"a\":{\"b\":1,\"c\":2}}"),
                "tenant",
                "acme"));
    // uuid.uuid5(uuid.NAMESPACE_OID, "acme\\x1fx") of another implementation.
    PointId id = PointId.parseUuid("614de722-7ed0-521d-9530-812943054841").orElseThrow();
    assertThat(decoded)
        .isEqualTo(
            operations(
                "c",
                new Operation.Upsert(
                    List.of(
                        new Point(
                            id,
                            Map.of("", new VectorValue.Dense(new float[] {1, 2})),
                            PayloadBytes.of("{\"a\":{\"b\":1}}"))))));
  }

  @Test
  void versions_deletes_and_drops() {
    Binding rules =
        mapped(
            new Mapping(
                List.of(new From.Value("/id")),
                IdType.AUTO,
                Mapping.NAMESPACE,
                Map.of("", new VectorRule("/v", Encoding.CSV)),
                new PayloadRule.Whole("/doc"),
                Map.of(),
                Map.of(),
                Optional.of(new VersionRule("/at", VersionRule.Type.DATETIME)),
                Mapping.Kind.UPSERT,
                Optional.of(new When("/__deleted", Optional.of("true"))),
                Optional.of(new When("/test", Optional.empty()))));
    assertThat(
            decode(
                rules,
                value(
                    "{\"id\":7,\"v\":\"1,"
                        + " 2\",\"doc\":{\"x\":1},\"at\":\"1970-01-01T00:00:01.5Z\"}")))
        .isEqualTo(operations("c", new Operation.Versioned(upsert("{\"x\":1}", 1, 2), 1_500_000)));
    assertThat(decode(rules, value("{\"id\":7,\"__deleted\":true,\"at\":\"5\"}")))
        .isEqualTo(
            operations(
                "c",
                new Operation.Versioned(
                    new Operation.Delete(new Selection.Ids(List.of(SEVEN))), 5_000)));
    assertThat(decode(rules, value("{\"id\":7,\"test\":1}")))
        .isEqualTo(new Decoded.Dropped(Decoded.Dropped.Why.SKIPPED));
  }

  @Test
  void what_a_mapping_cannot_use_is_named_with_its_pointer() {
    assertThat(bad(PLAIN, "{\"v\":[1]}")).isEqualTo("MAPPING_FAILED /id");
    assertThat(bad(PLAIN, "{\"id\":\"x\"}")).isEqualTo("MAPPING_FAILED /id");
    assertThat(bad(PLAIN, "{\"id\":7,\"v\":[1,\"x\"]}")).isEqualTo("VECTOR_KIND /v/1");
    assertThat(bad(PLAIN, "[1]")).isEqualTo("UNKNOWN_SHAPE ");
    assertThat(bad(PLAIN, "{\"id\":7")).isEqualTo("JSON_SYNTAX ");
    assertThat(bad(PLAIN, "{\"id\":7,\"id\":8}")).isEqualTo("JSON_DUPLICATE_KEY /id");
  }

  @Test
  void a_tombstone_deletes_what_its_key_maps_to() {
    assertThat(decode(PLAIN, record("{\"id\":7}", null)))
        .isEqualTo(operations("c", new Operation.Delete(new Selection.Ids(List.of(SEVEN)))));
    assertThat(decode(PLAIN, record("7", "null")))
        .isEqualTo(operations("c", new Operation.Delete(new Selection.Ids(List.of(SEVEN)))));
  }

  @Test
  void change_events_are_points_or_mapped_rows() {
    String row = "{\"id\":7,\"vector\":[1,2],\"payload\":{\"a\":1}}";
    for (String op : List.of("c", "r", "u")) {
      assertThat(
              decode(
                  Binding.to("c"),
                  value(
                      "{\"op\":\"" + op + "\",\"before\":null,\"after\":" + row + ",\"ts_ms\":1}")))
          .isEqualTo(operations("c", upsert("{\"a\":1}", 1, 2)));
    }
    assertThat(
            decode(
                PLAIN,
                value(
                    "{\"schema\":{},\"payload\":{\"op\":\"u\",\"before\":null,"
                        + "\"after\":{\"id\":7,\"v\":[1,2],\"a\":1}}}")))
        .isEqualTo(operations("c", upsert("{\"a\":1}", 1, 2)));
    Operation delete = new Operation.Delete(new Selection.Ids(List.of(SEVEN)));
    for (Binding binding : List.of(Binding.to("c"), PLAIN)) {
      assertThat(decode(binding, value("{\"op\":\"d\",\"before\":{\"id\":7},\"after\":null}")))
          .isEqualTo(operations("c", delete));
      assertThat(
              decode(
                  binding, record("{\"id\":7}", "{\"op\":\"d\",\"before\":null,\"after\":null}")))
          .isEqualTo(operations("c", delete));
      assertThat(decode(binding, value("{\"op\":\"m\",\"after\":null}")))
          .isEqualTo(new Decoded.Dropped(Decoded.Dropped.Why.SKIPPED));
      assertThat(bad(binding, "{\"op\":\"t\",\"before\":null}")).isEqualTo("OP_INVALID /op");
      assertThat(bad(binding, "{\"op\":\"u\",\"after\":null}")).isEqualTo("OP_INVALID /after");
    }
    Binding truncating =
        Binding.to("c")
            .withReading(
                new Reading(
                    Reading.Format.AUTO,
                    Optional.empty(),
                    true,
                    Optional.empty(),
                    Reading.Csv.DEFAULT,
                    Optional.empty()));
    assertThat(decode(truncating, value("{\"op\":\"t\",\"before\":null}")))
        .isEqualTo(operations("c", new Operation.Delete(new Selection.Matching(Filter.ALL))));
  }

  @Test
  void versions_of_envelopes_come_with_all_operations() {
    Operation delete = new Operation.Delete(new Selection.Ids(List.of(SEVEN)));
    assertThat(decode(Binding.to("c"), value("{\"id\":7,\"vector\":[1,2],\"version\":-3}")))
        .isEqualTo(operations("c", new Operation.Versioned(upsert("{}", 1, 2), -3)));
    assertThat(
            decode(
                Binding.to("c"),
                value("{\"version\":\"9\",\"operations\":[{\"delete\":{\"points\":[7]}}]}")))
        .isEqualTo(operations("c", new Operation.Versioned(delete, 9)));
    assertThat(decode(Binding.to("c"), withHeader(record("7", null), "millrace-version", "4")))
        .isEqualTo(operations("c", new Operation.Versioned(delete, 4)));
    assertThat(bad(Binding.to("c"), "{\"id\":7,\"version\":1.5}"))
        .isEqualTo("VERSION_INVALID /version");
  }

  private static String bad(Binding binding, String json) {
    return decode(binding, value(json))
            instanceof Decoded.Bad(var code, var pointer, var message, var trace)
        ? code + " " + pointer
        : "no fault";
  }

  private static Binding mapped(Mapping mapping) {
    return Binding.to("c").withReading(Reading.mapped(mapping));
  }

  private static Operation.Upsert upsert(String payload, float... vector) {
    return new Operation.Upsert(
        List.of(
            new Point(SEVEN, Map.of("", new VectorValue.Dense(vector)), PayloadBytes.of(payload))));
  }
}
