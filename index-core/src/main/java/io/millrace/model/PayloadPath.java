package io.millrace.model;

import java.util.ArrayList;
import java.util.List;

/// A path into a payload: a first key, then any of `.key`, `."quoted key"`, `[n]`, `[]` (behaviour
/// of Qdrant 1.19). Unquoted keys hold letters, digits, `_` and `-`; everything else stands in
/// double quotes, without escapes.
///
/// @param steps at least one; the first is a [Step.Key]
public record PayloadPath(List<Step> steps) {

  public sealed interface Step {
    record Key(String name) implements Step {}

    /// @param index from 0
    record Index(int index) implements Step {}

    /// Every element of an array, written `[]`.
    record All() implements Step {}
  }

  public PayloadPath {
    steps = List.copyOf(steps);
  }

  /// Throws [BadInput] with Qdrant's text when `text` is no path.
  public static PayloadPath parse(String text) {
    List<Step> steps = new ArrayList<>();
    int at = key(text, 0, steps);
    while (at < text.length()) {
      char c = text.charAt(at);
      if (c == '.') {
        at = key(text, at + 1, steps);
      } else if (c == '[') {
        int close = text.indexOf(']', at);
        if (close < 0) {
          throw invalid(text);
        }
        String inside = text.substring(at + 1, close);
        steps.add(inside.isEmpty() ? new Step.All() : new Step.Index(index(text, inside)));
        at = close + 1;
      } else {
        throw invalid(text);
      }
    }
    return new PayloadPath(steps);
  }

  private static int key(String text, int at, List<Step> steps) {
    if (at < text.length() && text.charAt(at) == '"') {
      int close = text.indexOf('"', at + 1);
      if (close < 0) {
        throw invalid(text);
      }
      steps.add(new Step.Key(text.substring(at + 1, close)));
      return close + 1;
    }
    int end = at;
    while (end < text.length() && isPlain(text.codePointAt(end))) {
      end += Character.charCount(text.codePointAt(end));
    }
    if (end == at) {
      throw invalid(text);
    }
    steps.add(new Step.Key(text.substring(at, end)));
    return end;
  }

  private static int index(String text, String digits) {
    if (digits.length() > 9) {
      throw invalid(text);
    }
    int n = 0;
    for (int i = 0; i < digits.length(); i++) {
      char c = digits.charAt(i);
      if (c < '0' || c > '9') {
        throw invalid(text);
      }
      n = 10 * n + (c - '0');
    }
    return n;
  }

  private static boolean isPlain(int codePoint) {
    return Unicode.isAlphanumeric(codePoint) || codePoint == '_' || codePoint == '-';
  }

  private static BadInput invalid(String text) {
    return BadInput.format("Invalid json path: '" + text + "'");
  }

  /// The canonical text: quotes only where they are needed.
  @Override
  public String toString() {
    StringBuilder b = new StringBuilder();
    for (Step step : steps) {
      switch (step) {
        case Step.Key(String name) -> {
          if (!b.isEmpty()) {
            b.append('.');
          }
          appendKey(b, name);
        }
        case Step.Index(int n) -> b.append('[').append(n).append(']');
        case Step.All() -> b.append("[]");
      }
    }
    return b.toString();
  }

  /// Appends a key as it stands in a canonical path: bare when it may be, else in double quotes.
  public static void appendKey(StringBuilder b, String name) {
    if (!name.isEmpty() && name.codePoints().allMatch(PayloadPath::isPlain)) {
      b.append(name);
    } else {
      b.append('"').append(name).append('"');
    }
  }
}
