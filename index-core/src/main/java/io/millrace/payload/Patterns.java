package io.millrace.payload;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import io.millrace.model.BadInput;
import io.millrace.model.TextPattern;

/// Regular expressions in the syntax of RE2, found in time linear in the text whatever the pattern.
public final class Patterns {
  private static final int CHARS = 1_000;

  /// Repetitions are unrolled; the size of what comes of it must stay small.
  private static final long STATES = 10_000;

  private Patterns() {}

  /// Throws [BadInput] with the place of the fault for a pattern that is wrong or too costly.
  public static TextPattern of(String source) {
    if (source.length() > CHARS) {
      throw BadInput.badRequest(
          "Regex of " + source.length() + " characters, at most " + CHARS + " are taken");
    }
    if (states(source) > STATES) {
      throw BadInput.badRequest("Regex `" + source + "` is too costly, use smaller repetitions");
    }
    TextPattern pattern = new TextPattern(source);
    compiled(pattern);
    return pattern;
  }

  static boolean isFound(TextPattern pattern, String text) {
    return compiled(pattern).matcher(text).find();
  }

  private static Pattern compiled(TextPattern pattern) {
    return pattern.compiled(
        Pattern.class,
        source -> {
          try {
            return Pattern.compile(source);
          } catch (PatternSyntaxException e) {
            throw BadInput.badRequest(
                "Regex is wrong: "
                    + e.getDescription()
                    + " at `"
                    + (e.getPattern() == null ? source : e.getPattern())
                    + "`");
          }
        });
  }

  /// About how many states the pattern has with its repetitions unrolled.
  static long states(String source) {
    long[] sums = new long[CHARS + 2]; // of each open group
    int depth = 0;
    long last = 0; // of what a repetition would repeat
    for (int i = 0; i < source.length(); i++) {
      char c = source.charAt(i);
      switch (c) {
        case '\\' -> {
          i++;
          sums[depth] += last;
          last = 1;
        }
        case '[' -> {
          int end = source.indexOf(']', i + 2);
          i = end < 0 ? source.length() : end;
          sums[depth] += last;
          last = 1;
        }
        case '(' -> {
          sums[depth] += last;
          last = 0;
          depth = Math.min(depth + 1, CHARS);
          sums[depth] = 0;
        }
        case ')' -> {
          last = sums[depth] + last + 1;
          depth = Math.max(0, depth - 1);
        }
        case '{' -> {
          int end = source.indexOf('}', i);
          long times = end < 0 ? 0 : repetitions(source.substring(i + 1, end));
          if (times > 0) {
            last = Math.min(STATES + 1, Math.max(1, last) * times);
            i = end;
          }
        }
        default -> {
          sums[depth] += last;
          last = 1;
        }
      }
      sums[depth] = Math.min(sums[depth], STATES + 1);
    }
    long all = last;
    for (int d = 0; d <= depth; d++) {
      all += sums[d];
    }
    return all;
  }

  /// Of `n`, `n,` and `n,m` the largest number; 0 for what is no repetition.
  private static long repetitions(String bounds) {
    long most = 0;
    for (String bound : bounds.split(",", 3)) {
      if (!bound.isEmpty() && (bound.length() > 6 || !bound.chars().allMatch(Character::isDigit))) {
        return 0;
      }
      most = Math.max(most, bound.isEmpty() ? 0 : Long.parseLong(bound));
    }
    return most;
  }
}
