package io.millrace.ingest.config;

/// A pattern over names: `*` any run of characters, `?` one character, `[a-z]` or `[!a-z]` one of a
/// set. Everything else stands for itself. Case counts.
///
/// Matching goes back to the last `*` only, so its cost is at most pattern × name.
public record Glob(String pattern) {

  public static boolean isPattern(String text) {
    return text.indexOf('*') >= 0 || text.indexOf('?') >= 0 || text.indexOf('[') >= 0;
  }

  public boolean matches(String name) {
    int p = 0;
    int n = 0;
    int starAt = -1;
    int starName = 0;
    while (n < name.length()) {
      if (p < pattern.length() && pattern.charAt(p) == '*') {
        starAt = p++;
        starName = n;
        continue;
      }
      int next = p < pattern.length() ? step(p, name.charAt(n)) : -1;
      if (next >= 0) {
        p = next;
        n++;
      } else if (starAt >= 0) {
        p = starAt + 1;
        n = ++starName;
      } else {
        return false;
      }
    }
    while (p < pattern.length() && pattern.charAt(p) == '*') {
      p++;
    }
    return p == pattern.length();
  }

  /// Where the pattern goes on after its element at `p` took `c`, −1 if it does not take it.
  private int step(int p, char c) {
    char at = pattern.charAt(p);
    if (at == '?') {
      return p + 1;
    }
    int close = at == '[' ? pattern.indexOf(']', p + 2) : -1;
    if (close < 0) {
      return at == c ? p + 1 : -1;
    }
    boolean negated = pattern.charAt(p + 1) == '!';
    boolean in = false;
    for (int i = negated ? p + 2 : p + 1; i < close; i++) {
      char low = pattern.charAt(i);
      if (i + 2 < close && pattern.charAt(i + 1) == '-') {
        in |= low <= c && c <= pattern.charAt(i + 2);
        i += 2;
      } else {
        in |= low == c;
      }
    }
    return in != negated ? close + 1 : -1;
  }

  @Override
  public String toString() {
    return pattern;
  }
}
