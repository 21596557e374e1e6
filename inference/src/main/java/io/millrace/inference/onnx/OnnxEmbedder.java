package io.millrace.inference.onnx;

import io.millrace.inference.Embedder;
import io.millrace.inference.EmbeddingModel;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;

/// One model under its names.
final class OnnxEmbedder implements Embedder {
  private final SortedSet<String> names;
  private final OnnxModel model;

  OnnxEmbedder(List<String> names, OnnxModel model) {
    this.names = Collections.unmodifiableSortedSet(new TreeSet<>(names));
    this.model = model;
  }

  @Override
  public Optional<EmbeddingModel> model(String name) {
    return names.contains(name.toLowerCase(Locale.ROOT)) ? Optional.of(model) : Optional.empty();
  }

  @Override
  public SortedSet<String> names() {
    return names;
  }

  @Override
  public void close() {
    model.close();
  }
}
