package io.millrace.search.nearest;

import java.util.Arrays;

/// Bounds of the documents met so far: a hash table by ordinal.
final class DocumentBounds {
  private int[] ordinals = new int[1 << 10];
  private int[] rowOf = new int[1 << 10];
  private float[] gains = new float[1 << 10];
  private int size;
  private int row;
  private float floor;
  private float floors;

  /// Begins the next row of the query.
  ///
  /// @param worst similarity of the worst row that its walk kept
  void next(float worst) {
    row++;
    floor = worst;
    floors += worst;
  }

  /// A row kept for the row of the query; the best of a document comes first.
  void add(int ordinal, float similarity) {
    int at = slot(ordinal);
    if (rowOf[at] == 0) {
      if (2 * ++size > ordinals.length) {
        grow();
        at = slot(ordinal);
      }
      ordinals[at] = ordinal;
    }
    if (rowOf[at] != row) {
      rowOf[at] = row;
      gains[at] += similarity - floor;
    }
  }

  private int slot(int ordinal) {
    int mask = ordinals.length - 1;
    int at = ordinal * 0x9E37_79B9 >>> 7 & mask;
    while (rowOf[at] != 0 && ordinals[at] != ordinal) {
      at = at + 1 & mask;
    }
    return at;
  }

  private void grow() {
    int[] oldOrdinals = ordinals;
    int[] oldRowOf = rowOf;
    float[] oldGains = gains;
    ordinals = new int[2 * oldOrdinals.length];
    rowOf = new int[ordinals.length];
    gains = new float[ordinals.length];
    for (int i = 0; i < oldOrdinals.length; i++) {
      if (oldRowOf[i] != 0) {
        int at = slot(oldOrdinals[i]);
        ordinals[at] = oldOrdinals[i];
        rowOf[at] = oldRowOf[i];
        gains[at] = oldGains[i];
      }
    }
  }

  int size() {
    return size;
  }

  /// The `most` largest bounds, falling, as [Ranked].
  long[] best(int most) {
    long[] rising = new long[size];
    int count = 0;
    for (int i = 0; i < ordinals.length; i++) {
      if (rowOf[i] != 0) {
        rising[count++] = Ranked.of(floors + gains[i], ordinals[i]);
      }
    }
    Arrays.sort(rising);
    long[] best = new long[Math.min(most, size)];
    for (int i = 0; i < best.length; i++) {
      best[i] = rising[size - 1 - i];
    }
    return best;
  }
}
