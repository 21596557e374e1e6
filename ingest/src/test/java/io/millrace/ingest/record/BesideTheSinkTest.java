package io.millrace.ingest.record;

import static io.millrace.ingest.record.Decoding.*;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.ingest.config.Binding;
import io.millrace.model.Operation;
import io.millrace.model.Point;
import io.millrace.model.VectorValue;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// The table "S2 beside the sink": what Qdrant's Kafka sink does with a value and what we do, row
/// by row.
class BesideTheSinkTest {

  @Test
  void row01_a_vector_that_is_absent_null_or_an_empty_object_is_a_point_without_vectors() {
    assertThat(point("{\"id\":1}").vectors()).isEmpty();
    assertThat(point("{\"id\":1,\"vector\":null}").vectors()).isEmpty();
    assertThat(point("{\"id\":1,\"vector\":{}}").vectors()).isEmpty();
    assertThat(refused("{\"id\":1,\"vector\":[]}")).isEqualTo(Code.VECTOR_EMPTY);
  }

  @Test
  void row02_a_payload_that_is_absent_or_null_is_empty_and_one_that_is_no_object_is_refused() {
    assertThat(point("{\"id\":1}").payload().toString()).isEqualTo("{}");
    assertThat(point("{\"id\":1,\"payload\":null}").payload().toString()).isEqualTo("{}");
    assertThat(refused("{\"id\":1,\"payload\":[1]}")).isEqualTo(Code.PAYLOAD_NOT_OBJECT);
    assertThat(refused("{\"id\":1,\"payload\":\"x\"}")).isEqualTo(Code.PAYLOAD_NOT_OBJECT);
  }

  @Test
  void row03_every_u64_is_exact() {
    assertThat(point("{\"id\":9007199254740993}").id()).isEqualTo(num(9007199254740993L));
    assertThat(point("{\"id\":18446744073709551615}").id()).isEqualTo(num(-1L));
    assertThat(refused("{\"id\":18446744073709551616}")).isEqualTo(Code.ID_INVALID);
  }

  @Test
  void row04_a_number_is_an_id_when_it_is_exactly_an_unsigned_integer() {
    assertThat(point("{\"id\":1.0}").id()).isEqualTo(num(1));
    assertThat(point("{\"id\":1e3}").id()).isEqualTo(num(1000));
    assertThat(point("{\"id\":0.0}").id()).isEqualTo(num(0));
    for (String id :
        new String[] {"1.5", "\"1\"", "-1", "1e999999999", "true", "null", "[1]", "{}"}) {
      assertThat(refused("{\"id\":" + id + "}")).as(id).isEqualTo(Code.ID_INVALID);
    }
  }

  @Test
  void row05_uuids_in_all_spellings_are_kept_lower_case_and_hyphenated() {
    String expected = "12345678-9abc-def0-1234-56789abcdef0";
    for (String id :
        new String[] {
          expected,
          "12345678-9ABC-DEF0-1234-56789ABCDEF0",
          "123456789abcdef0123456789abcdef0",
          "urn:uuid:" + expected,
          "{" + expected + "}"
        }) {
      assertThat(point("{\"id\":\"" + id + "\"}").id().toString()).as(id).isEqualTo(expected);
    }
    assertThat(point("{\"id\":\"1-1-1-1-1\"}").id().toString())
        .isEqualTo("00000001-0001-0001-0001-000000000001");
    for (String id : new String[] {"1-1-1-1", "123456789-1-1-1-1", "g-1-1-1-1", "1-1-1-1-", ""}) {
      assertThat(refused("{\"id\":\"" + id + "\"}")).as(id).isEqualTo(Code.ID_INVALID);
    }
  }

  @Test
  void row06_the_bytes_of_the_payload_are_kept_as_sent() {
    String payload =
        "{\"a\":9007199254740993,\"b\":2.0,\"c\":1e30,\"d\":\"\\u00e9 \\\"x\\\" é\",\"e\":{}}";

    assertThat(point("{\"id\":1,\"payload\":" + payload + "}").payload().toString())
        .isEqualTo(payload);
    assertThat(point("{\"id\":1,\"payload\": { \"a\" :\t[ 1 ,\n\"x y\" ] } }").payload().toString())
        .isEqualTo("{\"a\":[1,\"x y\"]}");
  }

  @Test
  void row07_components_that_are_not_finite_in_float32_are_refused() {
    assertThat(refused("{\"id\":1,\"vector\":[1e39]}")).isEqualTo(Code.VECTOR_NOT_FINITE);
    assertThat(refused("{\"id\":1,\"vector\":[1,-1e400]}")).isEqualTo(Code.VECTOR_NOT_FINITE);
    assertThat(refused("{\"id\":1,\"vector\":[NaN]}")).isEqualTo(Code.JSON_SYNTAX);
    assertThat(point("{\"id\":1,\"vector\":[1e-60,3]}").vectors())
        .isEqualTo(Map.of("", dense(0, 3)));
    assertThat(refused("{\"id\":1,\"vector\":[\"1\"]}")).isEqualTo(Code.VECTOR_KIND);
    assertThat(refused("{\"id\":1,\"vector\":\"1\"}")).isEqualTo(Code.VECTOR_KIND);
  }

  @Test
  void row08_sparse_vectors_may_be_empty_and_reach_the_largest_index_but_not_repeat_one() {
    assertThat(point("{\"id\":1,\"vector\":{\"s\":{\"indices\":[],\"values\":[]}}}").vectors())
        .isEqualTo(Map.of("s", new VectorValue.Sparse(new int[0], new float[0])));
    assertThat(
            point("{\"id\":1,\"vector\":{\"s\":{\"values\":[1,2],\"indices\":[4294967295,7]}}}")
                .vectors())
        .isEqualTo(Map.of("s", new VectorValue.Sparse(new int[] {7, -1}, new float[] {2, 1})));
    for (String sparse :
        new String[] {
          "{\"indices\":[1,1],\"values\":[1,2]}",
          "{\"indices\":[1],\"values\":[1,2]}",
          "{\"indices\":[-1],\"values\":[1]}",
          "{\"indices\":[4294967296],\"values\":[1]}",
          "{\"indices\":[1.5],\"values\":[1]}"
        }) {
      assertThat(refused("{\"id\":1,\"vector\":{\"s\":" + sparse + "}}"))
          .as(sparse)
          .isEqualTo(Code.SPARSE_INVALID);
    }
  }

  @Test
  void row09_an_unnamed_multivector_is_taken_and_a_ragged_one_refused() {
    assertThat(point("{\"id\":1,\"vector\":[[1,2],[3,4]]}").vectors())
        .isEqualTo(Map.of("", new VectorValue.Multi(2, new float[] {1, 2, 3, 4})));
    assertThat(refused("{\"id\":1,\"vector\":[[1,2],[3]]}")).isEqualTo(Code.MULTI_RAGGED);
    assertThat(refused("{\"id\":1,\"vector\":[[1,2],[]]}")).isEqualTo(Code.VECTOR_EMPTY);
    assertThat(refused("{\"id\":1,\"vector\":[[1],2]}")).isEqualTo(Code.VECTOR_KIND);
  }

  @Test
  void row10_a_key_that_differs_from_the_id_is_ignored_unless_it_must_match() {
    RawRecord other = record("42", "{\"id\":1}");
    Binding must = to("c").withKey(Binding.KeyRule.MUST_MATCH, Binding.KeyFormat.TEXT);

    assertThat(decode(to("c"), other)).isInstanceOf(Decoded.Operations.class);
    assertThat(code(decode(must, other))).isEqualTo(Code.KEY_ID_MISMATCH);
    assertThat(decode(must, record("1", "{\"id\":1}"))).isInstanceOf(Decoded.Operations.class);
  }

  @Test
  void row11_a_bare_key_with_a_null_value_deletes_the_point() {
    assertThat(decode(to("c"), record("42", null))).isEqualTo(operations("c", delete(num(42))));
  }

  @Test
  void row12_a_key_given_twice_is_refused_in_the_envelope_and_kept_inside_the_payload() {
    assertThat(refused("{\"id\":1,\"id\":2}")).isEqualTo(Code.JSON_DUPLICATE_KEY);
    assertThat(refused("{\"id\":1,\"x\":2,\"x\":3}")).isEqualTo(Code.JSON_DUPLICATE_KEY);
    assertThat(refused("{\"id\":1,\"vector\":{\"a\":[1],\"a\":[2]}}"))
        .isEqualTo(Code.JSON_DUPLICATE_KEY);
    assertThat(point("{\"id\":1,\"payload\":{\"a\":1,\"a\":2}}").payload().toString())
        .isEqualTo("{\"a\":2}");
  }

  @Test
  void base64_vectors_are_little_endian_float32_in_both_alphabets_padded_or_not() {
    Map<String, VectorValue> expected = Map.of("", dense(1, -2.5f));
    assertThat(point("{\"id\":1,\"vector\":{\"f32\":\"AACAPwAAIMA=\"}}").vectors())
        .isEqualTo(expected);
    assertThat(point("{\"id\":1,\"vector\":{\"f32\":\"AACAPwAAIMA\"}}").vectors())
        .isEqualTo(expected);
    assertThat(
            point("{\"id\":1,\"vector\":{\"n\":{\"f32\":\"AACAPwAAIMA\",\"rows\":2}}}").vectors())
        .isEqualTo(Map.of("n", new VectorValue.Multi(1, new float[] {1, -2.5f})));
    // 0x3F7FFFFF and 0xFFFFFFBF hold the characters in which the alphabets differ.
    assertThat(point("{\"id\":1,\"vector\":{\"f32\":\"__9_Pw==\"}}").vectors())
        .isEqualTo(point("{\"id\":1,\"vector\":{\"f32\":\"//9/Pw==\"}}").vectors());
    assertThat(refused("{\"id\":1,\"vector\":{\"f32\":\"AACAfw==\"}}"))
        .isEqualTo(Code.VECTOR_NOT_FINITE);
    assertThat(refused("{\"id\":1,\"vector\":{\"f32\":\"AAA=\"}}")).isEqualTo(Code.VECTOR_KIND);
    assertThat(refused("{\"id\":1,\"vector\":{\"f32\":\"AACAPwAAIMA\",\"rows\":3}}"))
        .isEqualTo(Code.MULTI_RAGGED);
  }

  @Test
  void vectors_to_be_made_from_text_need_an_embedder() {
    assertThat(refused("{\"id\":1,\"vector\":{\"text\":\"x\",\"model\":\"m\"}}"))
        .isEqualTo(Code.NEEDS_EMBEDDER);
    assertThat(refused("{\"id\":1,\"vector\":{\"n\":{\"text\":\"x\",\"model\":\"m\"}}}"))
        .isEqualTo(Code.NEEDS_EMBEDDER);
  }

  @Test
  void faults_name_their_place() {
    assertThat(bad(decode(to("c"), value("{\"id\":1,\"vector\":{\"t\":[1,2,true]}}"))).pointer())
        .isEqualTo("/vector/t/2");
    assertThat(bad(decode(to("c"), value("{\"id\":\"x\"}"))).pointer()).isEqualTo("/id");
  }

  private static Point point(String text) {
    Decoded decoded = decode(to("c"), value(text));
    if (decoded instanceof Decoded.Operations(String ignored, var operations)
        && operations.getFirst() instanceof Operation.Upsert upsert) {
      return upsert.points().getFirst();
    }
    throw new AssertionError(text + " is " + decoded);
  }

  private static Code refused(String text) {
    return code(decode(to("c"), value(text)));
  }
}
