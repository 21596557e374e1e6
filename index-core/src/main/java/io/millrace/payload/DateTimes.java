package io.millrace.payload;

import io.millrace.model.Unicode;
import java.util.OptionalLong;

/// Date texts as Qdrant reads them (behaviour, section 10.2), in microseconds since the epoch.
///
/// ```
/// YYYY-MM-DD
/// YYYY-MM-DD[T ]HH:MM
/// YYYY-MM-DD[T ]HH:MM:SS[.fraction][zone]     zone: Z, UTC, +HH:MM, +HHMM, +HH; none is UTC
/// ```
///
/// Numbers may have fewer digits, but for those of the zone, and blanks may stand before them and
/// before the zone: `2024-1-31 9:05:00 +0200`. `T`, `Z` and `UTC` may be small. Digits of the
/// fraction behind the sixth are dropped. Second 60 is the next minute's start, the hour runs from
/// 0 to 23.
public final class DateTimes {
  private static final long DAY_MICROS = 86_400_000_000L;

  private final String text;
  private int at;
  private boolean bad;

  private DateTimes(String text) {
    this.text = text;
  }

  /// Empty when `text` has none of the forms.
  public static OptionalLong parse(String text) {
    DateTimes reader = new DateTimes(text);
    long micros = reader.read();
    return reader.bad ? OptionalLong.empty() : OptionalLong.of(micros);
  }

  private long read() {
    int year = number(4);
    expect('-');
    if (bad) {
      return 0; // as most texts
    }
    int month = number(2);
    expect('-');
    int day = number(2);
    if (bad || month < 1 || month > 12 || day < 1 || day > lengthOfMonth(year, month)) {
      return bad();
    }
    long micros = epochDay(year, month, day) * DAY_MICROS;
    if (at == text.length()) {
      return micros;
    }
    char separator = text.charAt(at++);
    if (separator != 'T' && separator != 't' && !Unicode.isWhiteSpace(separator)) {
      return bad();
    }
    int hour = number(2);
    expect(':');
    int minute = number(2);
    if (bad || hour > 23 || minute > 59) {
      return bad();
    }
    micros += (hour * 60L + minute) * 60_000_000L;
    if (at == text.length()) {
      return micros;
    }
    expect(':');
    int second = number(2);
    if (bad || second > 60) {
      return bad();
    }
    micros += second * 1_000_000L + fraction();
    return micros - zoneMicros();
  }

  private long fraction() {
    if (at == text.length() || text.charAt(at) != '.') {
      return 0;
    }
    at++;
    int start = at;
    long micros = 0;
    long unit = 100_000;
    while (at < text.length() && isDigit(text.charAt(at))) {
      micros += unit * (text.charAt(at) - '0');
      unit /= 10;
      at++;
    }
    return at == start ? bad() : micros;
  }

  private long zoneMicros() {
    if (at == text.length()) {
      return 0;
    }
    skipBlanks();
    String rest = text.substring(at);
    if (rest.equalsIgnoreCase("Z") || rest.equalsIgnoreCase("UTC")) {
      return 0;
    }
    char sign = rest.isEmpty() ? ' ' : text.charAt(at++);
    if (sign != '+' && sign != '-') {
      return bad();
    }
    int hours = digits(2);
    if (at < text.length() && text.charAt(at) == ':') {
      at++;
    }
    int minutes = at < text.length() ? digits(2) : 0;
    if (bad || at != text.length() || hours > 23 || minutes > 59) {
      return bad();
    }
    long micros = (hours * 60L + minutes) * 60_000_000L;
    return sign == '-' ? -micros : micros;
  }

  /// Up to so many digits behind any blanks.
  private int number(int most) {
    skipBlanks();
    int count = 0;
    while (count < most && at + count < text.length() && isDigit(text.charAt(at + count))) {
      count++;
    }
    if (count == 0) {
      bad = true;
    }
    return digits(count);
  }

  private void skipBlanks() {
    while (at < text.length() && Unicode.isWhiteSpace(text.charAt(at))) {
      at++;
    }
  }

  private static boolean isDigit(char c) {
    return c >= '0' && c <= '9';
  }

  private int digits(int count) {
    if (at + count > text.length()) {
      bad = true;
      return 0;
    }
    int n = 0;
    for (int i = 0; i < count; i++) {
      char c = text.charAt(at++);
      if (!isDigit(c)) {
        bad = true;
        return 0;
      }
      n = 10 * n + (c - '0');
    }
    return n;
  }

  private void expect(char c) {
    if (at >= text.length() || text.charAt(at++) != c) {
      bad = true;
    }
  }

  private long bad() {
    bad = true;
    return 0;
  }

  private static int lengthOfMonth(int year, int month) {
    return switch (month) {
      case 2 -> isLeap(year) ? 29 : 28;
      case 4, 6, 9, 11 -> 30;
      default -> 31;
    };
  }

  private static boolean isLeap(int year) {
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
  }

  /// Days since 1970-01-01 in the proleptic Gregorian calendar, for years from 0. The year is
  /// counted from March so that the leap day comes last.
  private static long epochDay(int year, int month, int day) {
    int y = month <= 2 ? year - 1 : year;
    int fromMarch = (month + 9) % 12;
    long days = 365L * y + Math.floorDiv(y, 4) - Math.floorDiv(y, 100) + Math.floorDiv(y, 400);
    return days + (153 * fromMarch + 2) / 5 + day - 1 - 719_468;
  }
}
