package io.millrace.index;

import io.millrace.model.PointId;
import io.millrace.model.TextOptions;
import io.millrace.payload.LeafPath;
import io.millrace.payload.Leaves.Kind;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import org.apache.lucene.util.BytesRef;
import org.apache.lucene.util.NumericUtils;
import org.jspecify.annotations.NullMarked;

/// Terms and points of payload leaves, for the side that writes and the side that asks.
///
/// ```
/// term      = path form (LeafPath), 0x00, leaf
/// leaf      bytes
/// string    's', UTF-8 of at most 256 bytes
///           's', its longest prefix of whole characters within 256 bytes, 0xFF, SHA-256 of it all
/// integer   'i', decimal text                     tokens without fraction and exponent, 64 bits
/// integral  'f', decimal text                     other numbers with an integral value, as 5.0
/// uuid      'u', canonical text                   strings that spell a UUID in another form
/// boolean   'b', '0' or '1'
/// kind      '0' null · '1' scalar or object · '2' [] · '3' array without null
///           '4' array with null and more · '5' array of nulls
/// several   '9': more than one value or element may be at the path
///
/// token     = path form, 0x00, options (8 bytes), token           in a field of their own
/// indexed   = path form, 0x00, options (8 bytes)                  some value was made tokens of
///
/// point     = path hash (8 bytes, big-endian), sortable bits (8 bytes)
/// ```
@NullMarked
public final class LeafTerms {
  /// Longer strings are kept by prefix and hash.
  static final int TEXT_BYTES = 256;

  /// A string prefix of at most that many bytes is answered by the terms alone: a kept prefix is
  /// cut at a character of up to 4 bytes.
  public static final int PREFIX_BYTES = TEXT_BYTES - 3;

  private LeafTerms() {}

  public static BytesRef text(LeafPath path, String text) {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    return text(path, utf8, 0, utf8.length);
  }

  static BytesRef text(LeafPath path, byte[] utf8, int from, int to) {
    int length = to - from;
    if (length <= TEXT_BYTES) {
      return term(path, 's', utf8, from, length);
    }
    int cut = from + wholeCharacters(utf8, from, TEXT_BYTES);
    byte[] leaf = Arrays.copyOfRange(utf8, from, cut + 33);
    leaf[cut - from] = (byte) 0xFF;
    System.arraycopy(sha256(utf8, from, length), 0, leaf, cut - from + 1, 32);
    return term(path, 's', leaf, 0, leaf.length);
  }

  /// What terms of strings with this prefix begin with; exact up to [#PREFIX_BYTES], else the terms
  /// of all candidates do.
  public static BytesRef textPrefix(LeafPath path, String prefix) {
    byte[] utf8 = prefix.getBytes(StandardCharsets.UTF_8);
    int length = utf8.length <= PREFIX_BYTES ? utf8.length : wholeCharacters(utf8, 0, PREFIX_BYTES);
    return term(path, 's', utf8, 0, length);
  }

  public static BytesRef whole(LeafPath path, long value) {
    byte[] ascii = Long.toString(value).getBytes(StandardCharsets.ISO_8859_1);
    return term(path, 'i', ascii, 0, ascii.length);
  }

  static BytesRef whole(LeafPath path, byte[] ascii, int from, int to) {
    return term(path, 'i', ascii, from, to - from);
  }

  public static BytesRef integral(LeafPath path, long value) {
    byte[] ascii = Long.toString(value).getBytes(StandardCharsets.ISO_8859_1);
    return term(path, 'f', ascii, 0, ascii.length);
  }

  public static BytesRef uuid(LeafPath path, PointId value) {
    byte[] ascii = value.toString().getBytes(StandardCharsets.ISO_8859_1);
    return term(path, 'u', ascii, 0, ascii.length);
  }

  /// What all terms of one type at the path begin with.
  ///
  /// @param type the first byte of a leaf, as above
  public static BytesRef prefix(LeafPath path, char type) {
    return term(path, type, new byte[0], 0, 0);
  }

  /// A token of a text index. Of the options only a hash stands in the term; tokens of other
  /// options are never met.
  public static BytesRef token(LeafPath path, TextOptions options, String token) {
    return tokenTerm(path, options, token.getBytes(StandardCharsets.UTF_8));
  }

  /// Stands at points whose values at the path were looked at for tokens.
  public static BytesRef indexed(LeafPath path, TextOptions options) {
    return tokenTerm(path, options, new byte[0]);
  }

  private static BytesRef tokenTerm(LeafPath path, TextOptions options, byte[] token) {
    byte[] form = path.form();
    byte[] term = Arrays.copyOf(form, form.length + 1 + Long.BYTES + token.length);
    byte[] hash = sha256(options.toString().getBytes(StandardCharsets.UTF_8));
    System.arraycopy(hash, 0, term, form.length + 1, Long.BYTES);
    System.arraycopy(token, 0, term, form.length + 1 + Long.BYTES, token.length);
    return new BytesRef(term);
  }

  private static byte[] sha256(byte[] bytes) {
    return sha256(bytes, 0, bytes.length);
  }

  public static BytesRef bool(LeafPath path, boolean value) {
    byte[] leaf = {(byte) (value ? '1' : '0')};
    return term(path, 'b', leaf, 0, 1);
  }

  public static BytesRef kind(LeafPath path, Kind kind) {
    char c =
        switch (kind) {
          case NULL -> '0';
          case SINGLE -> '1';
          case EMPTY_ARRAY -> '2';
          case ARRAY -> '3';
          case ARRAY_WITH_NULL -> '4';
          case ARRAY_OF_NULLS -> '5';
        };
    return term(path, c, new byte[0], 0, 0);
  }

  public static BytesRef several(LeafPath path) {
    return term(path, '9', new byte[0], 0, 0);
  }

  /// The sortable form of a number: order of doubles, both zeros equal.
  public static long sortable(double value) {
    return NumericUtils.doubleToSortableLong(value + 0.0);
  }

  /// One dimension of a point.
  public static byte[] dimension(long value) {
    byte[] bytes = new byte[Long.BYTES];
    NumericUtils.longToSortableBytes(value, bytes, 0);
    return bytes;
  }

  private static BytesRef term(LeafPath path, char type, byte[] leaf, int from, int length) {
    byte[] form = path.form();
    byte[] term = Arrays.copyOf(form, form.length + 2 + length);
    term[form.length + 1] = (byte) type;
    System.arraycopy(leaf, from, term, form.length + 2, length);
    return new BytesRef(term);
  }

  /// The largest length within `most` bytes that does not cut a character; there are more bytes.
  private static int wholeCharacters(byte[] utf8, int from, int most) {
    int length = most;
    while ((utf8[from + length] & 0xC0) == 0x80) {
      length--;
    }
    return length;
  }

  private static byte[] sha256(byte[] bytes, int from, int length) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      digest.update(bytes, from, length);
      return digest.digest();
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java has SHA-256", e);
    }
  }
}
