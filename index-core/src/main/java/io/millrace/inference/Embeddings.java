package io.millrace.inference;

import io.millrace.inference.EmbeddingModel.Embedding;
import io.millrace.inference.EmbeddingModel.WhenFull;
import io.millrace.model.BadInput;
import io.millrace.model.VectorValue;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// The texts of one request, or of some records, whose vectors are made together once all of them
/// are known. Until [#make] a vector that was asked for is all zeros: nobody but its reader may see
/// it. Equal texts are embedded once. Not shared between threads.
public final class Embeddings {
  private final Optional<Embedder> embedder;
  private final WhenFull whenFull;
  private final Map<EmbeddingModel, Map<String, VectorValue.Dense>> asked = new LinkedHashMap<>();
  private final Map<String, Long> tokens = new TreeMap<>();
  private Optional<String> instead = Optional.empty();

  /// @param embedder empty = none is configured
  public Embeddings(Optional<Embedder> embedder, WhenFull whenFull) {
    this.embedder = embedder;
    this.whenFull = whenFull;
  }

  /// Where no model can be asked for.
  public static Embeddings none() {
    return new Embeddings(Optional.empty(), WhenFull.REFUSE);
  }

  /// From here on this model is meant, whichever is named; empty = the one that is named.
  public void mean(Optional<String> model) {
    instead = model;
  }

  /// The model of that name. Throws [BadInput] in Qdrant's words if there is none.
  public EmbeddingModel model(String named) {
    String name = instead.orElse(named);
    if (embedder.isEmpty()) {
      throw BadInput.inference(
          "InferenceService is not initialized. Please check if it was properly configured and"
              + " initialized during startup. (Model `"
              + name
              + "` needs it; `qdrant/bm25` does not)");
    }
    return embedder
        .get()
        .model(name)
        .orElseThrow(() ->
            BadInput.inference(
                "Inference request validation failed: Model `"
                    + name
                    + "` is not available. Available models: `qdrant/bm25`, `"
                    + String.join("`, `", embedder.get().names())
                    + "`"));
  }

  /// The vector of the text, complete after [#make].
  public VectorValue.Dense later(EmbeddingModel model, String text) {
    return asked
        .computeIfAbsent(model, _ -> new LinkedHashMap<>())
        .computeIfAbsent(text, _ -> new VectorValue.Dense(new float[model.dimension()]));
  }

  /// Makes all vectors that were asked for. Throws [Failure.TooMuch] and [Failure.Unavailable];
  /// then it may be tried again.
  public void make() {
    asked.forEach(this::make);
    asked.clear();
  }

  private void make(EmbeddingModel model, Map<String, VectorValue.Dense> vectors) {
    Iterator<Embedding> made = model.embed(new ArrayList<>(vectors.keySet()), whenFull).iterator();
    long read = 0;
    for (VectorValue.Dense vector : vectors.values()) {
      Embedding embedding = made.next();
      System.arraycopy(embedding.vector(), 0, vector.values(), 0, vector.values().length);
      read += embedding.tokens();
    }
    tokens.merge(model.name(), read, Long::sum);
  }

  /// Tokens that were read, by model.
  public Map<String, Long> tokens() {
    return Map.copyOf(tokens);
  }
}
