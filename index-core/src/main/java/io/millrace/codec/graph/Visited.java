package io.millrace.codec.graph;

import java.util.Arrays;

/// The nodes that a search has met; emptied at the cost of those that it met.
final class Visited {
  private final long[] words;
  private int[] met = new int[1 << 10];
  private int count;

  Visited(int nodes) {
    words = new long[(nodes >> 6) + 1];
  }

  /// Whether the node is new.
  boolean add(int node) {
    long bit = 1L << node;
    if ((words[node >> 6] & bit) != 0) {
      return false;
    }
    words[node >> 6] |= bit;
    if (count == met.length) {
      met = Arrays.copyOf(met, 2 * count);
    }
    met[count++] = node;
    return true;
  }

  void clear() {
    for (int i = 0; i < count; i++) {
      words[met[i] >> 6] = 0;
    }
    count = 0;
  }
}
