package io.millrace.inference.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.millrace.inference.Embedder;
import io.millrace.inference.EmbedderProvider;
import io.millrace.inference.EmbedderProvider.Settings;
import io.millrace.inference.EmbeddingModel;
import io.millrace.inference.EmbeddingModel.Embedding;
import io.millrace.inference.EmbeddingModel.WhenFull;
import io.millrace.model.Failure;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// The real model.
@Timeout(120)
class OnnxModelTest {
  private static final String NAME = "sentence-transformers/all-minilm-l6-v2";

  private Optional<Embedder> opened = Optional.empty();

  private EmbeddingModel model(int batch, int queue) {
    Embedder embedder =
        EmbedderProvider.find().orElseThrow().open(new Settings(Optional.empty(), 1, batch, queue));
    opened = Optional.of(embedder);
    return embedder.model(NAME).orElseThrow();
  }

  @AfterEach
  void close() {
    opened.ifPresent(Embedder::close);
  }

  private static void assertAlike(float[] vector, float[] expected, String text) {
    assertThat(vector).as(text).hasSize(expected.length);
    for (int i = 0; i < vector.length; i++) {
      assertThat(vector[i]).as(text + " " + i).isCloseTo(expected[i], within(1e-5f));
    }
  }

  /// Texts of all lengths in runs of 4: neither padding nor order may show.
  @Test
  void vectors_are_those_that_another_program_makes() throws Exception {
    EmbeddingModel model = model(4, 8);
    List<Reference> references = Reference.all();

    List<Embedding> made =
        model.embed(references.stream().map(Reference::text).toList(), WhenFull.REFUSE);

    assertThat(model.dimension()).isEqualTo(384);
    for (int i = 0; i < made.size(); i++) {
      Reference reference = references.get(i);
      assertThat(made.get(i).tokens()).isEqualTo(reference.ids().length);
      if (reference.vector().isPresent()) {
        assertAlike(made.get(i).vector(), reference.vector().get(), reference.text());
      }
    }
    assertThat(model.embed(List.of(), WhenFull.REFUSE)).isEmpty();
  }

  @Test
  void it_has_the_names_that_clients_use() {
    assertThat(model(1, 1).name()).isEqualTo(NAME);
    for (String name :
        List.of(
            "sentence-transformers/all-MiniLM-L6-v2",
            "all-minilm-l6-v2",
            "Qdrant/all-MiniLM-L6-v2-onnx")) {
      assertThat(opened.orElseThrow().model(name)).as(name).isPresent();
    }
    assertThat(opened.orElseThrow().model("acme/bert")).isEmpty();
  }

  private static <T> List<Future<T>> together(ExecutorService threads, int n, Callable<T> work) {
    var go = new CountDownLatch(1);
    List<Future<T>> running = new ArrayList<>();
    for (int i = 0; i < n; i++) {
      running.add(
          threads.submit(() -> {
            go.await();
            return work.call();
          }));
    }
    go.countDown();
    return running;
  }

  @Test
  void more_than_may_wait_are_refused_and_the_others_served() throws Exception {
    EmbeddingModel model = model(2, 1);
    String text = "word ".repeat(300);
    float[] expected = model.embed(List.of(text), WhenFull.REFUSE).getFirst().vector();
    int refused = 0;
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (Future<List<Embedding>> one :
          together(threads, 40, () -> model.embed(List.of(text), WhenFull.REFUSE))) {
        try {
          assertAlike(one.get().getFirst().vector(), expected, text);
        } catch (ExecutionException e) {
          assertThat(e).hasCauseInstanceOf(Failure.TooMuch.class);
          refused++;
        }
      }
      assertThat(refused).isBetween(1, 39);
      for (Future<List<Embedding>> one :
          together(threads, 5, () -> model.embed(List.of(text, "cat", "dog"), WhenFull.WAIT))) {
        assertThat(one.get()).hasSize(3);
      }
    }
  }

  @Test
  void closing_ends_those_who_wait() throws Exception {
    EmbeddingModel model = model(1, 1);
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<List<Embedding>>> waiting =
          together(threads, 8, () -> model.embed(List.of("word ".repeat(300), "x"), WhenFull.WAIT));

      opened.orElseThrow().close();

      for (Future<List<Embedding>> one : waiting) {
        try {
          one.get();
        } catch (ExecutionException e) {
          assertThat(e).hasCauseInstanceOf(Failure.Unavailable.class);
        }
      }
    }
    assertThatThrownBy(() -> model.embed(List.of("x"), WhenFull.REFUSE))
        .isInstanceOf(Failure.Unavailable.class)
        .hasMessage("The server stops");
  }

  @Test
  void a_model_of_the_users_is_a_folder(@TempDir Path folder) throws Exception {
    Path mine = Files.createDirectory(folder.resolve("My-Model"));
    assertThatThrownBy(() -> open(mine))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("there is no readable file " + mine.resolve("model.onnx"));
    copy("/all-minilm-l6-v2.onnx", mine.resolve("model.onnx"));
    Files.writeString(mine.resolve("tokenizer.json"), "{\"model\":{\"type\":\"BPE\"}}");
    assertThatThrownBy(() -> open(mine)).hasMessageContaining("only WordPiece");
    Files.delete(mine.resolve("tokenizer.json"));
    copy("/all-minilm-l6-v2-tokenizer.json", mine.resolve("tokenizer.json"));
    Files.writeString(mine.resolve("sentence_bert_config.json"), "{\"max_seq_length\":7}");

    open(mine);

    EmbeddingModel model = opened.orElseThrow().model("my-model").orElseThrow();
    assertThat(model.embed(List.of("word ".repeat(50)), WhenFull.WAIT).getFirst().tokens())
        .isEqualTo(7);
    assertThat(Files.exists(mine.resolve("model.onnx"))).isTrue();
    opened.orElseThrow().close();
    Files.writeString(mine.resolve("model.onnx"), "no model");
    assertThatThrownBy(() -> open(mine)).hasMessageContaining("model.onnx cannot be loaded");
  }

  private void open(Path folder) {
    opened = Optional.of(new OnnxProvider().open(new Settings(Optional.of(folder), 1, 32, 8)));
  }

  private static void copy(String resource, Path to) throws Exception {
    try (InputStream in =
        Objects.requireNonNull(OnnxModelTest.class.getResourceAsStream(resource))) {
      Files.copy(in, to);
    }
  }
}
