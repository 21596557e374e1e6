package io.millrace.frame;

import io.millrace.model.Failure;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;

/// A kind of framed file and its header.
///
/// @param magic four ASCII characters, the first bytes of the file
/// @param formatVersion what is written, and the highest that is read
public record FileKind(String magic, int formatVersion) {
  /// Bytes in front of the first frame.
  public static final int HEADER_BYTES = 16;

  public FileKind {
    if (magic.getBytes(StandardCharsets.US_ASCII).length != 4 || formatVersion < 1) {
      throw new IllegalArgumentException(magic + " " + formatVersion);
    }
  }

  /// The 16 bytes in front of the first frame, see [Frame].
  public byte[] header(long firstSequence) {
    return ByteBuffer.allocate(HEADER_BYTES)
        .order(ByteOrder.LITTLE_ENDIAN)
        .put(magic.getBytes(StandardCharsets.US_ASCII))
        .putInt(formatVersion)
        .putLong(firstSequence)
        .array();
  }

  /// The first sequence a header names; empty when these bytes are no header of this kind. Throws
  /// [Failure.Damaged] for a header of a newer format.
  Optional<Long> firstSequence(byte[] header, int length, Path file) {
    if (length < HEADER_BYTES) {
      return Optional.empty();
    }
    ByteBuffer b = ByteBuffer.wrap(header).order(ByteOrder.LITTLE_ENDIAN);
    byte[] start = new byte[4];
    b.get(start);
    int version = b.getInt();
    if (!magic.equals(new String(start, StandardCharsets.US_ASCII)) || version < 1) {
      return Optional.empty();
    }
    if (version > formatVersion) {
      throw new Failure.Damaged(
          ("%s has format version %d, this version of Millrace reads up to %d. Nothing was changed;"
                  + " start the version that wrote it, or a newer one.")
              .formatted(file, version, formatVersion));
    }
    return Optional.of(b.getLong());
  }
}
