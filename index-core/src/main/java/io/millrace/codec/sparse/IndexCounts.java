package io.millrace.codec.sparse;

import java.util.Arrays;

/// How many postings each index has: open addressing over the distinct ones.
final class IndexCounts {
  private long[] slots = new long[1 << 10]; // index in the upper half, count in the lower; 0 = free
  private int used;

  void add(int index) {
    int at = slot(slots, index);
    if (slots[at] == 0) {
      if (2 * ++used > slots.length) {
        grow();
        at = slot(slots, index);
      }
      slots[at] = (long) index << 32;
    }
    slots[at]++;
  }

  private static int slot(long[] slots, int index) {
    int mask = slots.length - 1;
    int at = index * 0x9E37_79B9 >>> 7 & mask;
    while (slots[at] != 0 && (int) (slots[at] >>> 32) != index) {
      at = at + 1 & mask;
    }
    return at;
  }

  private void grow() {
    long[] larger = new long[2 * slots.length];
    for (long entry : slots) {
      if (entry != 0) {
        larger[slot(larger, (int) (entry >>> 32))] = entry;
      }
    }
    slots = larger;
  }

  /// The distinct indices, ascending. Nothing may be added afterwards.
  Sorted sorted() {
    long[] entries = new long[used];
    int n = 0;
    for (long entry : slots) {
      if (entry != 0) {
        entries[n++] = entry ^ Long.MIN_VALUE; // unsigned order of the upper half
      }
    }
    slots = new long[0];
    Arrays.sort(entries);
    return new Sorted(entries);
  }

  static final class Sorted {
    private final long[] entries;

    private Sorted(long[] entries) {
      this.entries = entries;
    }

    int size() {
      return entries.length;
    }

    int index(int at) {
      return (int) ((entries[at] ^ Long.MIN_VALUE) >>> 32);
    }

    int count(int at) {
      return (int) entries[at];
    }

    /// Where an index stands that is among them.
    int find(int index) {
      long key = (long) index << 32 ^ Long.MIN_VALUE;
      int low = 0;
      int high = entries.length - 1;
      while (low < high) {
        int middle = (low + high) >>> 1;
        if (entries[middle] < key) {
          low = middle + 1;
        } else {
          high = middle;
        }
      }
      return low;
    }

    long postings() {
      long sum = 0;
      for (long entry : entries) {
        sum += (int) entry;
      }
      return sum;
    }
  }
}
