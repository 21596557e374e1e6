package io.millrace.codec.sparse;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/// The documents with a weight at one index, ascending, in blocks. Moves forward only; one thread.
public final class PostingList {
  /// Postings of a block, but for the last one of a list.
  public static final int BLOCK = SparseFormat.BLOCK;

  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private final MemorySegment lists;
  private final long table;
  private final long data;
  private final int size;
  private final int blocks;
  private final float largest;
  private final float smallest;

  private int loaded = -1; // block that docs and weights hold
  private int count;
  private final byte[] packed = new byte[SparseFormat.BLOCK * 4 + Long.BYTES];
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
    int packedBytes = (count * width + 7) / 8;
    MemorySegment.copy(lists, JAVA_BYTE, at, packed, 0, packedBytes);
    at += packedBytes;
    int doc = block == 0 ? -1 : lastDoc(block - 1);
    long mask = (1L << width) - 1;
    for (int i = 0, bit = 0; i < count; i++, bit += width) {
      // A delta has at most 31 bits and starts within the first byte of the eight read here.
      doc += (int) ((long) LONG.get(packed, bit >>> 3) >>> (bit & 7) & mask) + 1;
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
