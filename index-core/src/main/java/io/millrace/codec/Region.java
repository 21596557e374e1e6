package io.millrace.codec;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.apache.lucene.index.CorruptIndexException;
import org.apache.lucene.store.IndexInput;
import org.apache.lucene.store.MemorySegmentAccessInput;

/// A range of an index file as memory: the mapping itself, or a copy where the directory has none
/// or the range lies across two mapping chunks.
public final class Region {
  private static final int COPY_BYTES = 1 << 16;

  private Region() {}

  /// Valid until the input is closed; a mapped segment then refuses access.
  public static MemorySegment of(IndexInput input, long offset, long length) throws IOException {
    if (offset < 0 || length < 0 || offset > input.length() - length) {
      throw new CorruptIndexException(
          "region of " + length + " bytes at " + offset + " is not in the file", input);
    }
    if (length == 0) {
      return MemorySegment.ofArray(new byte[0]);
    }
    if (input instanceof MemorySegmentAccessInput mapped) {
      MemorySegment segment = mapped.segmentSliceOrNull(offset, length);
      if (segment != null) {
        return segment;
      }
    }
    IndexInput source = input.slice("copy", offset, length);
    // Freed by the garbage collector: readers of a closed segment may still look at it.
    MemorySegment copy = Arena.ofAuto().allocate(length, MillraceVectorsFormat.ALIGNMENT);
    byte[] buffer = new byte[(int) Math.min(COPY_BYTES, length)];
    for (long at = 0; at < length; at += buffer.length) {
      int count = (int) Math.min(buffer.length, length - at);
      source.readBytes(buffer, 0, count);
      MemorySegment.copy(buffer, 0, copy, JAVA_BYTE, at, count);
    }
    return copy;
  }
}
