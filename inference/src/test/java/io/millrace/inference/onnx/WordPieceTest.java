package io.millrace.inference.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;

class WordPieceTest {
  @Test
  void ids_are_those_of_the_models_own_tokenizer() throws Exception {
    WordPiece tokenizer = ModelFiles.tokenizerOfClassPath();
    for (Reference reference : Reference.all()) {
      assertThat(tokenizer.tokens(reference.text()))
          .as(reference.text())
          .isEqualTo(reference.ids());
    }
  }

  @Test
  void the_longest_pieces_are_taken_and_a_text_is_cut_off() {
    var vocabulary =
        Map.of("[UNK]", 0, "[CLS]", 1, "[SEP]", 2, "ab", 3, "a", 4, "##c", 5, "##bc", 6, "!", 7);

    assertThat(new WordPiece(vocabulary, true, 9).tokens("Abc a! x"))
        .containsExactly(1, 3, 5, 4, 7, 0, 2);
    assertThat(new WordPiece(vocabulary, true, 5).tokens("abc abc")).containsExactly(1, 3, 5, 3, 2);
    assertThat(new WordPiece(vocabulary, false, 5).tokens("Abc")).containsExactly(1, 0, 2);
    assertThat(new WordPiece(vocabulary, true, 9).tokens("")).containsExactly(1, 2);
    assertThatThrownBy(() -> new WordPiece(Map.of("[CLS]", 1, "[SEP]", 2), true, 9))
        .hasMessage("The vocabulary has no [UNK]");
  }
}
