package io.millrace.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.api.json.FilterJson;
import io.millrace.ingest.config.Binding;
import io.millrace.ingest.record.Decoded;
import io.millrace.ingest.record.FilterReader;
import io.millrace.ingest.record.Origin;
import io.millrace.ingest.record.RawRecord;
import io.millrace.ingest.record.RecordDecoder;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/// Filters in Qdrant's protobuf messages mean what they mean in JSON.
class RecordFiltersTest {
  /// `DeletePoints` of collection `c` with a filter of every condition, as Qdrant's Python client
  /// writes it.
  private static final String EVERY_CONDITION =
      "0a01631aad0412aa040a0a0a080a016112030a01780a120a100a0161120b10fbffffffffffffffff"
          + "010a090a070a0161120218010a0a0a080a016112032201740a0f0a0d0a016112082a060a01780a01"
          + "790a0d0a0b0a0161120632040a0201020a0c0a0a0a016112053a030a01030a0c0a0a0a0161120542"
          + "030a017a0a0c0a0a0a016112054a037020710a0c0a0a0a0161120552037220730a0c0a0a0a016112"
          + "055a03707265122b0a290a016e1a2409000000000000f83f1100000000000000c019000000000000"
          + "000021000000000000224012150a130a0164420e1a0c0880f2d6ca061080cab5ee01122f0a2d0a01"
          + "6722280a1209000000000000f03f1100000000000000401212090000000000000840110000000000"
          + "00e03f12200a1e0a01672a190a12090000000000001040110000000000001440150000c94212510a"
          + "4f0a01673a4a0a230a000a0911000000000000f03f0a1209000000000000f03f11000000000000f0"
          + "3f0a0012230a000a0911000000000000f03f0a1209000000000000f03f11000000000000f03f0a00"
          + "12180a160a0176321108091001180220ffffffffffffffffff0112070a050a0165480012070a050a"
          + "0165500112064204080410031a0512030a016b1a052a030a016b1a371a350a0b08ffffffffffffff"
          + "ffff010a26122435353065383430302d653239622d343164342d613731362d343436363535343430"
          + "3030301a09220712053a030a01771a10320e0a036f5b5d120712052a030a016922090a052a030a01"
          + "6d1001";

  private static final String THE_SAME =
      """
      {"delete": {"filter": {
        "should": [
          {"key": "a", "match": {"value": "x"}},
          {"key": "a", "match": {"value": -5}},
          {"key": "a", "match": {"value": true}},
          {"key": "a", "match": {"text": "t"}},
          {"key": "a", "match": {"any": ["x", "y"]}},
          {"key": "a", "match": {"any": [1, 2]}},
          {"key": "a", "match": {"except": [3]}},
          {"key": "a", "match": {"except": ["z"]}},
          {"key": "a", "match": {"phrase": "p q"}},
          {"key": "a", "match": {"text_any": "r s"}},
          {"key": "a", "match": {"prefix": "pre"}}],
        "must": [
          {"key": "n", "range": {"lt": 1.5, "gt": -2, "gte": 0, "lte": 9}},
          {"key": "d", "range": {"gte": "2026-01-01T00:00:00.5Z"}},
          {"key": "g", "geo_bounding_box": {
            "top_left": {"lon": 1, "lat": 2}, "bottom_right": {"lon": 3, "lat": 0.5}}},
          {"key": "g", "geo_radius": {"center": {"lon": 4, "lat": 5}, "radius": 100.5}},
          {"key": "g", "geo_polygon": {
            "exterior": {"points": [
              {"lon": 0, "lat": 0}, {"lon": 0, "lat": 1}, {"lon": 1, "lat": 1},
              {"lon": 0, "lat": 0}]},
            "interiors": [{"points": [
              {"lon": 0, "lat": 0}, {"lon": 0, "lat": 1}, {"lon": 1, "lat": 1},
              {"lon": 0, "lat": 0}]}]}},
          {"key": "v", "values_count": {"lt": 9, "gt": 1, "gte": 2, "lte": 18446744073709551615}},
          {"key": "e", "is_empty": false},
          {"key": "e", "is_null": true},
          {"slice": {"total": 4, "index": 3}}],
        "must_not": [
          {"is_empty": {"key": "k"}},
          {"is_null": {"key": "k"}},
          {"has_id": [18446744073709551615, "550e8400-e29b-41d4-a716-446655440000"]},
          {"must": [{"has_vector": "w"}]},
          {"nested": {"key": "o[]", "filter": {"must": [{"is_null": {"key": "i"}}]}}}],
        "min_should": {"conditions": [{"is_null": {"key": "m"}}], "min_count": 1}
      }}}
      """;

  private static final FilterReader OF_REST =
      parser -> {
        var text = new StringWriter();
        try (JsonGenerator copy =
            new JsonFactory().createGenerator(ObjectWriteContext.empty(), text)) {
          copy.copyCurrentStructureExact(parser);
        }
        return FilterJson.parse(text.toString());
      };

  @Test
  void every_condition_of_a_message_is_that_of_json() {
    Decoded expected = decode(THE_SAME.getBytes(StandardCharsets.UTF_8));

    assertThat(expected).isInstanceOf(Decoded.Operations.class);
    assertThat(message("DeletePoints", EVERY_CONDITION)).isEqualTo(expected);
  }

  @Test
  void what_is_not_known_here_is_refused_and_not_left_out() {
    // must: a match by `substring` (12), and a clause with the number 9
    for (String filter :
        List.of("0a01631a0e120c120a0a080a01611203620173", "0a01631a0612044a020a00")) {
      assertThat(message("DeletePoints", filter))
          .as(filter)
          .isInstanceOfSatisfying(
              Decoded.Bad.class, bad -> assertThat(bad.code().name()).isEqualTo("FILTER_INVALID"));
    }
  }

  @Test
  void a_filter_that_rest_refuses_is_refused() {
    // must: a condition on `a` that says nothing of it
    assertThat(message("DeletePoints", "0a01631a0912071205" + "0a030a0161"))
        .isInstanceOfSatisfying(
            Decoded.Bad.class,
            bad -> assertThat(bad.message()).contains("At least one field condition"));
  }

  private static Decoded message(String name, String hex) {
    return decode(
        HexFormat.of().parseHex(hex),
        new RawRecord.Header(
            "content-type",
            ("application/x-protobuf;messageType=qdrant." + name)
                .getBytes(StandardCharsets.UTF_8)));
  }

  private static Decoded decode(byte[] value, RawRecord.Header... headers) {
    return new RecordDecoder(OF_REST)
        .decode(
            new RawRecord(1, 0, null, value, List.of(headers)),
            new Origin.Topic("t"),
            Binding.to("c"));
  }
}
