package io.millrace.model;

/// Questions about text that Java's library answers differently from Unicode and Qdrant.
public final class Unicode {
  private Unicode() {}

  /// Whether every surrogate has its other half, so that the text has a UTF-8 form.
  public static boolean isWellFormed(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (Character.isSurrogate(c)) {
        if (!Character.isHighSurrogate(c)
            || i + 1 == text.length()
            || !Character.isLowSurrogate(text.charAt(i + 1))) {
          return false;
        }
        i++;
      }
    }
    return true;
  }

  /// The property White_Space, which is neither `Character.isWhitespace` nor `isSpaceChar`.
  public static boolean isWhiteSpace(char c) {
    return c == ' '
        || (c >= 0x09 && c <= 0x0D)
        || c == 0x85
        || c == 0xA0
        || c == 0x1680
        || (c >= 0x2000 && c <= 0x200A)
        || c == 0x2028
        || c == 0x2029
        || c == 0x202F
        || c == 0x205F
        || c == 0x3000;
  }

  /// What words and unquoted keys are made of, as Rust's `char::is_alphanumeric`: the property
  /// Alphabetic, which vowel signs have, and numbers of every kind.
  public static boolean isAlphanumeric(int codePoint) {
    return Character.isAlphabetic(codePoint)
        || switch (Character.getType(codePoint)) {
          case Character.DECIMAL_DIGIT_NUMBER, Character.LETTER_NUMBER, Character.OTHER_NUMBER ->
              true;
          default -> false;
        };
  }
}
