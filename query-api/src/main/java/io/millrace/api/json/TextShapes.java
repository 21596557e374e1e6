package io.millrace.api.json;

import io.millrace.model.BadInput;
import io.millrace.model.TextOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import tools.jackson.databind.JsonNode;

/// How the parameters of a text index look that have a shape of their own, and what they come to.
final class TextShapes {
  private TextShapes() {}

  private static final Shape LANGUAGE =
      Shape.choice(
          "arabic",
          "azerbaijani",
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
          "hinglish",
          "hungarian",
          "indonesian",
          "italian",
          "japanese",
          "kazakh",
          "nepali",
          "norwegian",
          "portuguese",
          "romanian",
          "russian",
          "slovene",
          "spanish",
          "swedish",
          "tajik",
          "turkish");

  private static final Shape STOPWORD_SET =
      Shape.struct("struct StopwordsSet")
          .with("languages", Shape.listOf(LANGUAGE))
          .with("custom", Shape.listOf((node, _, _) -> Shape.NODES.stringNode(Tree.string(node))));

  /// A language's name, or `{"languages": […], "custom": […]}`.
  static final Shape STOPWORDS =
      (node, at, violations) -> {
        if (!node.isString() && !node.isObject()) {
          throw BadInput.format(
              "data did not match any variant of untagged enum StopwordsInterface");
        }
        return (node.isString() ? LANGUAGE : STOPWORD_SET).read(node, at, violations);
      };

  private static final Shape SNOWBALL =
      Shape.struct("struct SnowballParams")
          .require("type", Shape.choice("snowball"))
          .require(
              "language",
              Shape.choice(
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
                  "turkish"));

  private static final Shape NO_STEMMER =
      Shape.struct("struct DisabledStemmerParams").require("type", Shape.choice("none"));

  static final Shape STEMMER =
      (node, at, violations) -> {
        Tree.object(node, "a stemming algorithm");
        JsonNode type = Tree.field(node, "type");
        return (type != null && type.isString() && type.stringValue().equals("none")
                ? NO_STEMMER
                : SNOWBALL)
            .read(node, at, violations);
      };

  /// @param params in their normal form, or the bare type's name
  static TextOptions options(JsonNode params) {
    JsonNode stopwords = params.path("stopwords");
    List<String> languages = new ArrayList<>();
    List<String> custom = new ArrayList<>();
    if (stopwords.isString()) {
      languages.add(stopwords.stringValue());
    } else {
      stopwords.path("languages").forEach(language -> languages.add(language.stringValue()));
      stopwords.path("custom").forEach(word -> custom.add(word.stringValue()));
    }
    JsonNode language = params.path("stemmer").path("language");
    return new TextOptions(
        TextOptions.Tokenizer.valueOf(
            params.path("tokenizer").stringValue("word").toUpperCase(Locale.ROOT)),
        params.path("lowercase").booleanValue(true),
        params.path("ascii_folding").booleanValue(false),
        languages,
        custom,
        language.isString() ? Optional.of(language.stringValue()) : Optional.empty(),
        count(params.path("min_token_len")),
        count(params.path("max_token_len")),
        params.path("phrase_matching").booleanValue(false));
  }

  private static OptionalInt count(JsonNode node) {
    return node.isNumber()
        ? OptionalInt.of(node.canConvertToInt() ? node.intValue() : Integer.MAX_VALUE)
        : OptionalInt.empty();
  }
}
