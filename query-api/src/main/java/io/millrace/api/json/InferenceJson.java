package io.millrace.api.json;

import io.millrace.inference.EmbeddingModel;
import io.millrace.inference.Embeddings;
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

/// Something to be embedded, in place of a vector: `{"text", "model", "options"?}`, or `image` or
/// `object` in the place of `text`, keys in any order. `qdrant/bm25` is computed here; other models
/// are those of the [Embeddings].
public final class InferenceJson {
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

  /// Reads an object that stands alone, as one that is stored. Throws [BadInput].
  ///
  /// @param embeddings the vector is complete when they are made
  public static VectorValue stored(String json, Embeddings embeddings) {
    return JsonIn.read(json, embeddings, in -> VectorJson.readStored(in, At.BODY.field("vector")));
  }

  /// Whether the value of this field may be an object or a list, as a vector may.
  static boolean mayBeNested(String field) {
    return switch (field) {
      case "image", "object", "options" -> true;
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
    if (name.isEmpty()) {
      in.violations().add(at.field("model"), "value \"\" invalid, must be at least 1 characters");
      return new VectorValue.Sparse(new int[0], new float[0]);
    }
    if (!BM25_NAMES.contains(name.toLowerCase(Locale.ROOT))) {
      EmbeddingModel dense = in.embeddings().model(JsonIn.shortened(name));
      return in.embeddings().later(dense, text(in, name));
    }
    String given = text(in, name);
    Bm25 bm25 = options == null ? ENGLISH : bm25(options, at.field("options"), in.violations());
    return switch (purpose) {
      case DOCUMENT -> bm25.document(given);
      case QUERY -> bm25.query(given);
    };
  }

  private String text(JsonIn in, String of) {
    if (other != null) {
      throw BadInput.inference(
          "Inference request validation failed: Model `"
              + of
              + "` takes text, got `"
              + other
              + "`");
    }
    return Tree.string(in.require(text, "text"));
  }

  /// English unless said otherwise: its stop words, its stemmer.
  private static Bm25 bm25(JsonNode given, At at, Violations violations) {
    ObjectNode options = OPTIONS.read(given, at, violations);
    String language = TextShapes.languageName(options.path("language").asString("english"));
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
