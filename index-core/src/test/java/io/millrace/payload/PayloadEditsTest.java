package io.millrace.payload;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.model.BadInput;
import io.millrace.model.PayloadBytes;
import io.millrace.model.PayloadPath;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// The rules of behaviour.md 7.3.
class PayloadEditsTest {
  private static String set(String payload, String patch) {
    return PayloadEdits.set(PayloadBytes.of(payload), PayloadBytes.of(patch), Optional.empty())
        .toString();
  }

  private static String set(String payload, String key, String patch) {
    return PayloadEdits.set(
            PayloadBytes.of(payload), PayloadBytes.of(patch), Optional.of(PayloadPath.parse(key)))
        .toString();
  }

  private static String delete(String payload, String... keys) {
    List<PayloadPath> paths = Stream.of(keys).map(PayloadPath::parse).toList();
    return PayloadEdits.delete(PayloadBytes.of(payload), paths).toString();
  }

  @Test
  void set_merges_top_level_keys_and_null_deletes() {
    assertThat(set("{\"a\":1,\"b\":2}", "{\"b\":3,\"c\":4}"))
        .isEqualTo("{\"a\":1,\"b\":3,\"c\":4}");
    assertThat(set("{\"a\":1,\"b\":2}", "{\"a\":null,\"z\":null}")).isEqualTo("{\"b\":2}");
    assertThat(set("{\"a\":{\"x\":1}}", "{\"a\":{\"y\":null}}")).isEqualTo("{\"a\":{\"y\":null}}");
    assertThat(set("{}", "{}")).isEqualTo("{}");
  }

  @Test
  void set_with_a_key_merges_into_the_object_there() {
    assertThat(set("{\"a\":{\"x\":1,\"y\":2}}", "a", "{\"y\":null,\"z\":3}"))
        .isEqualTo("{\"a\":{\"x\":1,\"z\":3}}");
    assertThat(set("{}", "a.b", "{\"c\":1}")).isEqualTo("{\"a\":{\"b\":{\"c\":1}}}");
    assertThat(set("{\"a\":5}", "a.b", "{\"c\":1}")).isEqualTo("{\"a\":{\"b\":{\"c\":1}}}");
    assertThat(set("{\"a\":[1]}", "a", "{\"c\":1}")).isEqualTo("{\"a\":{\"c\":1}}");
    assertThat(set("{\"a\":{\"x\":1}}", "a", "{}")).isEqualTo("{\"a\":{\"x\":1}}");
  }

  @Test
  void set_reaches_existing_elements_only() {
    assertThat(set("{\"a\":[{\"b\":1},2]}", "a[0].b", "{\"c\":1}"))
        .isEqualTo("{\"a\":[{\"b\":{\"c\":1}},2]}");
    assertThat(set("{\"a\":[{\"b\":1}]}", "a[0]", "{\"c\":1}"))
        .isEqualTo("{\"a\":[{\"b\":1,\"c\":1}]}");
    assertThat(set("{\"a\":[1]}", "a[1]", "{\"c\":1}")).isEqualTo("{\"a\":[1]}");
    assertThat(set("{\"a\":[{\"b\":{}},{},3]}", "a[].b", "{\"c\":1}"))
        .isEqualTo("{\"a\":[{\"b\":{\"c\":1}},{\"b\":{\"c\":1}},{\"b\":{\"c\":1}}]}");
  }

  @Test
  void where_there_is_no_array_an_empty_one_is_left() {
    assertThat(set("{\"a\":{\"x\":1}}", "a[]", "{\"c\":1}")).isEqualTo("{\"a\":[]}");
    assertThat(set("{}", "a[].b", "{\"c\":1}")).isEqualTo("{\"a\":[]}");
    assertThat(set("{\"a\":1}", "a[0].b", "{\"c\":1}")).isEqualTo("{\"a\":[]}");
  }

  @Test
  void delete_removes_what_the_path_leads_to() {
    assertThat(delete("{\"a\":1,\"b\":{\"c\":2,\"d\":3}}", "a", "b.c"))
        .isEqualTo("{\"b\":{\"d\":3}}");
    assertThat(delete("{\"a\":[{\"b\":1,\"c\":2},{\"b\":3}]}", "a[].b"))
        .isEqualTo("{\"a\":[{\"c\":2},{}]}");
    assertThat(delete("{\"a\":[{\"b\":1},{\"b\":3}]}", "a[1].b"))
        .isEqualTo("{\"a\":[{\"b\":1},{}]}");
    assertThat(delete("{\"a\":[1,2]}", "a[]")).isEqualTo("{\"a\":[]}");
    assertThat(delete("{\"a\":[1,2]}", "a[0]")).isEqualTo("{\"a\":[1,2]}");
    assertThat(delete("{\"a\":[1,2]}", "a.b", "b", "b.c", "a[7].x", "a[][]"))
        .isEqualTo("{\"a\":[1,2]}");
    assertThat(delete("{\"a b\":{\"c.d\":1}}", "\"a b\".\"c.d\"")).isEqualTo("{\"a b\":{}}");
  }

  @Test
  void untouched_values_keep_their_bytes() {
    String odd =
        "{\"n\":1.50E+07,\"s\":\"\\u00e9\\/\",\"o\":{\"u\":18446744073709551615,\"u\\u0041\":0}";

    assertThat(set(odd + "}", "{\"x\":-0.0}")).isEqualTo(odd + ",\"x\":-0.0}");
    assertThat(delete(odd + ",\"x\":1}", "x")).isEqualTo(odd + "}");
  }

  @Test
  void an_edit_can_not_nest_a_payload_too_deep() {
    String key = "a" + ".a".repeat(126);
    assertThat(set("{}", key, "{\"x\":1}")).contains("{\"x\":1}");
    assertThatThrownBy(() -> set("{}", key, "{\"x\":{}}")).isInstanceOf(BadInput.class);
    assertThatThrownBy(() ->
            PayloadEdits.checkDepth(PayloadBytes.EMPTY, Optional.of(PayloadPath.parse(key + ".a"))))
        .isInstanceOf(BadInput.class);
  }
}
