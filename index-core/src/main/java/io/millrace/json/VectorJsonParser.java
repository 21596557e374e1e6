package io.millrace.json;

import java.io.InputStream;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.io.IOContext;
import tools.jackson.core.json.UTF8StreamJsonParser;
import tools.jackson.core.sym.ByteQuadsCanonicalizer;

/// Numbers straight from the bytes. Each is read as `m · 10^e` with `m` of at most eighteen digits
/// (those after are below the last bit that matters), which makes a double that is off by less than
/// four units in its last place. Rounding that double to a float gives the float nearest to the
/// decimal number, unless it lies within that error of the middle between two floats; such ones,
/// one in thirty million, are left to Jackson.
///
/// Eight digits at once: Daniel Lemire, "Number Parsing at a Gigabyte per Second", Software:
/// Practice and Experience 51 (8), 2021, section 5.
final class VectorJsonParser extends UTF8StreamJsonParser {
  private static final VarHandle EIGHT_BYTES =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  /// Mantissas below this take one digit more and stay below 10^18.
  private static final long ROOM_FOR_ONE = 100_000_000_000_000_000L;

  private static final long ROOM_FOR_EIGHT = 10_000_000_000L;

  private static final double[] POWERS = new double[64];

  static {
    for (int i = 0; i < POWERS.length; i++) {
      POWERS[i] = Double.parseDouble("1e" + i);
    }
  }

  /// Bits of a double's mantissa that a float has not: 52 - 23.
  private static final int EXTRA_BITS = 29;

  private static final long EXTRA_MASK = (1L << EXTRA_BITS) - 1;
  private static final long MIDDLE = 1L << (EXTRA_BITS - 1);
  private static final long DOUBTFUL = 8;

  // Of the number read last; the parser's own thread only.
  private int after;
  private float value;

  VectorJsonParser(
      ObjectReadContext readContext,
      IOContext context,
      int features,
      int formatFeatures,
      @Nullable InputStream in,
      ByteQuadsCanonicalizer symbols,
      byte[] buffer,
      int from,
      int to) {
    super(
        readContext,
        context,
        features,
        formatFeatures,
        in,
        symbols,
        buffer,
        from,
        to,
        0,
        in != null);
  }

  int numbersAhead(float[] floats, int from) {
    if (!_streamReadContext.inArray() || !currentToken().isNumeric()) {
      return from;
    }
    byte[] in = _inputBuffer;
    int end = _inputEnd;
    int n = from;
    while (n < floats.length && _inputPtr < end && in[_inputPtr] == ',') {
      int at = _inputPtr + 1;
      while (at < end && in[at] == ' ') {
        at++;
      }
      if (!number(in, at, end)) {
        break;
      }
      floats[n++] = value;
      _inputPtr = after;
      _streamReadContext.expectComma(); // counts the item
    }
    return n;
  }

  /// Reads the number at `start` into [#value] and [#after]; false for everything that is not
  /// plainly one.
  private boolean number(byte[] in, int start, int end) {
    int at = start;
    boolean negative = at < end && in[at] == '-';
    if (negative) {
      at++;
    }
    int firstDigit = at;
    long mantissa = 0;
    int exponent = 0;
    for (; at < end && isDigit(in[at]); at++) {
      if (mantissa < ROOM_FOR_ONE) {
        mantissa = 10 * mantissa + (in[at] - '0');
      } else {
        exponent++;
      }
    }
    if (at == firstDigit || (in[firstDigit] == '0' && at > firstDigit + 1)) {
      return false;
    }
    if (at < end && in[at] == '.') {
      at++;
      int firstOfFraction = at;
      while (at + 8 <= end && mantissa < ROOM_FOR_EIGHT) {
        long eight = (long) EIGHT_BYTES.get(in, at);
        if (!areDigits(eight)) {
          break;
        }
        mantissa = 100_000_000 * mantissa + ofDigits(eight);
        exponent -= 8;
        at += 8;
      }
      for (; at < end && isDigit(in[at]); at++) {
        if (mantissa < ROOM_FOR_ONE) {
          mantissa = 10 * mantissa + (in[at] - '0');
          exponent--;
        }
      }
      if (at == firstOfFraction) {
        return false;
      }
    }
    if (at < end && (in[at] | 0x20) == 'e') {
      at++;
      boolean down = at < end && in[at] == '-';
      if (down || (at < end && in[at] == '+')) {
        at++;
      }
      int firstOfExponent = at;
      int written = 0;
      for (; at < end && isDigit(in[at]) && at < firstOfExponent + 4; at++) {
        written = 10 * written + (in[at] - '0');
      }
      if (at == firstOfExponent) {
        return false;
      }
      exponent += down ? -written : written;
    }
    if (at == end || !endsNumber(in[at])) {
      return false;
    }
    after = at;
    return round(mantissa, exponent, negative);
  }

  private boolean round(long mantissa, int exponent, boolean negative) {
    if (mantissa == 0) {
      value = 0;
      return !negative;
    }
    if (Math.abs(exponent) >= POWERS.length) {
      return false;
    }
    double near = exponent < 0 ? mantissa / POWERS[-exponent] : mantissa * POWERS[exponent];
    long extra = Double.doubleToRawLongBits(near) & EXTRA_MASK;
    if (Math.abs(extra - MIDDLE) <= DOUBTFUL || near < Float.MIN_NORMAL || near > 3e38) {
      return false;
    }
    value = (float) (negative ? -near : near);
    return true;
  }

  private static boolean isDigit(byte b) {
    return b >= '0' && b <= '9';
  }

  private static boolean endsNumber(byte b) {
    return b == ',' || b == ']' || b == ' ';
  }

  private static boolean areDigits(long bytes) {
    return ((bytes & 0xF0F0F0F0F0F0F0F0L)
            | (((bytes + 0x0606060606060606L) & 0xF0F0F0F0F0F0F0F0L) >>> 4))
        == 0x3333333333333333L;
  }

  private static long ofDigits(long bytes) {
    long pairs = bytes - 0x3030303030303030L;
    pairs = pairs * 10 + (pairs >>> 8);
    return (((pairs & 0x000000FF000000FFL) * 0x000F424000000064L)
            + (((pairs >>> 16) & 0x000000FF000000FFL) * 0x0000271000000001L))
        >>> 32;
  }
}
