package io.millrace.api.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.millrace.inference.Embeddings;
import io.millrace.model.BadInput;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What Qdrant's parser says of each body, column for column.
class SyntaxFaultTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\'',
      value = {
        "{                | EOF while parsing an object at line 1 column 1",
        "{\"a\":            | EOF while parsing a value at line 1 column 5",
        "{\"a\":1           | EOF while parsing an object at line 1 column 6",
        "{\"a\":1,          | EOF while parsing a value at line 1 column 7",
        "{\"a\":[           | EOF while parsing a list at line 1 column 6",
        "{\"a\":[1,         | EOF while parsing a value at line 1 column 8",
        "{\"a\":\"abc        | EOF while parsing a string at line 1 column 9",
        "{\"a                | EOF while parsing a string at line 1 column 3",
        "{\"a\":1,}         | trailing comma at line 1 column 8",
        "{\"a\":[1,]}       | trailing comma at line 1 column 9",
        "{a:1}              | key must be a string at line 1 column 2",
        "{\"a\" 1}          | expected `:` at line 1 column 6",
        "{\"a\":1 \"b\":2}    | expected `,` or `}` at line 1 column 8",
        "{\"a\":[1 2]}      | expected `,` or `]` at line 1 column 9",
        "{\"a\":[1,2}       | expected `,` or `]` at line 1 column 10",
        "{\"a\":1]          | expected `,` or `}` at line 1 column 7",
        "{\"a\":}           | expected value at line 1 column 6",
        "{\"a\":NaN}        | expected value at line 1 column 6",
        "{\"a\":x}          | expected value at line 1 column 6",
        "{\"a\":yes}        | expected value at line 1 column 6",
        "{\"a\":01}         | invalid number at line 1 column 7",
        "{\"a\":1.}         | invalid number at line 1 column 8",
        "{\"a\":-}          | invalid number at line 1 column 7",
        "{\"a\":\"\\x\"}      | invalid escape at line 1 column 8",
        "{} x               | trailing characters at line 1 column 4",
        "{}}                | trailing characters at line 1 column 3",
      })
  void a_fault_of_syntax_is_told_in_the_words_of_qdrants_parser(String body, String told) {
    BadInput fault =
        catchThrowableOfType(
            BadInput.class,
            () ->
                JsonIn.read(
                    new ByteArrayInputStream(body.getBytes(StandardCharsets.UTF_8)),
                    Embeddings.none(),
                    in -> {
                      in.skip();
                      return body;
                    }));

    assertThat(fault).as(body).isNotNull();
    assertThat(fault.getMessage()).endsWith(told);
  }

  @Test
  void what_is_longer_than_is_read_is_told_without_words_of_a_library() {
    String name = "{\"" + "n".repeat(5_000) + "\":1}";
    assertThat(catchThrowableOfType(BadInput.class, () -> JsonIn.read(name, JsonIn::tree)))
        .hasMessage("a key is longer than 4096 characters");
    String number = "[" + "1".repeat(70_000) + "]";
    assertThat(catchThrowableOfType(BadInput.class, () -> JsonIn.read(number, JsonIn::tree)))
        .hasMessage("a number is longer than 65536 characters");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\'',
      value = {
        "{\"a\":1e400}            | column 10",
        "{\"a\":[1,-2.5E+999]}    | column 17",
        "{\"a\":{\"b\":1e99999999999}} | column 23",
      })
  void a_number_that_no_float64_comes_near_is_refused_where_it_ends(String body, String place) {
    String told = "number out of range at line 1 " + place;
    assertThat(catchThrowableOfType(BadInput.class, () -> JsonIn.read(body, PayloadJson::read)))
        .hasMessage(told);
    if (body.contains("400")) {
      assertThat(
              catchThrowableOfType(
                  BadInput.class,
                  () ->
                      JsonIn.read(
                          body,
                          in -> {
                            JsonIn.Fields fields = in.object("a map");
                            fields.next();
                            return in.f64();
                          })))
          .hasMessage(told);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"1e308", "-1E308", "1e-400", "123456789012345678901234567890", "1.5"})
  void numbers_that_a_float64_comes_near_keep_their_digits(String number) {
    String body = "{\"a\":" + number + "}";
    assertThat(JsonIn.read(body, PayloadJson::read).toString()).isEqualTo(body);
  }

  @Test
  void a_whole_number_of_more_digits_than_a_float64_has_is_refused_too() {
    String body = "{\"a\":" + "9".repeat(400) + "}";
    assertThat(catchThrowableOfType(BadInput.class, () -> JsonIn.read(body, PayloadJson::read)))
        .hasMessage("number out of range at line 1 column 405");
  }
}
