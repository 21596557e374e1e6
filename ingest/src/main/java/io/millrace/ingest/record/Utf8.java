package io.millrace.ingest.record;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/// Whether bytes are UTF-8 text: shortest forms, no surrogates, at most U+10FFFF (RFC 3629), and no
/// NUL, which no JSON text contains.
final class Utf8 {
  private Utf8() {}

  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  /// Offset of the first byte that is not part of text, −1 if there is none.
  static int firstFault(byte[] b, int from, int to) {
    int i = from;
    while (i < to) {
      if (i + 8 <= to) {
        long eight = (long) LONGS.get(b, i);
        // No byte has its high bit set and none is zero.
        if ((eight & 0x8080808080808080L) == 0
            && ((eight - 0x0101010101010101L) & 0x8080808080808080L) == 0) {
          i += 8;
          continue;
        }
      }
      int length = sequence(b, i, to);
      if (length == 0) {
        return i;
      }
      i += length;
    }
    return -1;
  }

  /// Bytes of the character at `i`, 0 if there is none.
  private static int sequence(byte[] b, int i, int to) {
    int first = b[i] & 0xFF;
    if (first < 0x80) {
      return first == 0 ? 0 : 1;
    }
    if (first < 0xC2 || first > 0xF4) {
      return 0;
    }
    int length = first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
    if (i + length > to) {
      return 0;
    }
    int second = b[i + 1] & 0xFF;
    int low = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
    int high = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;
    if (second < low || second > high) {
      return 0;
    }
    for (int k = 2; k < length; k++) {
      if ((b[i + k] & 0xC0) != 0x80) {
        return 0;
      }
    }
    return length;
  }
}
