package io.millrace.payload;

/// What a JSON number's text says.
final class Numbers {
  private static final String MAX = "9223372036854775807";
  private static final String MIN = "-9223372036854775808";

  private Numbers() {}

  /// Whether valid JSON number text is an integer token of 64 signed bits.
  static boolean isWhole(String text) {
    boolean negative = text.charAt(0) == '-';
    for (int i = negative ? 1 : 0; i < text.length(); i++) {
      if (text.charAt(i) < '0' || text.charAt(i) > '9') {
        return false;
      }
    }
    String limit = negative ? MIN : MAX;
    if (text.length() != limit.length()) {
      return text.length() < limit.length() && !text.equals("-0");
    }
    return text.compareTo(limit) <= 0;
  }
}
