package io.millrace.payload;

import java.time.DateTimeException;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.util.OptionalLong;

/// Dates in the forms that filters accept: RFC 3339, with a space for the `T`, without seconds,
/// without zone (UTC), or a bare day.
public final class DateTimes {
  private DateTimes() {}

  /// Microseconds since the epoch; empty if `text` has none of the forms.
  public static OptionalLong parse(String text) {
    try {
      return OptionalLong.of(new Reader(text).micros());
    } catch (DateTimeException | ArithmeticException | NumberFormatException e) {
      return OptionalLong.empty();
    }
  }

  /// Reads the text from left to right; anything unexpected throws.
  private static final class Reader {
    private final String text;
    private int at;

    Reader(String text) {
      this.text = text;
    }

    long micros() {
      LocalDate day = LocalDate.of(digits(4), after('-', 2), after('-', 2));
      if (at == text.length()) {
        return micros(day, LocalTime.MIDNIGHT, 0);
      }
      char separator = text.charAt(at++);
      if (separator != 'T' && separator != 't' && separator != ' ') {
        throw new DateTimeException("separator");
      }
      int hour = digits(2);
      int minute = after(':', 2);
      int second = 0;
      int nanos = 0;
      boolean seconds = isNext(':');
      if (seconds) {
        second = after(':', 2);
        nanos = isNext('.') ? fraction() : 0;
      }
      LocalTime time = LocalTime.of(hour, minute, Math.min(second, 59), nanos);
      int offset = at == text.length() ? 0 : seconds ? offset() : refuse();
      if (at != text.length()) {
        throw new DateTimeException("trailing text");
      }
      return micros(day, time, offset) + (second == 60 ? 1_000_000 : 0);
    }

    private static long micros(LocalDate day, LocalTime time, int offsetSeconds) {
      long seconds = day.toEpochSecond(time, ZoneOffset.UTC) - offsetSeconds;
      return Math.addExact(Math.multiplyExact(seconds, 1_000_000L), time.getNano() / 1_000);
    }

    private int refuse() {
      throw new DateTimeException("zone without seconds");
    }

    private boolean isNext(char c) {
      return at < text.length() && text.charAt(at) == c;
    }

    private int after(char c, int length) {
      if (!isNext(c)) {
        throw new DateTimeException("expected " + c);
      }
      at++;
      return digits(length);
    }

    private int digits(int length) {
      if (at + length > text.length()) {
        throw new DateTimeException("short");
      }
      int value = 0;
      for (int end = at + length; at < end; at++) {
        char c = text.charAt(at);
        if (c < '0' || c > '9') {
          throw new DateTimeException("digit");
        }
        value = 10 * value + (c - '0');
      }
      return value;
    }

    private int fraction() {
      at++;
      int nanos = 0;
      int n = 0;
      for (; at < text.length() && text.charAt(at) >= '0' && text.charAt(at) <= '9'; at++) {
        if (n < 9) {
          nanos = 10 * nanos + (text.charAt(at) - '0');
          n++;
        }
      }
      if (n == 0) {
        throw new DateTimeException("fraction");
      }
      for (; n < 9; n++) {
        nanos *= 10;
      }
      return nanos;
    }

    /// `Z`, `+HH`, `+HHMM` or `+HH:MM`, in seconds.
    private int offset() {
      char c = text.charAt(at++);
      if (c == 'Z' || c == 'z') {
        return 0;
      }
      if (c != '+' && c != '-') {
        throw new DateTimeException("zone");
      }
      int hours = digits(2);
      int minutes = at == text.length() ? 0 : isNext(':') ? after(':', 2) : digits(2);
      if (hours > 23 || minutes > 59) {
        throw new DateTimeException("zone");
      }
      int seconds = 3_600 * hours + 60 * minutes;
      return c == '-' ? -seconds : seconds;
    }
  }
}
