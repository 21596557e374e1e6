package io.millrace.log;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/// Any Java string as bytes and back: UTF-8, and a lone surrogate as the three bytes its number
/// would have (WTF-8, https://simonsapin.github.io/wtf-8/). Replacing it by `?` instead would make
/// a replayed operation another one than the one that was applied.
final class Wtf8 {
  private Wtf8() {}

  static ByteString encode(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (Character.isSurrogate(text.charAt(i))) {
        return UnsafeByteOperations.unsafeWrap(encodeSlowly(text));
      }
    }
    return ByteString.copyFromUtf8(text);
  }

  private static byte[] encodeSlowly(String text) {
    ByteArrayOutputStream out = new ByteArrayOutputStream(3 * text.length());
    int at = 0;
    while (at < text.length()) {
      int c = text.codePointAt(at);
      int next = at + Character.charCount(c);
      if (c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE) {
        out.write(0xE0 | c >> 12);
        out.write(0x80 | c >> 6 & 0x3F);
        out.write(0x80 | c & 0x3F);
      } else {
        out.writeBytes(text.substring(at, next).getBytes(StandardCharsets.UTF_8));
      }
      at = next;
    }
    return out.toByteArray();
  }

  /// Throws [IllegalArgumentException] for bytes that [#encode] does not make.
  static String decode(ByteString bytes) {
    if (bytes.isValidUtf8()) {
      return bytes.toStringUtf8();
    }
    StringBuilder text = new StringBuilder(bytes.size());
    int from = 0;
    for (int at = 0; at + 2 < bytes.size(); at++) {
      int second = bytes.byteAt(at + 1) & 0xFF;
      if ((bytes.byteAt(at) & 0xFF) == 0xED && second >= 0xA0 && second <= 0xBF) {
        text.append(wellFormed(bytes.substring(from, at)));
        text.append((char) (0xD000 | (second & 0x3F) << 6 | bytes.byteAt(at + 2) & 0x3F));
        from = at + 3;
        at += 2;
      }
    }
    return text.append(wellFormed(bytes.substring(from))).toString();
  }

  private static String wellFormed(ByteString bytes) {
    if (!bytes.isValidUtf8()) {
      throw new IllegalArgumentException("a text that is not UTF-8");
    }
    return bytes.toStringUtf8();
  }
}
