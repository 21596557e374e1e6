package io.millrace.torture.history;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class RawJsonTest {
  @Test
  void values_keep_their_bytes() {
    String object =
        "{\"a\":9007199254740993,\"b\":{\"c\":[1e30,{}]},\"d\":\"x\\\"},{\",\"e\":null}";

    assertThat(RawJson.fields(object))
        .containsEntry("a", "9007199254740993")
        .containsEntry("b", "{\"c\":[1e30,{}]}")
        .containsEntry("d", "\"x\\\"},{\"")
        .containsEntry("e", "null")
        .hasSize(4);
    assertThat(RawJson.object(RawJson.fields(object))).isEqualTo(object);
  }

  @Test
  void white_space_between_tokens_is_no_part_of_a_value() {
    assertThat(RawJson.items(" [ 1 , \"a b\" ,\n[2, 3] ] "))
        .isEqualTo(List.of("1", "\"a b\"", "[2, 3]"));
    assertThat(RawJson.items("[]")).isEmpty();
    assertThat(RawJson.fields("{ }")).isEmpty();
  }

  @Test
  void strings_go_both_ways() {
    String text = "tab\t quote\" back\\slash \u0000 \u2603 \ud83d\ude00";

    assertThat(RawJson.text(RawJson.quote(text))).isEqualTo(text);
    assertThat(RawJson.text("\"\\u00e9\\/\\n\"")).isEqualTo("\u00e9/\n");
  }

  @Test
  void cut_text_is_refused() {
    for (String cut : List.of("{\"a\":1", "[1,", "{\"a\"}", "[\"a", "[1]x", "{\"a\":}", "")) {
      assertThatThrownBy(() -> RawJson.fields(cut)).as(cut).isInstanceOf(RuntimeException.class);
      assertThatThrownBy(() -> RawJson.items(cut)).as(cut).isInstanceOf(RuntimeException.class);
    }
  }
}
