package io.millrace.torture.history;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// JSON taken apart without changing a byte of its values.
///
/// A payload has to come back with the very text that was sent: a library that parses
/// `9007199254740993` or `2.0` into a number has lost what is to be compared. So values stay text;
/// only the outermost object or list is split.
public final class RawJson {
  private final String text;
  private int at;

  private RawJson(String text) {
    this.text = text;
  }

  /// Keys and raw values of an object, in their order.
  public static Map<String, String> fields(String object) {
    var json = new RawJson(object);
    Map<String, String> fields = new LinkedHashMap<>();
    json.expect('{');
    if (!json.tryTake('}')) {
      do {
        String key = text(json.value());
        json.expect(':');
        fields.put(key, json.value());
      } while (json.tryTake(','));
      json.expect('}');
    }
    json.end();
    return fields;
  }

  /// Raw values of a list.
  public static List<String> items(String list) {
    var json = new RawJson(list);
    List<String> items = new ArrayList<>();
    json.expect('[');
    if (!json.tryTake(']')) {
      do {
        items.add(json.value());
      } while (json.tryTake(','));
      json.expect(']');
    }
    json.end();
    return items;
  }

  /// The text of a JSON string.
  public static String text(String raw) {
    if (raw.length() < 2 || raw.charAt(0) != '"') {
      throw new IllegalArgumentException("not a JSON string: " + raw);
    }
    if (raw.indexOf('\\') < 0) {
      return raw.substring(1, raw.length() - 1);
    }
    var out = new StringBuilder();
    for (int i = 1; i < raw.length() - 1; i++) {
      char c = raw.charAt(i);
      if (c != '\\') {
        out.append(c);
        continue;
      }
      i++;
      switch (raw.charAt(i)) {
        case 'n' -> out.append('\n');
        case 'r' -> out.append('\r');
        case 't' -> out.append('\t');
        case 'b' -> out.append('\b');
        case 'f' -> out.append('\f');
        case 'u' -> {
          out.append((char) Integer.parseInt(raw.substring(i + 1, i + 5), 16));
          i += 4;
        }
        default -> out.append(raw.charAt(i));
      }
    }
    return out.toString();
  }

  public static String quote(String text) {
    var out = new StringBuilder(text.length() + 2).append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '"' || c == '\\') {
        out.append('\\').append(c);
      } else if (c < 0x20) {
        out.append("\\u%04x".formatted((int) c));
      } else {
        out.append(c);
      }
    }
    return out.append('"').toString();
  }

  /// An object of the given raw values.
  public static String object(Map<String, String> fields) {
    var out = new StringBuilder("{");
    for (Map.Entry<String, String> field : fields.entrySet()) {
      if (out.length() > 1) {
        out.append(',');
      }
      out.append(quote(field.getKey())).append(':').append(field.getValue());
    }
    return out.append('}').toString();
  }

  private String value() {
    skipSpace();
    int start = at;
    int depth = 0;
    do {
      if (at >= text.length()) {
        throw new IllegalArgumentException("JSON ends early: " + shortened());
      }
      char c = text.charAt(at);
      if (c == '"') {
        skipString();
      } else if (c == '{' || c == '[') {
        depth++;
        at++;
      } else if (c == '}' || c == ']') {
        depth--;
        at++;
      } else if (depth > 0) {
        at++;
      } else {
        skipScalar();
      }
    } while (depth > 0);
    if (at == start || depth < 0) {
      throw new IllegalArgumentException("no JSON value at " + start + ": " + shortened());
    }
    return text.substring(start, at);
  }

  private void skipString() {
    for (at++; text.charAt(at) != '"'; at++) {
      if (text.charAt(at) == '\\') {
        at++;
      }
      if (at + 1 >= text.length()) {
        throw new IllegalArgumentException("a JSON string does not end: " + shortened());
      }
    }
    at++;
  }

  private void skipScalar() {
    while (at < text.length() && ",]}: \t\r\n".indexOf(text.charAt(at)) < 0) {
      at++;
    }
  }

  private void expect(char c) {
    if (!tryTake(c)) {
      throw new IllegalArgumentException("expected " + c + " at " + at + ": " + shortened());
    }
  }

  private boolean tryTake(char c) {
    skipSpace();
    if (at < text.length() && text.charAt(at) == c) {
      at++;
      return true;
    }
    return false;
  }

  private void end() {
    skipSpace();
    if (at != text.length()) {
      throw new IllegalArgumentException("text after JSON at " + at + ": " + shortened());
    }
  }

  private void skipSpace() {
    while (at < text.length() && " \t\r\n".indexOf(text.charAt(at)) >= 0) {
      at++;
    }
  }

  private String shortened() {
    return text.length() <= 300 ? text : text.substring(0, 300) + "…";
  }
}
