package io.millrace.inference;

import java.nio.file.Path;
import java.util.Optional;
import java.util.ServiceLoader;

/// What a module with models registers for [ServiceLoader].
public interface EmbedderProvider {

  /// @param model folder of a model of the user's, in place of the one that the module brings
  /// @param threads that one run may use; 0 = half the cores
  /// @param batch texts of one run at most
  /// @param queue parts of requests that may wait, each of at most `batch` texts
  record Settings(Optional<Path> model, int threads, int batch, int queue) {}

  /// Loads the models. Throws [IllegalArgumentException] with a sentence for the operator when that
  /// is not possible.
  Embedder open(Settings settings);

  /// The one of the class path.
  static Optional<EmbedderProvider> find() {
    return ServiceLoader.load(EmbedderProvider.class).findFirst();
  }
}
