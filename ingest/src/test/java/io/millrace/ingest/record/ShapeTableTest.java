package io.millrace.ingest.record;

import static io.millrace.ingest.record.Decoding.*;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.ingest.config.Binding;
import io.millrace.model.Operation;
import io.millrace.model.PayloadBytes;
import io.millrace.model.PayloadPath;
import io.millrace.model.Point;
import io.millrace.model.PointId;
import io.millrace.model.Selection;
import io.millrace.model.VectorValue;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// One test per example of the shapes S1 to S4 and of what tells them apart.
class ShapeTableTest {

  @Test
  void s1_a_null_value_deletes_the_point_of_the_key() {
    Decoded decoded =
        decode(named("*"), record("{\"id\":1,\"collection_name\":\"products\"}", null));

    assertThat(decoded).isEqualTo(operations("products", delete(num(1))));
  }

  @Test
  void s1_zero_bytes_and_the_text_null_are_tombstones_too() {
    assertThat(decode(to("c"), record("42", ""))).isEqualTo(operations("c", delete(num(42))));
    assertThat(decode(to("c"), record("42", " null "))).isEqualTo(operations("c", delete(num(42))));
  }

  @Test
  void s1_without_an_id_in_the_key_is_refused() {
    assertThat(code(decode(to("c"), record(null, null)))).isEqualTo(Code.TOMBSTONE_NO_ID);
    assertThat(code(decode(to("c"), record("tenant-7", null)))).isEqualTo(Code.TOMBSTONE_NO_ID);
    assertThat(code(decode(to("c"), record("\"1\"", null)))).isEqualTo(Code.TOMBSTONE_NO_ID);
  }

  @Test
  void s1_keys_name_points_in_all_spellings() {
    PointId uuid = PointId.parseUuid("12345678-9abc-def0-1234-56789abcdef0").orElseThrow();
    for (String key :
        List.of(
            "{\"id\":\"12345678-9abc-def0-1234-56789abcdef0\"}",
            "{\"schema\":{},\"payload\":{\"id\":\"12345678-9ABC-DEF0-1234-56789ABCDEF0\"}}",
            "{\"schema\":{},\"payload\":\"12345678-9abc-def0-1234-56789abcdef0\"}",
            "\"12345678-9abc-def0-1234-56789abcdef0\"",
            "12345678-9abc-def0-1234-56789abcdef0",
            "123456789abcdef0123456789abcdef0",
            "urn:uuid:12345678-9abc-def0-1234-56789abcdef0")) {
      assertThat(decode(to("c"), record(key, null)))
          .as(key)
          .isEqualTo(operations("c", delete(uuid)));
    }
    byte[] eight = {0, 0, 0, 0, 0, 0, 0, 42};
    Binding longs = to("c").withKey(Binding.KeyRule.IGNORE, Binding.KeyFormat.LONG);
    assertThat(decode(longs, new RawRecord(1, 0, eight, null, List.of())))
        .isEqualTo(operations("c", delete(num(42))));
  }

  @Test
  void s2_a_point_in_the_envelope_of_the_qdrant_sink() {
    Decoded decoded =
        decode(
            named("*"),
            value(
                "{\"collection_name\":\"products\",\"id\":1,\"vector\":[0.1,0.2],\"payload\":{\"a\":1}}"));

    assertThat(decoded)
        .isEqualTo(
            operations(
                "products", upsert(point(num(1), Map.of("", dense(0.1f, 0.2f)), "{\"a\":1}"))));
  }

  @Test
  void s2_the_order_of_the_keys_does_not_matter() {
    Decoded decoded =
        decode(
            named("*"),
            value(
                "{\"payload\": {\"id\" : [1 , 2]},\"vectors\":{\"t\":[1]},\"collection_name\":\"c\",\"id\":7}"));

    assertThat(decoded)
        .isEqualTo(operations("c", upsert(point(num(7), Map.of("t", dense(1)), "{\"id\":[1,2]}"))));
  }

  @Test
  void s2_with_op_delete_deletes_the_point() {
    assertThat(decode(to("c"), value("{\"id\":1,\"op\":\"delete\"}")))
        .isEqualTo(operations("c", delete(num(1))));
    assertThat(code(decode(to("c"), value("{\"id\":1,\"op\":\"merge\"}"))))
        .isEqualTo(Code.OP_UNKNOWN);
  }

  @Test
  void s2_update_mode_and_filter_become_the_precondition() {
    Decoded decoded =
        decode(to("c"), value("{\"id\":1,\"update_mode\":\"insert_only\",\"shard_key\":\"x\"}"));

    var upsert = (Operation.Upsert) ((Decoded.Operations) decoded).operations().getFirst();
    assertThat(upsert.precondition().mode()).isEqualTo(Operation.Precondition.Mode.INSERT_ONLY);
  }

  @Test
  void s2_fields_of_other_shapes_are_unknown_fields_and_no_fault() {
    Decoded decoded =
        decode(
            to("c"), value("{\"id\":1,\"delete\":{\"points\":\"nonsense\"},\"operations\":[7]}"));

    assertThat(decoded).isEqualTo(operations("c", upsert(point(num(1), Map.of(), "{}"))));
  }

  @Test
  void s2_vector_and_vectors_together_are_refused() {
    assertThat(code(decode(to("c"), value("{\"id\":1,\"vector\":[1],\"vectors\":[1]}"))))
        .isEqualTo(Code.OP_INVALID);
  }

  @Test
  void s3_set_payload_by_ids() {
    Decoded decoded =
        decode(
            named("*"),
            value(
                "{\"collection_name\":\"products\",\"set_payload\":{\"payload\":{\"sold\":true},\"points\":[1]}}"));

    assertThat(decoded)
        .isEqualTo(
            operations(
                "products",
                new Operation.SetPayload(
                    ids(num(1)), PayloadBytes.of("{\"sold\":true}"), Optional.empty())));
  }

  @Test
  void s3_all_other_operations() {
    check(
        "{\"upsert\":{\"points\":[{\"id\":1,\"vector\":[1]},{\"id\":2}]}}",
        upsert(point(num(1), Map.of("", dense(1)), "{}"), point(num(2), Map.of(), "{}")));
    check(
        "{\"upsert\":{\"batch\":{\"ids\":[1,2],\"vectors\":[[1],[2]],\"payloads\":[null,{\"a\":2}]}}}",
        upsert(
            point(num(1), Map.of("", dense(1)), "{}"),
            point(num(2), Map.of("", dense(2)), "{\"a\":2}")));
    check(
        "{\"upsert\":{\"batch\":{\"ids\":[1],\"vectors\":{\"t\":[[1]],\"s\":[{\"indices\":[3],\"values\":[4]}]}}}}",
        upsert(
            point(
                num(1),
                Map.of("t", dense(1), "s", new VectorValue.Sparse(new int[] {3}, new float[] {4})),
                "{}")));
    check("{\"delete\":{\"points\":[1,2]}}", delete(num(1), num(2)));
    check(
        "{\"set_payload\":{\"payload\":{\"x\":1},\"points\":[1],\"key\":\"a.b\"}}",
        new Operation.SetPayload(
            ids(num(1)), PayloadBytes.of("{\"x\":1}"), Optional.of(PayloadPath.parse("a.b"))));
    check(
        "{\"overwrite_payload\":{\"payload\":{\"x\":null},\"points\":[1]}}",
        new Operation.OverwritePayload(ids(num(1)), PayloadBytes.of("{\"x\":null}")));
    check(
        "{\"delete_payload\":{\"keys\":[\"a\",\"b[].c\"],\"points\":[1]}}",
        new Operation.DeletePayload(
            ids(num(1)), List.of(PayloadPath.parse("a"), PayloadPath.parse("b[].c"))));
    check("{\"clear_payload\":{\"points\":[1]}}", new Operation.ClearPayload(ids(num(1))));
    check(
        "{\"update_vectors\":{\"points\":[{\"id\":1,\"vector\":{\"t\":[1,2]}}]}}",
        new Operation.UpdateVectors(
            List.of(new Operation.PointVectors(num(1), Map.of("t", dense(1, 2)))),
            Operation.Precondition.NONE));
    check(
        "{\"delete_vectors\":{\"points\":[1],\"vector\":[\"t\",\"\"]}}",
        new Operation.DeleteVectors(ids(num(1)), List.of("t", "")));
  }

  @Test
  void s3_with_a_filter_uses_the_reader_that_is_wired_in() {
    Decoded decoded = decode(to("c"), value("{\"delete\":{\"filter\":{\"must\":[{\"a\":1}]}}}"));

    assertThat(decoded)
        .isEqualTo(operations("c", new Operation.Delete(new Selection.Matching(FILTER))));
    assertThat(
            code(
                new RecordDecoder(FilterReader.NONE)
                    .decode(value("{\"delete\":{\"filter\":{}}}"), TOPIC, to("c"))))
        .isEqualTo(Code.FILTER_INVALID);
  }

  @Test
  void s3_two_operations_in_one_record_are_refused() {
    assertThat(
            code(
                decode(
                    to("c"),
                    value("{\"delete\":{\"points\":[1]},\"clear_payload\":{\"points\":[1]}}"))))
        .isEqualTo(Code.OP_INVALID);
  }

  @Test
  void s3_without_a_selection_or_with_an_empty_one_is_refused() {
    for (String body :
        List.of(
            "{\"delete\":{}}",
            "{\"delete\":{\"points\":[]}}",
            "{\"upsert\":{\"points\":[]}}",
            "{\"set_payload\":{\"payload\":{}}}",
            "{\"set_payload\":{\"points\":[1]}}",
            "{\"upsert\":{\"batch\":{\"ids\":[1],\"vectors\":[]}}}")) {
      assertThat(code(decode(to("c"), value(body)))).as(body).isEqualTo(Code.OP_INVALID);
    }
  }

  @Test
  void s4_a_list_keeps_its_order() {
    Decoded decoded =
        decode(
            named("*"),
            value(
                "{\"collection_name\":\"products\",\"operations\":[{\"delete\":{\"points\":[1]}},{\"upsert\":{\"points\":[{\"id\":1}]}}]}"));

    assertThat(decoded)
        .isEqualTo(operations("products", delete(num(1)), upsert(point(num(1), Map.of(), "{}"))));
  }

  @Test
  void s4_is_refused_as_a_whole_and_says_where() {
    Decoded.Bad bad =
        bad(
            decode(
                to("c"),
                value(
                    "{\"operations\":[{\"delete\":{\"points\":[1]}},{\"upsert\":{\"points\":[{\"id\":1,\"vector\":[1,1e39]}]}}]}")));

    assertThat(bad.code()).isEqualTo(Code.VECTOR_NOT_FINITE);
    assertThat(bad.pointer()).isEqualTo("/operations/1/upsert/points/0/vector/1");
    assertThat(code(decode(to("c"), value("{\"operations\":[{\"explode\":{}}]}"))))
        .isEqualTo(Code.OP_UNKNOWN);
  }

  @Test
  void connects_wrapper_is_taken_off() {
    assertThat(decode(to("c"), value("{\"schema\":{\"type\":\"struct\"},\"payload\":{\"id\":3}}")))
        .isEqualTo(operations("c", upsert(point(num(3), Map.of(), "{}"))));
    assertThat(decode(to("c"), record("9", "{\"schema\":null,\"payload\":null}")))
        .isEqualTo(operations("c", delete(num(9))));
  }

  @Test
  void what_has_no_shape_is_refused() {
    assertThat(code(decode(to("c"), value("{\"sku\":\"A-1\",\"emb\":{\"title\":[1]}}"))))
        .isEqualTo(Code.UNKNOWN_SHAPE);
    assertThat(code(decode(to("c"), value("[1,2]")))).isEqualTo(Code.UNKNOWN_SHAPE);
    assertThat(code(decode(to("c"), value("7")))).isEqualTo(Code.UNKNOWN_SHAPE);
  }

  @Test
  void text_that_is_no_json_is_refused_whatever_comes_first() {
    for (String text :
        List.of(
            "{\"id\":1",
            "{\"id\":1.5,}",
            "{\"id\":1} x",
            "{'id':1}",
            "{\"id\":1,\"vector\":[NaN]}",
            "\"id",
            "{\"id\":01}")) {
      assertThat(code(decode(to("c"), value(text)))).as(text).isEqualTo(Code.JSON_SYNTAX);
    }
  }

  @Test
  void bytes_that_are_no_text_are_refused() {
    assertThat(code(decode(to("c"), raw(0x00, 0, 0, 0, 5, 1)))).isEqualTo(Code.ENCODING);
    assertThat(code(decode(to("c"), raw('{', '"', 0xC0, 0xAF, '"', ':', '1', '}'))))
        .isEqualTo(Code.ENCODING);
    assertThat(code(decode(to("c"), raw('{', 0, '}', 0)))).isEqualTo(Code.ENCODING);
  }

  @Test
  void a_byte_order_mark_is_skipped() {
    assertThat(decode(to("c"), value("\uFEFF{\"id\":3,\"payload\":{\"a\": \"é\"}}")))
        .isEqualTo(operations("c", upsert(point(num(3), Map.of(), "{\"a\":\"é\"}"))));
  }

  @Test
  void unknown_fields_are_ignored_unless_the_binding_is_strict() {
    String text = "{\"id\":1,\"extra\":{\"deep\":[1]}}";

    assertThat(decode(to("c"), value(text)))
        .isEqualTo(operations("c", upsert(point(num(1), Map.of(), "{}"))));
    Decoded.Bad bad = bad(decode(to("c").withStrict(true), value(text)));
    assertThat(bad.code()).isEqualTo(Code.UNKNOWN_FIELD);
    assertThat(bad.pointer()).isEqualTo("/extra");
  }

  @Test
  void too_large_and_too_deep_records_are_refused() {
    assertThat(code(decode(to("c").withRecordBytes(10), value("{\"id\":1234}"))))
        .isEqualTo(Code.TOO_LARGE);
    assertThat(
            code(
                decode(
                    to("c"),
                    value(
                        "{\"id\":1,\"payload\":{\"a\":"
                            + "[".repeat(200)
                            + "]".repeat(200)
                            + "}}"))))
        .isEqualTo(Code.TOO_LARGE);
  }

  @Test
  void the_collection_comes_from_binding_header_or_value_in_this_order() {
    RawRecord both =
        withHeader(value("{\"id\":1,\"collection_name\":\"v\"}"), "millrace-collection", "h");

    assertThat(((Decoded.Operations) decode(to("b"), both)).collection()).isEqualTo("b");
    assertThat(((Decoded.Operations) decode(named("*"), both)).collection()).isEqualTo("h");
    assertThat(code(decode(named("x-*"), both))).isEqualTo(Code.COLLECTION_NOT_ALLOWED);
    assertThat(code(decode(named("*"), value("{\"id\":1}")))).isEqualTo(Code.NO_COLLECTION);
  }

  @Test
  void placeholders_fill_the_name_or_refuse_the_record() {
    RawRecord tenant =
        withHeader(value("{\"id\":1,\"payload\":{\"t\":[{\"n\":\"x9\"}]}}"), "tenant", "acme");

    assertThat(((Decoded.Operations) decode(to("r-{header:tenant}-{topic}"), tenant)).collection())
        .isEqualTo("r-acme-products");
    assertThat(code(decode(to("r-{/payload/t}"), tenant))).isEqualTo(Code.COLLECTION_NOT_ALLOWED);
    assertThat(((Decoded.Operations) decode(to("r-{/id}"), tenant)).collection()).isEqualTo("r-1");
    assertThat(code(decode(to("r-{header:none}"), tenant))).isEqualTo(Code.COLLECTION_NOT_ALLOWED);
    assertThat(
            code(decode(to("r-{header:tenant}"), withHeader(value("{\"id\":1}"), "tenant", "a/b"))))
        .isEqualTo(Code.COLLECTION_NOT_ALLOWED);
  }

  @Test
  void headers_beat_the_value() {
    assertThat(
            decode(
                to("c"),
                withHeader(value("{\"id\":1,\"op\":\"upsert\"}"), "millrace-op", "delete")))
        .isEqualTo(operations("c", delete(num(1))));
    assertThat(
            decode(
                to("c"),
                withHeader(
                    value("{\"id\":1,\"payload\":{\"a\":1}}"), "millrace-op", "set_payload")))
        .isEqualTo(
            operations(
                "c",
                new Operation.SetPayload(
                    ids(num(1)), PayloadBytes.of("{\"a\":1}"), Optional.empty())));
    assertThat(code(decode(to("c"), withHeader(value("{\"id\":1}"), "millrace-version", "1.5"))))
        .isEqualTo(Code.VERSION_INVALID);
  }

  private static void check(String text, Operation... expected) {
    assertThat(decode(to("c"), value(text))).as(text).isEqualTo(operations("c", expected));
  }

  private static Point point(PointId id, Map<String, VectorValue> vectors, String payload) {
    return new Point(id, vectors, PayloadBytes.of(payload));
  }
}
