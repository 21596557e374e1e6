package io.millrace.ingest.inbox;

import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Lines of a stream, one after another, in bounded memory. LF or CRLF ends a line; the last one
/// may lack its end. A line longer than the limit is passed over to its end and handed out cut.
final class LineReader {
  private static final int BUFFER_BYTES = 256 << 10;

  /// What is kept of a line that is too long.
  private static final int KEPT_BYTES = 64 << 10;

  private final InputStream in;
  private final int maxLineBytes;
  private final long endlessBytes;
  private final byte[] buffer;
  private int at;
  private int filled;
  private long offset;
  private byte[] line = new byte[1 << 10];

  /// There is no line end for so long that this is no file of lines.
  static final class EndlessLine extends RuntimeException {
    private static final long serialVersionUID = 1L;

    EndlessLine(long bytes) {
      super("No line ends within " + bytes + " bytes", null, false, false);
    }
  }

  /// One line without its end. Not a record: holds an array.
  static final class Line {
    private final byte[] bytes;
    private final long length;

    Line(byte[] bytes, long length) {
      this.bytes = bytes;
      this.length = length;
    }

    /// The line, or its first 64 KiB when it is too long.
    byte[] bytes() {
      return bytes;
    }

    /// Bytes of the whole line.
    long length() {
      return length;
    }

    boolean isCut() {
      return length > bytes.length;
    }

    boolean isBlank() {
      for (byte b : bytes) {
        if (b != ' ' && b != '\t' && b != '\r') {
          return false;
        }
      }
      return !isCut();
    }
  }

  LineReader(InputStream in, long offset, int maxLineBytes, long endlessBytes) {
    this(in, offset, maxLineBytes, endlessBytes, BUFFER_BYTES);
  }

  /// @param in read from the start of a line
  /// @param offset of that start in the (inflated) file
  /// @param bufferBytes read at once; 256 KiB for large files
  LineReader(InputStream in, long offset, int maxLineBytes, long endlessBytes, int bufferBytes) {
    this.buffer = new byte[bufferBytes];
    this.in = in;
    this.offset = offset;
    this.maxLineBytes = maxLineBytes;
    this.endlessBytes = endlessBytes;
  }

  /// Behind the last line handed out, in bytes of the (inflated) file.
  long offset() {
    return offset;
  }

  /// Null at the end.
  @Nullable Line next() throws IOException {
    long length = 0;
    int kept = 0;
    boolean any = false;
    while (true) {
      if (at == filled && !fill()) {
        return any ? finished(kept, length) : null;
      }
      any = true;
      int end = at;
      while (end < filled && buffer[end] != '\n') {
        end++;
      }
      int more = end - at;
      kept = keep(kept, length, more);
      length += more;
      boolean ended = end < filled;
      offset += more + (ended ? 1 : 0);
      at = ended ? end + 1 : end;
      if (ended) {
        return finished(kept, length);
      }
      if (length > endlessBytes) {
        throw new EndlessLine(endlessBytes);
      }
    }
  }

  private boolean fill() throws IOException {
    at = 0;
    filled = Math.max(0, in.read(buffer, 0, buffer.length));
    return filled > 0;
  }

  /// Appends to the line what of the next `more` bytes is kept; returns how much is kept in all.
  private int keep(int kept, long lengthBefore, int more) {
    if (lengthBefore + more > maxLineBytes) {
      int room = Math.max(0, KEPT_BYTES - kept);
      int take = Math.min(room, more);
      grow(kept + take);
      System.arraycopy(buffer, at, line, kept, take);
      return Math.min(kept + take, KEPT_BYTES);
    }
    grow(kept + more);
    System.arraycopy(buffer, at, line, kept, more);
    return kept + more;
  }

  private void grow(int bytes) {
    if (bytes > line.length) {
      line = Arrays.copyOf(line, Math.max(bytes, Math.min(2 * line.length, maxLineBytes)));
    }
  }

  private Line finished(int kept, long length) {
    boolean whole = kept == length;
    int end = whole && kept > 0 && line[kept - 1] == '\r' ? kept - 1 : kept;
    return new Line(Arrays.copyOf(line, end), whole ? end : length);
  }
}
