package io.millrace.ingest.record;

import io.millrace.inference.Embeddings;
import io.millrace.model.BadInput;
import io.millrace.model.VectorValue;

/// Reads what stands in place of a vector and is to be embedded, `{"text", "model", "options"?}` of
/// Qdrant's REST API. Whoever owns the wire JSON implements it.
@FunctionalInterface
public interface InferenceReader {

  /// @param json the object
  /// @param embeddings take the text; the vector is complete when they are made
  /// @throws BadInput when it is none, or there is no such model
  VectorValue read(String json, Embeddings embeddings);

  /// Records can hold vectors only.
  InferenceReader NONE =
      (json, embeddings) -> {
        throw BadInput.inference(
            "The vector is to be made from text or an image, and no embedder is configured");
      };
}
