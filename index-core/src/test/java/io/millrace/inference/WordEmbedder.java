package io.millrace.inference;

import io.millrace.model.Failure;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicInteger;

/// A model without a model: a text is the number of its words that hash to each of its eight
/// components. Texts with the same words have the same vector.
public final class WordEmbedder implements Embedder, EmbeddingModel {
  public static final String NAME = "test/words";

  /// Another model: twice the numbers.
  public static final String DOUBLED = "test/doubled";

  /// For tests that find it as the server does.
  public static final class Provider implements EmbedderProvider {
    @Override
    public Embedder open(Settings settings) {
      return new WordEmbedder();
    }
  }

  private final AtomicInteger runs = new AtomicInteger();
  private final AtomicInteger texts = new AtomicInteger();
  private volatile boolean isDown;

  /// Whether it answers with [Failure.Unavailable] from now on.
  public void fail(boolean down) {
    isDown = down;
  }

  /// Calls that embedded something.
  public int runs() {
    return runs.get();
  }

  /// Texts of all of them.
  public int texts() {
    return texts.get();
  }

  @Override
  public Optional<EmbeddingModel> model(String name) {
    return switch (name.toLowerCase(Locale.ROOT)) {
      case NAME -> Optional.of(this);
      case DOUBLED -> Optional.of(doubled);
      default -> Optional.empty();
    };
  }

  private final EmbeddingModel doubled =
      new EmbeddingModel() {
        @Override
        public String name() {
          return DOUBLED;
        }

        @Override
        public int dimension() {
          return WordEmbedder.this.dimension();
        }

        @Override
        public List<Embedding> embed(List<String> asked, WhenFull whenFull) {
          List<Embedding> embeddings = WordEmbedder.this.embed(asked, whenFull);
          for (Embedding embedding : embeddings) {
            for (int i = 0; i < embedding.vector().length; i++) {
              embedding.vector()[i] *= 2;
            }
          }
          return embeddings;
        }
      };

  @Override
  public SortedSet<String> names() {
    return new TreeSet<>(List.of(NAME));
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public int dimension() {
    return 8;
  }

  @Override
  public List<Embedding> embed(List<String> asked, WhenFull whenFull) {
    if (isDown) {
      throw new Failure.Unavailable("The model does not answer");
    }
    runs.incrementAndGet();
    texts.addAndGet(asked.size());
    return asked.stream().map(WordEmbedder::embedding).toList();
  }

  private static Embedding embedding(String text) {
    String[] words = text.toLowerCase(Locale.ROOT).strip().split("\\s+");
    float[] vector = new float[8];
    for (String word : words) {
      vector[Math.floorMod(word.hashCode(), 8)]++;
    }
    return new Embedding(vector, words.length);
  }

  @Override
  public void close() {}
}
