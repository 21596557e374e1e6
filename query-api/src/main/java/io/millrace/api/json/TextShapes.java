package io.millrace.api.json;

import io.millrace.model.BadInput;
import io.millrace.model.TextOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import tools.jackson.databind.JsonNode;

/// How the parameters of a text index look that have a shape of their own, and what they come to.
final class TextShapes {
  private TextShapes() {}

  /// Codes that Qdrant takes for a language; two of them are no ISO codes.
  private static final Map<String, String> LANGUAGES_BY_CODE =
      Map.ofEntries(
          Map.entry("ar", "arabic"),
          Map.entry("az", "azerbaijani"),
          Map.entry("bn", "bengali"),
          Map.entry("ca", "catalan"),
          Map.entry("da", "danish"),
          Map.entry("de", "german"),
          Map.entry("el", "greek"),
          Map.entry("en", "english"),
          Map.entry("es", "spanish"),
          Map.entry("eu", "basque"),
          Map.entry("fi", "finnish"),
          Map.entry("fr", "french"),
          Map.entry("he", "hebrew"),
          Map.entry("hi-en", "hinglish"),
          Map.entry("hu", "hungarian"),
          Map.entry("hy", "armenian"),
          Map.entry("id", "indonesian"),
          Map.entry("it", "italian"),
          Map.entry("jp", "japanese"),
          Map.entry("kk", "kazakh"),
          Map.entry("ne", "nepali"),
          Map.entry("nl", "dutch"),
          Map.entry("no", "norwegian"),
          Map.entry("pt", "portuguese"),
          Map.entry("ro", "romanian"),
          Map.entry("ru", "russian"),
          Map.entry("sl", "slovene"),
          Map.entry("sv", "swedish"),
          Map.entry("ta", "tamil"),
          Map.entry("tg", "tajik"),
          Map.entry("tr", "turkish"),
          Map.entry("zh", "chinese"));

  private static final Shape LANGUAGE =
      language(
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
              language(
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

  /// One of `names` or its code, which is brought into the name.
  private static Shape language(String... names) {
    Shape name = Shape.choice(names);
    return (node, at, violations) ->
        name.read(Shape.NODES.stringNode(languageName(Tree.string(node))), at, violations);
  }

  static String languageName(String nameOrCode) {
    return LANGUAGES_BY_CODE.getOrDefault(nameOrCode, nameOrCode);
  }

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
