package io.millrace.api.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.millrace.inference.Embeddings;
import io.millrace.model.BadInput;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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
}
