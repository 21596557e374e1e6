package io.millrace.model;

import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/// The id of a point: an unsigned 64-bit integer or a UUID. The order is Qdrant's: all integers
/// ascending (unsigned), then all UUIDs by their 16 bytes.
///
/// ```
/// byte form   u64:  0x00, value as 8 bytes big-endian      (9 bytes)
///             UUID: 0x01, the 16 bytes of the UUID         (17 bytes)
/// ```
///
/// The byte forms compare (unsigned, lexicographic) exactly as the ids do.
public sealed interface PointId extends Comparable<PointId> {

  /// @param value read as unsigned
  record Num(long value) implements PointId {
    @Override
    public String toString() {
      return Long.toUnsignedString(value);
    }
  }

  /// @param high the first 8 bytes, @param low the last 8 bytes, both read as unsigned
  record Uuid(long high, long low) implements PointId {
    /// Lower-case hyphenated, the form every answer uses.
    @Override
    public String toString() {
      return new java.util.UUID(high, low).toString();
    }
  }

  static PointId of(long unsigned) {
    return new Num(unsigned);
  }

  /// Reads the UUID spellings that Qdrant accepts: hyphenated, 32 hex digits, `urn:uuid:` in front,
  /// braces around; any case. Anything else is empty.
  static Optional<PointId> parseUuid(String text) {
    String t = text;
    if (t.length() == 45 && t.regionMatches(true, 0, "urn:uuid:", 0, 9)) {
      t = t.substring(9);
    } else if (t.length() == 38 && t.charAt(0) == '{' && t.charAt(37) == '}') {
      t = t.substring(1, 37);
    }
    boolean hyphens = t.length() == 36;
    if (!hyphens && t.length() != 32) {
      return Optional.empty();
    }
    long high = 0;
    long low = 0;
    int digits = 0;
    for (int i = 0; i < t.length(); i++) {
      char c = t.charAt(i);
      if (hyphens && (i == 8 || i == 13 || i == 18 || i == 23)) {
        if (c != '-') {
          return Optional.empty();
        }
        continue;
      }
      int d = c < 128 ? Character.digit(c, 16) : -1;
      if (d < 0) {
        return Optional.empty();
      }
      if (digits < 16) {
        high = high << 4 | d;
      } else {
        low = low << 4 | d;
      }
      digits++;
    }
    return Optional.of(new Uuid(high, low));
  }

  /// Reads an unsigned 64-bit integer written with ASCII digits only.
  static Optional<PointId> parseNumber(String text) {
    if (text.isEmpty() || text.length() > 20) {
      return Optional.empty();
    }
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) < '0' || text.charAt(i) > '9') {
        return Optional.empty();
      }
    }
    try {
      return Optional.of(new Num(Long.parseUnsignedLong(text)));
    } catch (NumberFormatException tooLarge) {
      return Optional.empty();
    }
  }

  /// The byte form described above.
  default byte[] bytes() {
    return switch (this) {
      case Num(long value) -> {
        byte[] b = new byte[9];
        putLong(b, 1, value);
        yield b;
      }
      case Uuid(long high, long low) -> {
        byte[] b = new byte[17];
        b[0] = 1;
        putLong(b, 1, high);
        putLong(b, 9, low);
        yield b;
      }
    };
  }

  /// A copy that does not change. Not by `Set.copyOf`, in which ids that have their low bits in
  /// common, as those made of a time have, look for a place one behind another.
  static Set<PointId> setOf(Collection<PointId> ids) {
    return Collections.unmodifiableSet(new HashSet<>(ids));
  }

  /// Reads the byte form from `bytes[offset, offset + length)`.
  static PointId fromBytes(byte[] bytes, int offset, int length) {
    if (length == 9 && bytes[offset] == 0) {
      return new Num(getLong(bytes, offset + 1));
    }
    if (length == 17 && bytes[offset] == 1) {
      return new Uuid(getLong(bytes, offset + 1), getLong(bytes, offset + 9));
    }
    throw new IllegalArgumentException(
        "not a point id: " + Arrays.toString(Arrays.copyOfRange(bytes, offset, offset + length)));
  }

  @Override
  default int compareTo(PointId other) {
    return switch (this) {
      case Num(long a) ->
          switch (other) {
            case Num(long b) -> Long.compareUnsigned(a, b);
            case Uuid ignored -> -1;
          };
      case Uuid(long ah, long al) ->
          switch (other) {
            case Num ignored -> 1;
            case Uuid(long bh, long bl) ->
                ah != bh ? Long.compareUnsigned(ah, bh) : Long.compareUnsigned(al, bl);
          };
    };
  }

  private static void putLong(byte[] b, int at, long value) {
    for (int i = 0; i < 8; i++) {
      b[at + i] = (byte) (value >>> (56 - 8 * i));
    }
  }

  private static long getLong(byte[] b, int at) {
    long v = 0;
    for (int i = 0; i < 8; i++) {
      v = v << 8 | (b[at + i] & 0xFF);
    }
    return v;
  }
}
