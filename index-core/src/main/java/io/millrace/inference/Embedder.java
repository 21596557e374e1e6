package io.millrace.inference;

import java.util.Optional;
import java.util.SortedSet;

/// Models that make dense vectors of texts. Safe for use by several threads.
public interface Embedder extends AutoCloseable {

  /// @param name in upper or lower case
  Optional<EmbeddingModel> model(String name);

  /// By which models can be asked for, in lower case.
  SortedSet<String> names();

  @Override
  void close();
}
