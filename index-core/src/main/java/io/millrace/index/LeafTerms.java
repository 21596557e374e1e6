package io.millrace.index;

import io.millrace.payload.Leaves.Shape;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import org.apache.lucene.util.BytesRef;
import org.apache.lucene.util.NumericUtils;

/// How the leaves of payloads are written as terms and points. Writing and asking both go through
/// here.
///
/// ```
/// term   path, 0x00, kind, value
/// path   canonical text as UTF-8; longer than 512 bytes or holding NUL: 0xFF, SHA-256 of the text
/// kind   's' text:  UTF-8; longer than 256 bytes or with a lone surrogate: the first characters
///                   of it (up to 256 bytes, up to the surrogate), 0xFF, SHA-256 of the UTF-16 text
///        'i' whole number: its digits          'b' boolean: '0' or '1'
///        'o' an ordinary value, 'n' null, 'e' an empty array, 'a' an array that holds null
///        'm' more than one value
/// point  8 bytes hash of the path, 8 bytes sortable value
/// ```
///
/// 0xFF occurs in no UTF-8 text, so a shortened text never equals another. Two paths with one hash
/// would share their numbers; with 64 bits that needs billions of paths in one collection.
public final class LeafTerms {
  private static final int MAX_PATH = 512;
  static final int MAX_TEXT = 256;
  private static final byte SHORTENED = (byte) 0xFF;

  private LeafTerms() {}

  public static BytesRef text(String path, String value) {
    return term(path, 's', textBytes(value));
  }

  public static BytesRef whole(String path, String token) {
    return term(path, 'i', token.getBytes(StandardCharsets.US_ASCII));
  }

  public static BytesRef bool(String path, boolean value) {
    return term(path, 'b', new byte[] {(byte) (value ? '1' : '0')});
  }

  public static BytesRef several(String path) {
    return term(path, 'm', new byte[0]);
  }

  public static BytesRef shape(String path, Shape shape) {
    char kind =
        switch (shape) {
          case ORDINARY -> 'o';
          case NULL -> 'n';
          case EMPTY_ARRAY -> 'e';
          case HOLDS_NULL -> 'a';
        };
    return term(path, kind, new byte[0]);
  }

  /// The start of the terms of all texts at `path` that begin with `prefix`, and of some more when
  /// [#isExactPrefix] says no.
  public static BytesRef prefix(String path, String prefix) {
    return term(path, 's', kept(prefix));
  }

  public static boolean isExactPrefix(String prefix) {
    return !isShortened(prefix);
  }

  private static BytesRef term(String path, char kind, byte[] value) {
    byte[] p = pathBytes(path);
    byte[] t = new byte[p.length + 2 + value.length];
    System.arraycopy(p, 0, t, 0, p.length);
    t[p.length + 1] = (byte) kind;
    System.arraycopy(value, 0, t, p.length + 2, value.length);
    return new BytesRef(t);
  }

  private static byte[] pathBytes(String path) {
    byte[] utf8 = path.getBytes(StandardCharsets.UTF_8);
    if (utf8.length <= MAX_PATH && path.indexOf('\0') < 0 && !hasLoneSurrogate(path)) {
      return utf8;
    }
    return marked(new byte[0], sha256(path));
  }

  private static byte[] textBytes(String value) {
    return isShortened(value)
        ? marked(kept(value), sha256(value))
        : value.getBytes(StandardCharsets.UTF_8);
  }

  private static boolean isShortened(String value) {
    return value.length() > MAX_TEXT
        || hasLoneSurrogate(value)
        || (3 * value.length() > MAX_TEXT
            && value.getBytes(StandardCharsets.UTF_8).length > MAX_TEXT);
  }

  /// The UTF-8 of the first characters: whole ones, up to MAX_TEXT bytes, before a lone surrogate.
  private static byte[] kept(String value) {
    int bytes = 0;
    int end = 0;
    while (end < value.length()) {
      int c = value.codePointAt(end);
      if (c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE) {
        break;
      }
      int size = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
      if (bytes + size > MAX_TEXT) {
        break;
      }
      bytes += size;
      end += Character.charCount(c);
    }
    return value.substring(0, end).getBytes(StandardCharsets.UTF_8);
  }

  private static boolean hasLoneSurrogate(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (Character.isHighSurrogate(c)
          && i + 1 < text.length()
          && Character.isLowSurrogate(text.charAt(i + 1))) {
        i++;
      } else if (Character.isSurrogate(c)) {
        return true;
      }
    }
    return false;
  }

  private static byte[] marked(byte[] start, byte[] hash) {
    byte[] all = new byte[start.length + 1 + hash.length];
    System.arraycopy(start, 0, all, 0, start.length);
    all[start.length] = SHORTENED;
    System.arraycopy(hash, 0, all, start.length + 1, hash.length);
    return all;
  }

  /// Of the UTF-16 text, so that lone surrogates stay apart.
  private static byte[] sha256(String text) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      byte[] utf16 = new byte[2 * text.length()];
      for (int i = 0; i < text.length(); i++) {
        utf16[2 * i] = (byte) (text.charAt(i) >>> 8);
        utf16[2 * i + 1] = (byte) text.charAt(i);
      }
      return digest.digest(utf16);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  /// First dimension of the points of a path. FNV-1a over the text, finished as in MurmurHash3: not
  /// cryptographic, only spread well.
  public static byte[] pathPoint(String path) {
    long h = 0xcbf29ce484222325L;
    for (int i = 0; i < path.length(); i++) {
      h = (h ^ path.charAt(i)) * 0x100000001b3L;
    }
    h ^= h >>> 33;
    h *= 0xff51afd7ed558ccdL;
    h ^= h >>> 33;
    h *= 0xc4ceb9fe1a85ec53L;
    h ^= h >>> 33;
    return sortable(h);
  }

  /// −0.0 is stored as 0.0, since the two are equal.
  public static byte[] numberPoint(double value) {
    return sortable(NumericUtils.doubleToSortableLong(value == 0 ? 0.0 : value));
  }

  public static byte[] datePoint(long micros) {
    return sortable(micros);
  }

  private static byte[] sortable(long value) {
    byte[] b = new byte[Long.BYTES];
    NumericUtils.longToSortableBytes(value, b, 0);
    return b;
  }
}
