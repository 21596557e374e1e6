package io.millrace.inference.onnx;

import io.millrace.inference.Embedder;
import io.millrace.inference.EmbedderProvider;

/// all-MiniLM-L6-v2 from the class path, or a model of that kind from a folder.
public final class OnnxProvider implements EmbedderProvider {
  @Override
  public Embedder open(Settings settings) {
    ModelFiles files = settings.model().map(ModelFiles::in).orElseGet(ModelFiles::ofClassPath);
    return new OnnxEmbedder(files.names(), OnnxModel.load(files, settings));
  }
}
