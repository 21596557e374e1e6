package io.millrace.payload.text;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.model.TextOptions;
import io.millrace.model.VectorValue;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class Bm25Test {
  private static final Bm25 PLAIN = new Bm25(new TextAnalyzer(TextOptions.DEFAULT), 1.2, 0.75, 256);

  @Test
  void the_hash_is_murmur3_of_32_bits() {
    assertThat(murmur3("")).isZero();
    assertThat(murmur3("hello")).isEqualTo(0x248bfa47);
    assertThat(murmur3("hello, world")).isEqualTo(0x149bbb7f);
    assertThat(murmur3("The quick brown fox jumps over the lazy dog")).isEqualTo(0x2e4ff723);
  }

  private static int murmur3(String text) {
    return Bm25.murmur3(text.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void a_document_weighs_tokens_by_count_and_length() {
    Map<Integer, Float> weights = weights(PLAIN.document("red Blue red"));
    double norm = 1.2 * (1 - 0.75 + 0.75 * 3 / 256);
    assertThat(weights)
        .isEqualTo(
            new TreeMap<>(
                Map.of(
                    Bm25.index("red"), (float) (2 * 2.2 / (2 + norm)),
                    Bm25.index("blue"), (float) (2.2 / (1 + norm)))));
  }

  @Test
  void a_query_weighs_each_token_once() {
    assertThat(weights(PLAIN.query("red red blue")).values()).containsExactly(1f, 1f);
  }

  @Test
  void no_tokens_make_an_empty_vector_and_indices_ascend() {
    assertThat(PLAIN.document("… !").indices()).isEmpty();
    int[] indices = PLAIN.document("a b c d e f g h i j k l m n").indices();
    for (int i = 1; i < indices.length; i++) {
      assertThat(Integer.compareUnsigned(indices[i - 1], indices[i])).isNegative();
    }
  }

  private static Map<Integer, Float> weights(VectorValue.Sparse vector) {
    Map<Integer, Float> weights = new TreeMap<>();
    for (int i = 0; i < vector.indices().length; i++) {
      weights.put(vector.indices()[i], vector.values()[i]);
    }
    return weights;
  }
}
