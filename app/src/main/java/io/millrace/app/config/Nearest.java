package io.millrace.app.config;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/// The known name a mistyped one most likely means.
public final class Nearest {
  private Nearest() {}

  /// Empty when nothing is close: more than a third of the letters differ.
  public static Optional<String> to(String word, List<String> names) {
    return names.stream()
        .filter(
            name -> distance(word, name) <= Math.max(2, Math.max(word.length(), name.length()) / 3))
        .min(Comparator.comparingInt((String name) -> distance(word, name)).thenComparing(n -> n));
  }

  /// `; did you mean X?` or nothing.
  public static String hint(String word, List<String> names) {
    return to(word, names).map(name -> "; did you mean " + name + "?").orElse("");
  }

  /// Letters to insert, delete, replace or swap with their neighbour (restricted
  /// Damerau-Levenshtein).
  static int distance(String a, String b) {
    int[][] d = new int[a.length() + 1][b.length() + 1];
    for (int i = 0; i <= a.length(); i++) {
      for (int j = 0; j <= b.length(); j++) {
        if (i == 0 || j == 0) {
          d[i][j] = i + j;
          continue;
        }
        int replace = a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1;
        int best = Math.min(d[i - 1][j - 1] + replace, Math.min(d[i - 1][j], d[i][j - 1]) + 1);
        if (i > 1
            && j > 1
            && a.charAt(i - 1) == b.charAt(j - 2)
            && a.charAt(i - 2) == b.charAt(j - 1)) {
          best = Math.min(best, d[i - 2][j - 2] + 1);
        }
        d[i][j] = best;
      }
    }
    return d[a.length()][b.length()];
  }
}
