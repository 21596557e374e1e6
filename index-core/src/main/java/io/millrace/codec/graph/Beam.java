package io.millrace.codec.graph;

/// The best nodes that a search has found so far, best first, and which of them it has expanded.
/// Ties go to the smaller ordinal.
final class Beam {
  /// Score, ordinal (smaller is larger), and whether it was expanded.
  private long[] keys = new long[128];

  private int capacity;
  private int size;
  private int next;

  void reset(int capacity) {
    if (keys.length < capacity) {
      keys = new long[Math.max(capacity, 2 * keys.length)];
    }
    this.capacity = capacity;
    size = 0;
    next = 0;
  }

  int size() {
    return size;
  }

  int node(int place) {
    return Integer.MAX_VALUE - (int) ((keys[place] & 0xffff_ffffL) >>> 1);
  }

  float score(int place) {
    return Float.intBitsToFloat(sortable((int) (keys[place] >> 32)));
  }

  void add(int node, float score) {
    // What overflowed to no number is as far away as can be.
    float number = Float.isNaN(score) ? Float.NEGATIVE_INFINITY : score;
    long bits = sortable(Float.floatToIntBits(number));
    long key = (bits << 32) | ((long) (Integer.MAX_VALUE - node) << 1);
    int last = size;
    if (size == capacity) {
      if (key <= keys[size - 1]) {
        return;
      }
      last--;
    } else {
      size++;
    }
    int low = 0;
    int high = last;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (keys[middle] > key) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    System.arraycopy(keys, low, keys, low + 1, last - low);
    keys[low] = key;
    next = Math.min(next, low);
  }

  /// Between the bits of floats and ints of the same order.
  private static int sortable(int bits) {
    return bits ^ ((bits >> 31) & Integer.MAX_VALUE);
  }

  /// The best node that was not expanded yet, which it is from now on; −1: none is left.
  int expand() {
    while (next < size) {
      if ((keys[next] & 1) == 0) {
        keys[next] |= 1;
        return node(next++);
      }
      next++;
    }
    return -1;
  }

  /// All nodes are to be expanded again, on another level.
  void reopen() {
    for (int i = 0; i < size; i++) {
      keys[i] &= ~1L;
    }
    next = 0;
  }
}
