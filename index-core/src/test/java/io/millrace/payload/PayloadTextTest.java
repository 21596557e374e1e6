package io.millrace.payload;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.Props;
import io.millrace.model.BadInput;
import io.millrace.model.PayloadBytes;
import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

class PayloadTextTest {
  private static String canonical(String json) {
    return PayloadText.canonical(json.getBytes(StandardCharsets.UTF_8)).toString();
  }

  private static String copied(String json) {
    byte[] utf8 = json.getBytes(StandardCharsets.UTF_8);
    try (JsonParser parser = new JsonFactory().createParser(ObjectReadContext.empty(), utf8)) {
      parser.nextToken();
      PayloadBytes payload = PayloadText.copy(parser, number -> {});
      assertThat(parser.currentToken()).isEqualTo(JsonToken.END_OBJECT);
      assertThat(parser.nextToken()).isNull();
      return payload.toString();
    }
  }

  @Test
  void white_space_goes_and_everything_else_stays() {
    String json =
        " { \"a b\" :\t[ 1 , \"x y\" ,\r\n{ } , [ ] ,null,true , false ] , \"\" : -1.50E+07 } ";
    String expected = "{\"a b\":[1,\"x y\",{},[],null,true,false],\"\":-1.50E+07}";

    assertThat(canonical(json)).isEqualTo(expected);
    assertThat(copied(json)).isEqualTo(expected);
  }

  @Test
  void numbers_keep_their_text() {
    String numbers =
        "{\"a\":[0,-0,0.10,1e5,1E-05,18446744073709551616,123456789012345678901234567890.5,1e400]}";

    assertThat(canonical(numbers)).isEqualTo(numbers);
    assertThat(copied(numbers)).isEqualTo(numbers);
  }

  @Test
  void escapes_stay_as_sent_in_bytes_and_become_few_in_a_copy() {
    String json = "{\"\\u0061\\/\":\"\\ud83d\\ude00 \\n \\u00e9 é\\\"\\\\\\u0001\"}";

    assertThat(canonical(json)).isEqualTo(json);
    assertThat(copied(json)).isEqualTo("{\"a/\":\"😀 \\n é é\\\"\\\\\\u0001\"}");
  }

  @Test
  void of_equal_keys_the_last_one_wins() {
    assertThat(canonical("{\"a\":1,\"b\":2,\"\\u0061\":3}")).isEqualTo("{\"\\u0061\":3,\"b\":2}");
    assertThat(copied("{\"a\":1,\"b\":2,\"\\u0061\":3}")).isEqualTo("{\"a\":3,\"b\":2}");
    assertThat(canonical("{\"a\":[{\"x\":{\"y\":1},\"x\":[2,{\"z\":3,\"z\":4}]}],\"b\":{}}"))
        .isEqualTo("{\"a\":[{\"x\":[2,{\"z\":4}]}],\"b\":{}}");
    assertThat(canonical("{\"a\":{\"b\":1},\"c\":{\"b\":1}}"))
        .as("equal keys of different objects")
        .isEqualTo("{\"a\":{\"b\":1},\"c\":{\"b\":1}}");
    StringBuilder wide = new StringBuilder("{");
    for (int i = 0; i < 100; i++) {
      wide.append("\"k").append(i).append("\":").append(i).append(',');
    }
    String distinct = wide.substring(0, wide.length() - 1);
    assertThat(canonical(distinct + "}")).isEqualTo(distinct + "}");
    assertThat(canonical(distinct + ",\"k99\":0}"))
        .isEqualTo(distinct.replace("\"k99\":99", "\"k99\":0") + "}");
  }

  @Test
  void what_is_no_object_is_refused_with_the_place() {
    for (String json :
        new String[] {
          "",
          " ",
          "[]",
          "1",
          "null",
          "{",
          "{}x",
          "{} {}",
          "{\"a\"}",
          "{\"a\":}",
          "{\"a\":1,}",
          "{a:1}",
          "{'a':1}",
          "{\"a\":01}",
          "{\"a\":1.}",
          "{\"a\":.5}",
          "{\"a\":+1}",
          "{\"a\":1e}",
          "{\"a\":-}",
          "{\"a\":NaN}",
          "{\"a\":tru}",
          "{\"a\":\"x}",
          "{\"a\":\"\\x\"}",
          "{\"a\":\"\\u12\"}",
          "{\"a\":\"\\u12g4\"}",
          "{\"a\":\"\n\"}",
          "{\"a\":\"\\ud800\"}",
          "{\"a\":\"\\ud800\\u0041\"}",
          "{\"a\":\"\\udc00\"}",
          "{\"a\":[1 2]}",
          "{\"a\":[1,]}",
          "{\"a\" 1}",
          "{\"a\":1 \"b\":2}",
          "{\"a\":\"\\"
        }) {
      assertThatThrownBy(() -> canonical(json)).as(json).isInstanceOf(BadInput.class);
    }
    assertThatThrownBy(() -> canonical("{\"a\" 1}")).hasMessageEndingWith("expected ':' at byte 5");
  }

  @Test
  void bytes_that_are_no_utf8_are_refused() {
    int[][] bad = {
      {0x80},
      {0xC0, 0x80},
      {0xC1, 0xBF},
      {0xC3},
      {0xE0, 0x80, 0x80},
      {0xE2, 0x82},
      {0xED, 0xA0, 0x80},
      {0xF0, 0x80, 0x80, 0x80},
      {0xF4, 0x90, 0x80, 0x80},
      {0xF5, 0x80, 0x80, 0x80},
      {0xFF}
    };
    for (int[] sequence : bad) {
      byte[] json = new byte[8 + sequence.length];
      System.arraycopy("{\"a\":\"".getBytes(StandardCharsets.UTF_8), 0, json, 0, 6);
      for (int i = 0; i < sequence.length; i++) {
        json[6 + i] = (byte) sequence[i];
      }
      json[6 + sequence.length] = '"';
      json[7 + sequence.length] = '}';
      assertThatThrownBy(() -> PayloadText.canonical(json)).isInstanceOf(BadInput.class);
    }
    assertThat(canonical("{\"a\":\"\u0080\u07ff\u0800\ufffd\ud800\udc00\udbff\udfff\"}"))
        .isEqualTo("{\"a\":\"\u0080\u07ff\u0800\ufffd\ud800\udc00\udbff\udfff\"}");
  }

  @Test
  void a_payload_nests_up_to_128_levels() {
    String deepest = "{\"a\":" + "[".repeat(127) + "]".repeat(127) + "}";
    String tooDeep = "{\"a\":" + "[".repeat(128) + "]".repeat(128) + "}";

    assertThat(canonical(deepest)).isEqualTo(deepest);
    assertThat(copied(deepest)).isEqualTo(deepest);
    assertThatThrownBy(() -> canonical(tooDeep)).isInstanceOf(BadInput.class);
    assertThatThrownBy(() -> copied(tooDeep)).isInstanceOf(BadInput.class);
  }

  @Test
  void half_of_a_surrogate_pair_is_not_copied() {
    assertThatThrownBy(() -> copied("{\"a\":\"\\ud800\"}")).isInstanceOf(BadInput.class);
    assertThatThrownBy(() -> copied("{\"\\udc00\":1}")).isInstanceOf(RuntimeException.class);
  }

  @Test
  void only_the_given_range_is_read() {
    byte[] json = "xx{\"a\":1}yy".getBytes(StandardCharsets.UTF_8);

    assertThat(PayloadText.canonical(json, 2, 9)).isEqualTo(PayloadBytes.of("{\"a\":1}"));
    assertThatThrownBy(() -> PayloadText.canonical(json, 2, 8)).isInstanceOf(BadInput.class);
  }

  @Test
  void any_payload_survives_white_space_and_both_readers() {
    Props.forAll(
        2_000,
        6,
        PayloadGenerators::object,
        object -> {
          String json = PayloadGenerators.json(object);
          String spaced = spaced(json, new SplittableRandom(json.hashCode()));

          assertThat(canonical(spaced)).isEqualTo(json);
          assertThat(copied(spaced)).isEqualTo(json);
          assertThat(JsonValue.parse(PayloadBytes.of(json))).isEqualTo(object);
        });
  }

  private static String spaced(String json, SplittableRandom r) {
    StringBuilder b = new StringBuilder();
    boolean string = false;
    for (int i = 0; i < json.length(); i++) {
      char c = json.charAt(i);
      boolean structural = !string && "{}[]:,".indexOf(c) >= 0;
      if (structural && r.nextBoolean()) {
        b.append(" \n\t\r".charAt(r.nextInt(4)));
      }
      b.append(c);
      if (structural && r.nextBoolean()) {
        b.append("  ");
      }
      if (c == '\\') {
        i++;
        b.append(json.charAt(i));
      } else if (c == '"') {
        string = !string;
      }
    }
    return b.toString();
  }
}
