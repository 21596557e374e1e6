package io.millrace.ingest.record;

import io.millrace.model.PointId;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.Optional;

/// Point ids in the spellings that records use.
final class Ids {
  private Ids() {}

  private static final BigInteger MAX = BigInteger.ONE.shiftLeft(64).subtract(BigInteger.ONE);

  /// Longest number text looked at: more digits than any u64 in any sensible spelling.
  private static final int MAX_NUMBER_CHARS = 64;

  /// Any JSON number text that is exactly an integer of u64: `7`, `1.0`, `1e3`.
  static Optional<PointId> fromNumber(String text) {
    Optional<PointId> plain = PointId.parseNumber(text);
    if (plain.isPresent() || text.length() > MAX_NUMBER_CHARS) {
      return plain;
    }
    BigDecimal number;
    try {
      number = new BigDecimal(text);
    } catch (NumberFormatException e) {
      return Optional.empty();
    }
    if (number.signum() == 0) {
      return Optional.of(PointId.of(0));
    }
    // Keeps 1e999999999 from being written out in full.
    if (number.signum() < 0 || (long) number.precision() - number.scale() > 20) {
      return Optional.empty();
    }
    if (number.stripTrailingZeros().scale() > 0) {
      return Optional.empty();
    }
    BigInteger whole = number.toBigIntegerExact();
    return whole.compareTo(MAX) > 0 ? Optional.empty() : Optional.of(PointId.of(whole.longValue()));
  }

  /// Qdrant's spellings of a UUID and Java's lenient one, whose groups may lack leading zeros:
  /// `1-1-1-1-1` is `00000001-0001-0001-0001-000000000001`.
  static Optional<PointId> fromUuidText(String text) {
    Optional<PointId> strict = PointId.parseUuid(text);
    return strict.isPresent() || text.length() > 36 ? strict : fromShortGroups(text);
  }

  private static final int[] GROUP_DIGITS = {8, 4, 4, 4, 12};

  private static Optional<PointId> fromShortGroups(String text) {
    long[] groups = new long[5];
    int at = 0;
    for (int g = 0; g < 5; g++) {
      int start = at;
      while (at < text.length() && text.charAt(at) != '-') {
        char c = text.charAt(at++);
        int digit = c < 128 ? Character.digit(c, 16) : -1;
        if (digit < 0) {
          return Optional.empty();
        }
        groups[g] = groups[g] << 4 | digit;
      }
      boolean last = g == 4;
      if (at == start || at - start > GROUP_DIGITS[g] || last != (at == text.length())) {
        return Optional.empty();
      }
      at++;
    }
    return Optional.of(
        new PointId.Uuid(
            groups[0] << 32 | groups[1] << 16 | groups[2], groups[3] << 48 | groups[4]));
  }
}
