package io.millrace.app.govector;

import java.lang.foreign.MemorySegment;

/// A page of a bucket's tree, or the one that lies in the value of a small bucket. Behind the
/// header of 16 bytes come `count` elements of 16 bytes, and behind these the keys and values:
///
/// ```
/// branch, flags 1   position u32 | key bytes u32 | page u64
/// leaf, flags 2     flags u32 | position u32 | key bytes u32 | value bytes u32
/// ```
///
/// A position is counted from the first byte of its element. Flag 1 of an element says that its
/// value is a bucket.
final class BoltPage {
  static final int HEADER_BYTES = 16;
  private static final int ELEMENT_BYTES = 16;
  private static final int BRANCH = 1;
  private static final int LEAF = 2;
  private static final int BUCKET = 1;

  private final BoltFile file;
  private final String name;
  private final MemorySegment bytes;
  private final boolean isLeaf;
  private final int count;

  /// @param isBucket whether the value holds a bucket
  record Entry(MemorySegment key, MemorySegment value, boolean isBucket) {}

  /// @param name where it is, for messages
  BoltPage(BoltFile file, String name, MemorySegment bytes) {
    this.file = file;
    this.name = name;
    this.bytes = bytes;
    int flags = Short.toUnsignedInt(bytes.get(BoltFile.U16, 8));
    if (flags != BRANCH && flags != LEAF) {
      throw file.damage("%s has the flags %d, which no page of a bucket has", name, flags);
    }
    isLeaf = flags == LEAF;
    count = Short.toUnsignedInt(bytes.get(BoltFile.U16, 10));
    if (HEADER_BYTES + (long) count * ELEMENT_BYTES > bytes.byteSize()) {
      throw file.damage("%s has no room for its %d elements", name, count);
    }
  }

  boolean isLeaf() {
    return isLeaf;
  }

  int count() {
    return count;
  }

  /// Where the tree goes on; of a branch.
  long child(int element) {
    return bytes.get(BoltFile.U64, start(element) + 8);
  }

  /// Of a leaf.
  Entry entry(int element) {
    long start = start(element);
    int flags = bytes.get(BoltFile.U32, start);
    long key = start + unsigned(start + 4);
    long keyBytes = unsigned(start + 8);
    long valueBytes = unsigned(start + 12);
    if (key + keyBytes + valueBytes > bytes.byteSize()) {
      throw file.damage("element %d of %s reaches behind its end", element, name);
    }
    return new Entry(
        bytes.asSlice(key, keyBytes),
        bytes.asSlice(key + keyBytes, valueBytes),
        (flags & BUCKET) != 0);
  }

  private static long start(int element) {
    return HEADER_BYTES + (long) element * ELEMENT_BYTES;
  }

  private long unsigned(long at) {
    return Integer.toUnsignedLong(bytes.get(BoltFile.U32, at));
  }
}
