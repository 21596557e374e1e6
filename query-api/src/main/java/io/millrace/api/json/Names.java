package io.millrace.api.json;

import java.util.Optional;

/// What names of collections and vectors may look like.
public final class Names {
  /// Characters of a collection's name.
  public static final int COLLECTION_CHARS = 255;

  private static final String BANNED = "<>:\"/\\|?*\0\u001F";

  private Names() {}

  /// The first character that a new name may not hold, as it stands in a message.
  public static Optional<String> banned(String name) {
    for (int i = 0; i < name.length(); i++) {
      char c = name.charAt(i);
      if (BANNED.indexOf(c) >= 0) {
        return Optional.of(
            switch (c) {
              case '\0' -> "\\0";
              case '\u001F' -> "\\u{1f}";
              default -> String.valueOf(c);
            });
      }
    }
    return Optional.empty();
  }

  public static boolean isLength(String name) {
    int chars = name.codePointCount(0, name.length());
    return chars >= 1 && chars <= COLLECTION_CHARS;
  }
}
