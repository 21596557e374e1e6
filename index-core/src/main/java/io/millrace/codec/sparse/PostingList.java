package io.millrace.codec.sparse;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import org.apache.lucene.index.CorruptIndexException;

/// The documents with a weight at one index, ascending, in blocks. Moves forward only; one thread.
///
/// Checksums are not looked at in a search, so what is read is checked where wrong bytes would lead
/// out of the file or to documents that are not there. Wrong weights and bounds go unseen.
public final class PostingList {
  /// Postings of a block, but for the last one of a list.
  public static final int BLOCK = SparseFormat.BLOCK;

  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private static final int WIDEST = Integer.SIZE - 1;

  private final MemorySegment lists;
  private final SparseSegment.Place place;
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

  PostingList(
      MemorySegment lists,
      SparseSegment.Place place,
      long offset,
      int size,
      float largest,
      float smallest)
      throws CorruptIndexException {
    if (size < 1 || size > place.maxDoc()) {
      throw place.damaged(size + " of them");
    }
    this.lists = lists;
    this.place = place;
    this.size = size;
    this.blocks = (size + SparseFormat.BLOCK - 1) / SparseFormat.BLOCK;
    this.table = offset;
    this.data = offset + (long) SparseFormat.BLOCK_ENTRY_BYTES * blocks;
    this.largest = largest;
    this.smallest = smallest;
    if (offset < 0 || offset > lists.byteSize() || data > lists.byteSize()) {
      throw place.damaged("its place at byte " + offset + ", behind all lists");
    }
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
  public int load(int block) throws IOException {
    if (loaded == block) {
      return count;
    }
    loaded = -1;
    count = Math.min(SparseFormat.BLOCK, size - block * SparseFormat.BLOCK);
    long at = data + Integer.toUnsignedLong(lists.get(SparseSegment.INT, entry(block) + 4));
    if (at >= lists.byteSize()) {
      throw place.damaged("a block at byte " + at + ", behind all lists");
    }
    int width = lists.get(JAVA_BYTE, at++);
    int packedBytes = (count * width + 7) / 8;
    if (width < 0 || width > WIDEST || at + packedBytes + 4L * count > lists.byteSize()) {
      throw place.damaged("a block of " + width + " bits a document before byte " + at);
    }
    MemorySegment.copy(lists, JAVA_BYTE, at, packed, 0, packedBytes);
    at += packedBytes;
    int last = lastDoc(block);
    long doc = block == 0 ? -1 : lastDoc(block - 1);
    if (block > 0 && doc < 0) {
      throw place.damaged("a block behind document " + doc);
    }
    long mask = (1L << width) - 1;
    for (int i = 0, bit = 0; i < count; i++, bit += width) {
      // A delta has at most 31 bits and starts within the first byte of the eight read here.
      doc += ((long) LONG.get(packed, bit >>> 3) >>> (bit & 7) & mask) + 1;
      docs[i] = (int) doc;
    }
    if (doc != last || last >= place.maxDoc()) { // else all are there, and ascending
      throw place.damaged("a block up to document " + doc + ", said to be " + last);
    }
    MemorySegment.copy(lists, SparseSegment.FLOAT, at, weights, 0, count);
    loaded = block;
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
