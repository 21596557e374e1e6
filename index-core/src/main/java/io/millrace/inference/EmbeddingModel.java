package io.millrace.inference;

import java.util.List;

/// A model that makes one dense vector of a text. Safe for use by several threads.
public interface EmbeddingModel {

  /// What becomes of a request when as many wait as may wait.
  enum WhenFull {
    /// For streams, of which there are few.
    WAIT,
    /// [Failure.TooMuch] is thrown.
    REFUSE
  }

  /// @param vector of [#dimension] components
  /// @param tokens of the text, as far as the model read it
  record Embedding(float[] vector, int tokens) {}

  /// As answers name it.
  String name();

  int dimension();

  /// The vectors of the texts, in their order. Returns when all are made. Throws [Failure.TooMuch],
  /// and [Failure.Unavailable] when the model does not work now.
  List<Embedding> embed(List<String> texts, WhenFull whenFull);
}
