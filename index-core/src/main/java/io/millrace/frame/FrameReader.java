package io.millrace.frame;

import io.millrace.model.Failure;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalLong;

/// Reads the frames of one file in order and, where they stop, tells a torn tail from damage. Owned
/// by one thread.
///
/// A bad frame in the last file of a log has two possible causes. A crash tore frames that nobody
/// was told of: they are cut. Or the disk changed bytes that were forced and acknowledged: nothing
/// may be cut. What decides is a later whole frame that was written after the bad place had been
/// forced ([Witness]). Without one the bad place lies in what was forced last, or not at all, and
/// counts as torn.
public final class FrameReader implements AutoCloseable {
  private static final int BUFFER_BYTES = 1 << 20;

  /// Bytes of a body that a [Witness] may look at.
  public static final int WITNESS_BYTES = 32;

  /// What a body tells about the file in front of its frame.
  public interface Witness {
    /// How many bytes of the file had been forced when this frame was written; negative when these
    /// bytes cannot be a body. At least min(n, [#WITNESS_BYTES]) bytes of it begin at `bodyAt`.
    long forcedBytes(byte[] bytes, int bodyAt, int n, long frameOffset);
  }

  /// @param goodBytes header and whole frames
  /// @param tornBytes what follows them
  public record End(long goodBytes, long tornBytes) {}

  private final Path file;
  private final Disk.ReadFile in;
  private final long end;
  private final OptionalLong firstSequence;

  private byte[] buffer;
  private long bufferOffset; // file offset of buffer[0]
  private int bufferLength;
  private long frameOffset; // of the frame last returned, or of the bad one
  private int n; // length of the body last returned, 0 before the first
  private Optional<String> fault = Optional.empty();

  /// @param limit bytes of the file that are looked at; [Long#MAX_VALUE] for all
  private FrameReader(Path file, Disk.ReadFile in, FileKind kind, long limit) throws IOException {
    this.file = file;
    this.in = in;
    this.end = Math.min(in.size(), limit);
    this.buffer = new byte[(int) Math.min(BUFFER_BYTES, end)];
    byte[] header = new byte[FileKind.HEADER_BYTES];
    int got = in.read(0, header, 0, (int) Math.min(end, header.length));
    Optional<Long> first = kind.firstSequence(header, got, file);
    if (first.isEmpty() && end > FileKind.HEADER_BYTES) {
      throw new Failure.Damaged(
          "%s is damaged at byte 0: its header is not that of a %s file. It was left as it is."
              .formatted(file, kind.magic()));
    }
    this.firstSequence = first.isPresent() ? OptionalLong.of(first.get()) : OptionalLong.empty();
    this.frameOffset = FileKind.HEADER_BYTES - Frame.HEAD_BYTES; // a frame of no body before it
  }

  /// Throws [Failure.Damaged] for a bad header in front of data and for a newer format.
  public static FrameReader open(Disk disk, Path file, FileKind kind) throws IOException {
    return open(disk, file, kind, Long.MAX_VALUE);
  }

  /// Sees the first `limit` bytes only.
  public static FrameReader open(Disk disk, Path file, FileKind kind, long limit)
      throws IOException {
    Disk.ReadFile in = disk.read(file);
    try {
      return new FrameReader(file, in, kind, limit);
    } catch (IOException | RuntimeException e) {
      in.close();
      throw e;
    }
  }

  /// What the header says; empty when the file was torn inside its header and so holds nothing.
  public OptionalLong firstSequence() {
    return firstSequence;
  }

  /// Goes to the next frame. False at the end of the file and at a bad frame, see [#fault].
  public boolean next() throws IOException {
    if (firstSequence.isEmpty() || fault.isPresent()) {
      return false;
    }
    frameOffset += Frame.HEAD_BYTES + n;
    n = 0;
    long left = end - frameOffset;
    if (left == 0) {
      frameOffset -= Frame.HEAD_BYTES; // stays at the end if asked again
      return false;
    }
    if (left < Frame.HEAD_BYTES) {
      return bad("the file ends inside a frame's head");
    }
    int at = buffered(Frame.HEAD_BYTES);
    int length = Frame.getInt(buffer, at);
    if (length < 1 || length > Frame.MAX_BODY_BYTES) {
      return bad("a frame cannot have " + Integer.toUnsignedString(length) + " bytes");
    }
    if (length > left - Frame.HEAD_BYTES) {
      return bad("the file ends inside a frame of " + length + " bytes");
    }
    at = buffered(Frame.HEAD_BYTES + length);
    if (!Frame.isValid(buffer, at, at + Frame.HEAD_BYTES + length)) {
      return bad("the checksum of a frame of " + length + " bytes is wrong");
    }
    n = length;
    return true;
  }

  private boolean bad(String why) {
    fault = Optional.of(why);
    return false;
  }

  /// The array that holds the current body; valid until the next call of [#next].
  public byte[] bytes() {
    return buffer;
  }

  /// Where the current body begins in [#bytes].
  public int bodyAt() {
    return (int) (frameOffset - bufferOffset) + Frame.HEAD_BYTES;
  }

  public int bodyLength() {
    return n;
  }

  /// Bytes of the file that are looked at.
  public long fileBytes() {
    return end;
  }

  /// Where the current frame begins in the file.
  public long frameOffset() {
    return frameOffset;
  }

  /// Why reading stopped before the end of the file.
  public Optional<String> fault() {
    return fault;
  }

  /// What is named when something about the current or the bad frame is wrong.
  public Failure.Damaged damaged(String why) {
    return new Failure.Damaged(
        "%s is damaged at byte %d: %s. It was left as it is.".formatted(file, frameOffset, why));
  }

  /// Once [#next] has returned false, for a file whose tail may be torn. Throws [Failure.Damaged]
  /// when a later frame proves that the bad place had been forced.
  public End end(Witness witness) throws IOException {
    if (firstSequence.isEmpty()) {
      return new End(0, end);
    }
    if (fault.isEmpty()) {
      return new End(end, 0);
    }
    OptionalLong proof = laterFrame(witness);
    if (proof.isPresent()) {
      throw damaged(
          fault.get() + ", and the frame at byte " + proof.getAsLong() + " was written after it");
    }
    return new End(frameOffset, end - frameOffset);
  }

  /// Offset of a whole frame written when the bad one had been forced. Looks at every byte: the
  /// length of a bad frame says nothing about where the next one begins.
  private OptionalLong laterFrame(Witness witness) throws IOException {
    int look = Frame.HEAD_BYTES + WITNESS_BYTES;
    byte[] window = new byte[(int) Math.min(BUFFER_BYTES, end - frameOffset) + look];
    int step = window.length - look;
    for (long from = frameOffset + 1; from < end; from += step) {
      int length = in.read(from, window, 0, (int) Math.min(window.length, end - from));
      Arrays.fill(window, length, window.length, (byte) 0);
      int starts = Math.min(step, length - Frame.HEAD_BYTES);
      for (int at = 0; at < starts; at++) {
        int candidate = Frame.getInt(window, at);
        long offset = from + at;
        if (candidate < 1
            || candidate > Frame.MAX_BODY_BYTES
            || candidate > end - offset - Frame.HEAD_BYTES
            || witness.forcedBytes(window, at + Frame.HEAD_BYTES, candidate, offset)
                <= frameOffset) {
          continue;
        }
        byte[] whole = new byte[Frame.HEAD_BYTES + candidate];
        int got = in.read(offset, whole, 0, whole.length);
        if (Frame.isValid(whole, 0, got)) {
          return OptionalLong.of(offset);
        }
      }
    }
    return OptionalLong.empty();
  }

  /// Makes `length` bytes from the current frame's start on lie in the buffer; returns their index.
  private int buffered(int length) throws IOException {
    long at = frameOffset - bufferOffset;
    if (at >= 0 && at + length <= bufferLength) {
      return (int) at;
    }
    if (length > buffer.length) {
      buffer = new byte[Math.max(length, Math.min(2 * buffer.length, Frame.MAX_BODY_BYTES))];
    }
    bufferOffset = frameOffset;
    bufferLength =
        in.read(bufferOffset, buffer, 0, (int) Math.min(buffer.length, end - bufferOffset));
    if (bufferLength < length) {
      throw new IOException(file + " got shorter while it was read");
    }
    return 0;
  }

  @Override
  public void close() throws IOException {
    in.close();
  }
}
