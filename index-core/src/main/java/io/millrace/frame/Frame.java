package io.millrace.frame;

import java.util.zip.CRC32C;

/// One frame of an append-only file, and the whole file around it.
///
/// ```
/// part    offset  type  field                          integers little-endian
/// header       0  4     magic, ASCII                   see FileKind
///              4  u32   format version
///              8  u64   first sequence
/// frame        0  u32   n, length of the body, 1 ≤ n ≤ 64 MiB
///              4  u32   CRC-32C of bytes 0..3 and of the body
///              8  n     body
/// ```
///
/// n is never 0 and the checksum covers it: a zero-filled tail, which a power cut can leave, then
/// never reads as frames (the CRC-32C of nothing is 0).
///
/// The header is forced before the first frame is written. So a file no longer than a header may
/// have a torn one and holds nothing; in a longer file a bad header is damage.
public final class Frame {
  /// Bytes in front of the body.
  public static final int HEAD_BYTES = 8;

  public static final int MAX_BODY_BYTES = 64 << 20;

  private Frame() {}

  public static byte[] encode(byte[] body) {
    byte[] frame = new byte[HEAD_BYTES + body.length];
    System.arraycopy(body, 0, frame, HEAD_BYTES, body.length);
    seal(frame);
    return frame;
  }

  /// Fills in length and checksum of a frame whose body is in place.
  public static void seal(byte[] frame) {
    int n = frame.length - HEAD_BYTES;
    if (n < 1 || n > MAX_BODY_BYTES) {
      throw new IllegalArgumentException("a frame body has 1 to 64 MiB, not " + n + " bytes");
    }
    putInt(frame, 0, n);
    putInt(frame, 4, checksum(frame, 0, n));
  }

  /// Whether a whole, valid frame begins at `at` and ends at or before `end`.
  static boolean isValid(byte[] bytes, int at, int end) {
    if (end - at < HEAD_BYTES) {
      return false;
    }
    int n = getInt(bytes, at);
    return n >= 1
        && n <= MAX_BODY_BYTES
        && n <= end - at - HEAD_BYTES
        && getInt(bytes, at + 4) == checksum(bytes, at, n);
  }

  private static int checksum(byte[] bytes, int at, int n) {
    CRC32C crc = new CRC32C();
    crc.update(bytes, at, 4);
    crc.update(bytes, at + HEAD_BYTES, n);
    return (int) crc.getValue();
  }

  static void putInt(byte[] b, int at, int value) {
    b[at] = (byte) value;
    b[at + 1] = (byte) (value >>> 8);
    b[at + 2] = (byte) (value >>> 16);
    b[at + 3] = (byte) (value >>> 24);
  }

  static int getInt(byte[] b, int at) {
    return b[at] & 0xFF | (b[at + 1] & 0xFF) << 8 | (b[at + 2] & 0xFF) << 16 | b[at + 3] << 24;
  }

  /// A little-endian u64.
  public static void putLong(byte[] b, int at, long value) {
    putInt(b, at, (int) value);
    putInt(b, at + 4, (int) (value >>> 32));
  }

  /// A little-endian u64.
  public static long getLong(byte[] b, int at) {
    return getInt(b, at) & 0xFFFF_FFFFL | (long) getInt(b, at + 4) << 32;
  }
}
