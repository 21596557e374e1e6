package io.millrace.payload;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// Steps over canonical JSON: valid, UTF-8, without insignificant white space, so no check is made.
/// A string span includes its quotes.
final class JsonScan {
  private JsonScan() {}

  /// The byte offset behind the value that starts at `at`.
  static int end(byte[] json, int at) {
    switch (json[at]) {
      case '"' -> {
        return stringEnd(json, at);
      }
      case '{', '[' -> {
        int open = 0;
        int i = at;
        while (true) {
          byte c = json[i];
          if (c == '"') {
            i = stringEnd(json, i);
            continue;
          }
          if (c == '{' || c == '[') {
            open++;
          } else if (c == '}' || c == ']') {
            open--;
            if (open == 0) {
              return i + 1;
            }
          }
          i++;
        }
      }
      default -> {
        int i = at + 1;
        while (i < json.length && json[i] != ',' && json[i] != '}' && json[i] != ']') {
          i++;
        }
        return i;
      }
    }
  }

  /// The byte offset behind the closing quote of the string that opens at `at`.
  static int stringEnd(byte[] json, int at) {
    int i = at + 1;
    while (json[i] != '"') {
      i += json[i] == '\\' ? 2 : 1;
    }
    return i + 1;
  }

  /// How many objects and arrays are open at the deepest place.
  static int depth(byte[] json) {
    int deepest = 0;
    int open = 0;
    int at = 0;
    while (at < json.length) {
      switch (json[at]) {
        case '"' -> {
          at = stringEnd(json, at);
          continue;
        }
        case '{', '[' -> deepest = Math.max(deepest, ++open);
        case '}', ']' -> open--;
        default -> {}
      }
      at++;
    }
    return deepest;
  }

  static boolean hasEscape(byte[] json, int from, int to) {
    for (int i = from; i < to; i++) {
      if (json[i] == '\\') {
        return true;
      }
    }
    return false;
  }

  /// The text of the string span `[from, to)`.
  static String string(byte[] json, int from, int to) {
    if (!hasEscape(json, from, to)) {
      return new String(json, from + 1, to - from - 2, StandardCharsets.UTF_8);
    }
    String raw = new String(json, from + 1, to - from - 2, StandardCharsets.UTF_8);
    StringBuilder b = new StringBuilder(raw.length());
    for (int i = 0; i < raw.length(); i++) {
      char c = raw.charAt(i);
      if (c != '\\') {
        b.append(c);
        continue;
      }
      i++;
      switch (raw.charAt(i)) {
        case 'b' -> b.append('\b');
        case 'f' -> b.append('\f');
        case 'n' -> b.append('\n');
        case 'r' -> b.append('\r');
        case 't' -> b.append('\t');
        case 'u' -> {
          b.append((char) Integer.parseInt(raw, i + 1, i + 5, 16));
          i += 4;
        }
        default -> b.append(raw.charAt(i));
      }
    }
    return b.toString();
  }

  /// Whether the string span `[from, to)` says `text`, whose UTF-8 form is `utf8`.
  static boolean isString(byte[] json, int from, int to, String text, byte[] utf8) {
    return hasEscape(json, from, to)
        ? string(json, from, to).equals(text)
        : Arrays.equals(json, from + 1, to - 1, utf8, 0, utf8.length);
  }
}
