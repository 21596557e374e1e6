package io.millrace.ingest.record;

import io.millrace.inference.Embeddings;
import io.millrace.model.BadInput;
import io.millrace.model.VectorValue;

/// Who reads what stands in a record as in a body of Qdrant's REST API.
///
/// @param embeddings take the texts of this record
record RestReaders(FilterReader filters, InferenceReader inference, Embeddings embeddings) {

  /// @param json an inference object
  /// @param pointer where it stands
  VectorValue embedded(String json, String pointer) {
    try {
      return inference.read(json, embeddings);
    } catch (BadInput refused) {
      Decoded.Bad bad = Decoded.Bad.of(refused);
      Code code = bad.code() == Code.NEEDS_EMBEDDER ? bad.code() : Code.VECTOR_KIND;
      throw new BadRecord(code, pointer, bad.message());
    }
  }
}
