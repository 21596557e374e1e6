package io.millrace.codec;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import io.millrace.model.Placement;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.apache.lucene.index.CorruptIndexException;
import org.apache.lucene.store.DataAccessHint;
import org.apache.lucene.store.IOContext;
import org.apache.lucene.store.IndexInput;
import org.apache.lucene.store.MemorySegmentAccessInput;

/// A range of an index file as memory: the mapping itself, or a copy where the directory has none
/// or the range lies across two mapping chunks.
public final class Region {
  private static final int COPY_BYTES = 1 << 16;

  private Region() {}

  /// How a region is read.
  enum Use {
    /// In whatever order, and all of it soon: the page cache is asked to fetch it.
    HOT,
    /// As the system sees fit.
    PLAIN,
    /// Here and there: nothing is read ahead.
    COLD;

    static Use ofRows(Placement placement) {
      return placement.coldRows() ? COLD : PLAIN;
    }

    static Use ofGraph(Placement placement) {
      return placement.coldGraph() ? COLD : HOT;
    }

    static Use ofInt8(Placement placement) {
      return placement.coldQuantized() ? COLD : HOT;
    }
  }

  /// Valid until the input is closed; a mapped segment then refuses access.
  public static MemorySegment of(IndexInput input, long offset, long length) throws IOException {
    return of(input, offset, length, Use.PLAIN);
  }

  static MemorySegment of(IndexInput input, long offset, long length, Use use) throws IOException {
    if (offset < 0 || length < 0 || offset > input.length() - length) {
      throw new CorruptIndexException(
          "region of " + length + " bytes at " + offset + " is not in the file", input);
    }
    if (length == 0) {
      return MemorySegment.ofArray(new byte[0]);
    }
    IndexInput source = slice(input, offset, length, use);
    if (source instanceof MemorySegmentAccessInput mapped) {
      MemorySegment segment = mapped.segmentSliceOrNull(0, length);
      if (segment != null) {
        return segment;
      }
    }
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

  /// Asks for a region of cold rows to be read ahead, for a merge, or no more.
  static void advise(IndexInput input, long offset, long length, boolean inOrder)
      throws IOException {
    if (length > 0) {
      DataAccessHint hint = inOrder ? DataAccessHint.SEQUENTIAL : DataAccessHint.RANDOM;
      input.slice("region", offset, length, IOContext.DEFAULT.withHints(hint));
    }
  }

  private static IndexInput slice(IndexInput input, long offset, long length, Use use)
      throws IOException {
    return switch (use) {
      case PLAIN -> input.slice("region", offset, length);
      case COLD ->
          input.slice("region", offset, length, IOContext.DEFAULT.withHints(DataAccessHint.RANDOM));
      case HOT -> {
        IndexInput slice = input.slice("region", offset, length);
        slice.prefetch(0, length);
        yield slice;
      }
    };
  }
}
