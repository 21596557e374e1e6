package io.millrace.payload.text;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.model.TextOptions;
import io.millrace.model.TextOptions.Tokenizer;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class TextAnalyzerTest {
  private static TextOptions options(Tokenizer tokenizer) {
    return new TextOptions(
        tokenizer,
        true,
        false,
        List.of(),
        List.of(),
        Optional.empty(),
        OptionalInt.empty(),
        OptionalInt.empty(),
        false);
  }

  private static List<String> tokens(Tokenizer tokenizer, String text) {
    return new TextAnalyzer(options(tokenizer)).ofDocument(text);
  }

  @Test
  void words_are_parted_as_the_tokenizer_says() {
    assertThat(tokens(Tokenizer.WORD, "Hello, wörld-wide_web 42! don't"))
        .containsExactly("hello", "wörld", "wide", "web", "42", "don", "t");
    assertThat(tokens(Tokenizer.WHITESPACE, " Hello,\tworld-wide\u3000web "))
        .containsExactly("hello,", "world-wide", "web");
    assertThat(tokens(Tokenizer.PREFIX, "Abc d")).containsExactly("a", "ab", "abc", "d");
    assertThat(tokens(Tokenizer.MULTILINGUAL, "Hello, world 日本語の本"))
        .startsWith("hello", "world")
        .contains("本")
        .hasSizeGreaterThanOrEqualTo(4);
    assertThat(tokens(Tokenizer.WORD, " ,. ")).isEmpty();
  }

  @Test
  void vowel_signs_and_numbers_of_every_kind_belong_to_words() {
    // The virama of Devanagari is no letter, also to Rust.
    assertThat(tokens(Tokenizer.WORD, "हिन्दी भाषा")).containsExactly("हिन", "दी", "भाषा");
    assertThat(tokens(Tokenizer.WORD, "x①② m²")).containsExactly("x①②", "m²");
  }

  @Test
  void the_multilingual_tokenizer_knows_no_accents_ligatures_and_signs() {
    assertThat(tokens(Tokenizer.MULTILINGUAL, "Niños CAFÉ Ἑλληνικὰ ﬁne x²"))
        .containsExactly("ninos", "cafe", "ελληνικα", "fine", "x2");
    assertThat(tokens(Tokenizer.MULTILINGUAL, "john.doe@x_y.com don't c:d"))
        .containsExactly("john", "doe", "x", "y", "com", "don", "t", "c", "d");
    assertThat(tokens(Tokenizer.MULTILINGUAL, "in 2024, 3.14 ½ １２ ① ٣ 10km x1"))
        .as("numbers that stand alone")
        .containsExactly("in", "10km", "x1");
    assertThat(tokens(Tokenizer.MULTILINGUAL, "йод हिन्दी 한국어"))
        .containsExactly("йод", "हिन्दी", "한국어");
  }

  @Test
  void stop_words_are_those_of_qdrant() {
    assertThat(withoutStopWords("english", "I don't just could ought should now then"))
        .containsExactly("could", "ought");
    assertThat(withoutStopWords("german", "die unse und der")).containsExactly("unse");
    assertThat(withoutStopWords("romanian", "e casa acolo")).containsExactly("casa", "acolo");
  }

  private static List<String> withoutStopWords(String language, String text) {
    return new TextAnalyzer(
            new TextOptions(
                Tokenizer.WORD,
                true,
                false,
                List.of(language),
                List.of(),
                Optional.empty(),
                OptionalInt.empty(),
                OptionalInt.empty(),
                false))
        .ofDocument(text);
  }

  @Test
  void a_query_takes_its_words_whole_and_cuts_them_at_the_longest_prefix() {
    TextAnalyzer prefix =
        new TextAnalyzer(
            new TextOptions(
                Tokenizer.PREFIX,
                true,
                false,
                List.of(),
                List.of(),
                Optional.empty(),
                OptionalInt.of(2),
                OptionalInt.of(4),
                false));

    assertThat(prefix.ofDocument("Interstellar a")).containsExactly("in", "int", "inte");
    assertThat(prefix.ofQuery("Interstellar in a")).containsExactly("inte", "in");
  }

  @Test
  void folding_lower_case_stop_words_stem_and_length_come_in_this_order() {
    TextAnalyzer all =
        new TextAnalyzer(
            new TextOptions(
                Tokenizer.WORD,
                true,
                true,
                List.of("english"),
                List.of("Café"),
                Optional.of("english"),
                OptionalInt.of(3),
                OptionalInt.of(6),
                false));

    assertThat(all.ofDocument("The AÇÃO of running apples, interpretations; ox"))
        .containsExactly("acao", "run", "appl");
    assertThat(all.ofDocument("cafes")).containsExactly("cafe");

    TextAnalyzer cased =
        new TextAnalyzer(
            new TextOptions(
                Tokenizer.WORD,
                false,
                false,
                List.of(),
                List.of("AnD"),
                Optional.empty(),
                OptionalInt.empty(),
                OptionalInt.empty(),
                false));
    assertThat(cased.ofDocument("AnD and AND")).containsExactly("and", "AND");
  }

  @Test
  void every_language_of_the_api_has_its_list_and_stemmer() {
    for (String language :
        List.of(
            "arabic",
            "basque",
            "bengali",
            "catalan",
            "chinese",
            "danish",
            "dutch",
            "english",
            "finnish",
            "french",
            "german",
            "greek",
            "hebrew",
            "hungarian",
            "indonesian",
            "italian",
            "japanese",
            "nepali",
            "norwegian",
            "portuguese",
            "romanian",
            "russian",
            "spanish",
            "swedish",
            "turkish")) {
      assertThat(StopWords.of(language)).as(language).isNotEmpty();
    }
    for (String language : List.of("azerbaijani", "hinglish", "kazakh", "slovene", "tajik")) {
      assertThat(StopWords.of(language)).as(language).isEmpty();
    }
    for (String language :
        List.of(
            "arabic",
            "armenian",
            "danish",
            "dutch",
            "english",
            "finnish",
            "french",
            "german",
            "greek",
            "hungarian",
            "italian",
            "norwegian",
            "portuguese",
            "romanian",
            "russian",
            "spanish",
            "swedish",
            "tamil",
            "turkish")) {
      assertThat(Stemmers.of(language)).isNotNull();
    }
  }
}
