package io.millrace.payload.text;

import io.millrace.model.VectorValue;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Map.Entry;

/// Text → sparse vectors whose dot product is BM25 (Robertson and Zaragoza, 2009), as Qdrant's
/// model `qdrant/bm25` makes them: a document's weight is `n(k+1) / (n + k(1 − b +
/// b·length/avgLength))` for a token that occurs n times, a query's is 1; how rare a token is comes
/// in with the `idf` modifier of the vector. A token's index is the absolute value of its hash.
///
/// @param avgLength tokens of a usual document
public record Bm25(TextAnalyzer analyzer, double k, double b, double avgLength) {

  /// Of a text that is stored; empty where no token is left.
  public VectorValue.Sparse document(String text) {
    List<String> tokens = analyzer.ofDocument(text);
    Map<Integer, Integer> counts = new HashMap<>();
    tokens.forEach(token -> counts.merge(index(token), 1, Integer::sum));
    double norm = k * (1 - b + b * tokens.size() / avgLength);
    Map<Integer, Float> weights = HashMap.newHashMap(counts.size());
    counts.forEach((index, n) -> weights.put(index, (float) (n * (k + 1) / (n + norm))));
    return sorted(weights);
  }

  /// Of a text that is looked for.
  public VectorValue.Sparse query(String text) {
    Map<Integer, Float> weights = new HashMap<>();
    analyzer.ofQuery(text).forEach(token -> weights.put(index(token), 1f));
    return sorted(weights);
  }

  private static VectorValue.Sparse sorted(Map<Integer, Float> weights) {
    List<Entry<Integer, Float>> entries =
        weights.entrySet().stream().sorted(Entry.comparingByKey(Integer::compareUnsigned)).toList();
    int[] indices = new int[entries.size()];
    float[] values = new float[entries.size()];
    for (int i = 0; i < indices.length; i++) {
      indices[i] = entries.get(i).getKey();
      values[i] = entries.get(i).getValue();
    }
    return new VectorValue.Sparse(indices, values);
  }

  /// The bits of an unsigned index: the hash of −2³¹ stands for 2³¹.
  static int index(String token) {
    return Math.abs(murmur3(token.getBytes(StandardCharsets.UTF_8)));
  }

  /// MurmurHash3_x86_32 with seed 0 (Appleby's reference code).
  static int murmur3(byte[] bytes) {
    int hash = 0;
    int at = 0;
    for (; at + 4 <= bytes.length; at += 4) {
      int block =
          bytes[at] & 0xFF
              | (bytes[at + 1] & 0xFF) << 8
              | (bytes[at + 2] & 0xFF) << 16
              | bytes[at + 3] << 24;
      hash = Integer.rotateLeft(hash ^ mixed(block), 13) * 5 + 0xe6546b64;
    }
    int rest = 0;
    for (int i = bytes.length - 1; i >= at; i--) {
      rest = rest << 8 | bytes[i] & 0xFF;
    }
    if (at < bytes.length) {
      hash ^= mixed(rest);
    }
    hash ^= bytes.length;
    hash = (hash ^ hash >>> 16) * 0x85ebca6b;
    hash = (hash ^ hash >>> 13) * 0xc2b2ae35;
    return hash ^ hash >>> 16;
  }

  private static int mixed(int block) {
    return Integer.rotateLeft(block * 0xcc9e2d51, 15) * 0x1b873593;
  }
}
