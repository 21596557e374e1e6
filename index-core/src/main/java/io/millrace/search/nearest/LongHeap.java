package io.millrace.search.nearest;

import java.util.Arrays;

/// A heap of longs with the smallest on top, in an array that is kept between searches.
final class LongHeap {
  private long[] values = new long[256];
  private int size;

  void clear() {
    size = 0;
  }

  int size() {
    return size;
  }

  int capacity() {
    return values.length;
  }

  long get(int at) {
    return values[at];
  }

  long top() {
    return values[0];
  }

  void push(long value) {
    if (size == values.length) {
      values = Arrays.copyOf(values, 2 * size);
    }
    int at = size++;
    while (at > 0) {
      int parent = (at - 1) >>> 1;
      if (values[parent] <= value) {
        break;
      }
      values[at] = values[parent];
      at = parent;
    }
    values[at] = value;
  }

  long pop() {
    long top = values[0];
    size--;
    if (size > 0) {
      sink(values[size]);
    }
    return top;
  }

  void replaceTop(long value) {
    sink(value);
  }

  private void sink(long value) {
    int at = 0;
    for (int child = 1; child < size; child = 2 * at + 1) {
      if (child + 1 < size && values[child + 1] < values[child]) {
        child++;
      }
      if (values[child] >= value) {
        break;
      }
      values[at] = values[child];
      at = child;
    }
    values[at] = value;
  }
}
