package io.millrace.codec.sparse;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.MemorySegment;

/// The documents with a weight at one index, ascending, in blocks. Moves forward only; one thread.
public final class PostingList {
  private final MemorySegment lists;
  private final long table;
  private final long data;
  private final int size;
  private final int blocks;
  private final float largest;
  private final float smallest;

  private int loaded = -1; // block that docs and weights hold
  private int count;
  private final int[] docs = new int[SparseFormat.BLOCK];
  private final float[] weights = new float[SparseFormat.BLOCK];

  PostingList(MemorySegment lists, long offset, int size, float largest, float smallest) {
    this.lists = lists;
    this.size = size;
    this.blocks = (size + SparseFormat.BLOCK - 1) / SparseFormat.BLOCK;
    this.table = offset;
    this.data = offset + (long) SparseFormat.BLOCK_ENTRY_BYTES * blocks;
    this.largest = largest;
    this.smallest = smallest;
  }

  /// Documents, deleted ones counted.
  public int size() {
    return size;
  }

  public float largestWeight() {
    return largest;
  }

  public float smallestWeight() {
    return smallest;
  }

  public int blocks() {
    return blocks;
  }

  public int lastDoc(int block) {
    return lists.get(SparseSegment.INT, entry(block));
  }

  public float largestWeight(int block) {
    return lists.get(SparseSegment.FLOAT, entry(block) + 8);
  }

  public float smallestWeight(int block) {
    return lists.get(SparseSegment.FLOAT, entry(block) + 12);
  }

  private long entry(int block) {
    return table + (long) SparseFormat.BLOCK_ENTRY_BYTES * block;
  }

  /// Decodes a block and returns how many postings it has: [#docs] and [#weights] hold them.
  public int load(int block) {
    if (loaded == block) {
      return count;
    }
    loaded = block;
    count = Math.min(SparseFormat.BLOCK, size - block * SparseFormat.BLOCK);
    long at = data + Integer.toUnsignedLong(lists.get(SparseSegment.INT, entry(block) + 4));
    int width = lists.get(JAVA_BYTE, at++);
    int doc = block == 0 ? -1 : lastDoc(block - 1);
    long pending = 0;
    int bits = 0;
    long mask = (1L << width) - 1;
    for (int i = 0; i < count; i++) {
      while (bits < width) {
        pending |= (lists.get(JAVA_BYTE, at++) & 0xFFL) << bits;
        bits += 8;
      }
      doc += (int) (pending & mask) + 1;
      pending >>>= width;
      bits -= width;
      docs[i] = doc;
    }
    MemorySegment.copy(lists, SparseSegment.FLOAT, at, weights, 0, count);
    return count;
  }

  /// Of the block loaded last; not to be written to.
  public int[] docs() {
    return docs;
  }

  /// Of the block loaded last; not to be written to.
  public float[] weights() {
    return weights;
  }
}
