package io.millrace.api.json;

import io.millrace.model.BadInput;
import io.millrace.model.TextOptions;
import io.millrace.model.VectorValue;
import io.millrace.payload.text.Bm25;
import io.millrace.payload.text.TextAnalyzer;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// `{"text", "model", "options"?}`: something to be embedded, in place of a vector. `qdrant/bm25`
/// is computed here; a further model is a further branch of [#vector].
final class InferenceJson {
  /// What the text is.
  enum Purpose {
    DOCUMENT,
    QUERY
  }

  private static final Set<String> BM25_NAMES = Set.of("qdrant/bm25", "bm25");

  private static final Shape.Struct OPTIONS =
      Shape.struct("struct Bm25Config")
          .with("k", Shape.decimal(0, Double.POSITIVE_INFINITY))
          .with("b", Shape.decimal(0, 1))
          .with("avg_len", Shape.decimal(Double.MIN_VALUE, Double.POSITIVE_INFINITY))
          .with("tokenizer", Shape.choice("prefix", "whitespace", "word", "multilingual"))
          .with("language", (node, _, _) -> Shape.NODES.stringNode(Tree.string(node)))
          .with("lowercase", Shape.BOOL)
          .with("ascii_folding", Shape.BOOL)
          .with("stopwords", TextShapes.STOPWORDS)
          .with("stemmer", TextShapes.STEMMER)
          .with("min_token_len", Shape.whole(0))
          .with("max_token_len", Shape.whole(0));

  private static final Bm25 ENGLISH = bm25(Shape.NODES.objectNode(), At.BODY, new Violations());

  private final Purpose purpose;
  private @Nullable JsonNode text;
  private @Nullable String other; // a kind that no model here takes
  private @Nullable String model;
  private @Nullable JsonNode options;

  InferenceJson(Purpose purpose) {
    this.purpose = purpose;
  }

  static boolean isKey(String key) {
    return switch (key) {
      case "text", "image", "object", "model", "options" -> true;
      default -> false;
    };
  }

  /// Reads the field if it is one of those of an inference object.
  boolean read(JsonIn in, String field) {
    switch (field) {
      case "text" -> text = in.tree();
      case "model" -> model = in.string();
      case "options" -> options = in.isNull() ? null : in.tree();
      case "image", "object" -> {
        other = field;
        in.skip();
      }
      default -> {
        return false;
      }
    }
    return true;
  }

  boolean isEmpty() {
    return text == null && other == null && model == null;
  }

  VectorValue vector(JsonIn in, At at) {
    String name = in.require(model, "model");
    if (!BM25_NAMES.contains(name.toLowerCase(Locale.ROOT))) {
      throw BadInput.badRequest(
          "Model `"
              + JsonIn.shortened(name)
              + "` is not available: no inference service is configured, `qdrant/bm25` is the one"
              + " model that is computed here. Send the vector itself");
    }
    if (other != null) {
      throw BadInput.badRequest("Model `" + name + "` takes text, got `" + other + "`");
    }
    String given = Tree.string(in.require(text, "text"));
    Bm25 bm25 = options == null ? ENGLISH : bm25(options, at.field("options"), in.violations());
    return switch (purpose) {
      case DOCUMENT -> bm25.document(given);
      case QUERY -> bm25.query(given);
    };
  }

  /// English unless said otherwise: its stop words, its stemmer.
  private static Bm25 bm25(JsonNode given, At at, Violations violations) {
    ObjectNode options = OPTIONS.read(given, at, violations);
    String language = options.path("language").asString("english");
    if (!options.has("stopwords") && hasStopWords(language)) {
      options.put("stopwords", language);
    }
    if (!options.has("stemmer") && hasStemmer(language)) {
      options.withObjectProperty("stemmer").put("type", "snowball").put("language", language);
    }
    TextOptions text = TextShapes.options(options);
    return new Bm25(
        new TextAnalyzer(text),
        options.path("k").doubleValue(1.2),
        options.path("b").doubleValue(0.75),
        options.path("avg_len").doubleValue(256));
  }

  private static boolean hasStopWords(String language) {
    return isRead(TextShapes.STOPWORDS, Shape.NODES.stringNode(language));
  }

  private static boolean hasStemmer(String language) {
    return isRead(
        TextShapes.STEMMER,
        Shape.NODES.objectNode().put("type", "snowball").put("language", language));
  }

  private static boolean isRead(Shape shape, JsonNode node) {
    try {
      shape.read(node, At.BODY, new Violations());
      return true;
    } catch (BadInput unknown) {
      return false;
    }
  }
}
