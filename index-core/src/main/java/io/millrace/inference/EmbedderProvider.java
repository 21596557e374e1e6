package io.millrace.inference;

import java.nio.file.Path;
import java.util.Optional;
import java.util.ServiceLoader;

/// What a module with models registers for [ServiceLoader].
public interface EmbedderProvider {

  /// @param models a folder with a model of the user's, in place of the one that the module brings
  /// @param threads that one run of a model may use; 0 = as many as there are cores
  /// @param batch most texts of one run
  /// @param queue parts of requests that may wait, each of at most `batch` texts
  record Settings(Optional<Path> models, int threads, int batch, int queue) {}

  /// Loads the models. Throws [IllegalArgumentException] with a sentence for the operator when that
  /// is not possible.
  Embedder open(Settings settings);

  /// The one of the class path.
  static Optional<EmbedderProvider> find() {
    return ServiceLoader.load(EmbedderProvider.class).findFirst();
  }
}
