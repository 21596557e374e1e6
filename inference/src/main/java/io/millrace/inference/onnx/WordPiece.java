package io.millrace.inference.onnx;

import java.text.Normalizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/// Text to token ids as BERT's uncased models were trained on (Devlin et al., 2018; the rules are
/// those of Hugging Face's `BertNormalizer`, `BertPreTokenizer` and `WordPiece`):
///
/// 1. control and format characters go, white space becomes a blank, Chinese characters stand
///    alone;
/// 2. accents are stripped (NFD without nonspacing marks), letters become small, one by one;
/// 3. words end at blanks, and every punctuation character is a word;
/// 4. each word is cut into the longest pieces of the vocabulary from the left, the later ones
///    marked `##`; a word that cannot be is `[UNK]`.
///
/// `[CLS]` comes first, `[SEP]` last. What looks like such a token in a text is text. What kind a
/// character is of is told by the Unicode of this Java, by that of 2015 there: the 600 characters
/// that differ, all of them rare, are in no vocabulary.
final class WordPiece {
  private static final int WORD_CHARS = 100;

  private final Map<String, Integer> vocabulary;
  private final boolean lowercase;
  private final int most;
  private final int unknown;
  private final int first;
  private final int last;

  /// @param lowercase whether step 2 is taken
  /// @param most tokens of a text, first and last included; the rest is cut off
  WordPiece(Map<String, Integer> vocabulary, boolean lowercase, int most) {
    this.vocabulary = Map.copyOf(vocabulary);
    this.lowercase = lowercase;
    this.most = most;
    this.unknown = id("[UNK]");
    this.first = id("[CLS]");
    this.last = id("[SEP]");
  }

  private int id(String token) {
    Integer id = vocabulary.get(token);
    if (id == null) {
      throw new IllegalArgumentException("The vocabulary has no " + token);
    }
    return id;
  }

  /// At least 2 ids.
  int[] tokens(String text) {
    int[] ids = new int[most];
    ids[0] = first;
    int n = 1;
    int limit = most - 1;
    for (String word : words(normalized(text))) {
      if (n == limit) {
        break;
      }
      n = pieces(word, ids, n, limit);
    }
    ids[n++] = last;
    return Arrays.copyOf(ids, n);
  }

  private String normalized(String text) {
    var clean = new StringBuilder(text.length() + 16);
    text.codePoints()
        .forEach(c -> {
          if (isBlank(c)) {
            clean.append(' ');
          } else if (isChinese(c)) {
            clean.append(' ').appendCodePoint(c).append(' ');
          } else if (!isDropped(c)) {
            clean.appendCodePoint(c);
          }
        });
    if (!lowercase) {
      return clean.toString();
    }
    var small = new StringBuilder(clean.length());
    Normalizer.normalize(clean, Normalizer.Form.NFD)
        .codePoints()
        .filter(c -> Character.getType(c) != Character.NON_SPACING_MARK)
        .forEach(c -> small.appendCodePoint(Character.toLowerCase(c)));
    return small.toString();
  }

  private static List<String> words(String text) {
    List<String> words = new ArrayList<>();
    int start = 0;
    for (int at = 0; at < text.length(); ) {
      int c = text.codePointAt(at);
      int next = at + Character.charCount(c);
      boolean alone = isPunctuation(c);
      if (alone || c == ' ') {
        if (start < at) {
          words.add(text.substring(start, at));
        }
        if (alone) {
          words.add(text.substring(at, next));
        }
        start = next;
      }
      at = next;
    }
    if (start < text.length()) {
      words.add(text.substring(start));
    }
    return words;
  }

  /// Appends the pieces of a word; returns the new count, at most `limit`.
  private int pieces(String word, int[] ids, int count, int limit) {
    if (word.codePointCount(0, word.length()) > WORD_CHARS) {
      ids[count] = unknown;
      return count + 1;
    }
    int n = count;
    for (int at = 0; at < word.length(); ) {
      int end = word.length();
      Integer id = null;
      while (end > at) {
        String piece = word.substring(at, end);
        id = vocabulary.get(at == 0 ? piece : "##" + piece);
        if (id != null) {
          break;
        }
        end -= Character.charCount(word.codePointBefore(end));
      }
      if (id == null) {
        ids[count] = unknown;
        return count + 1;
      }
      if (n < limit) {
        ids[n++] = id;
      }
      at = end;
    }
    return n;
  }

  private static boolean isBlank(int c) {
    return c == '\t' || c == '\n' || c == '\r' || Character.isSpaceChar(c);
  }

  private static boolean isDropped(int c) {
    return c == 0xFFFD
        || switch (Character.getType(c)) {
          case Character.CONTROL, Character.FORMAT, Character.PRIVATE_USE, Character.SURROGATE ->
              true;
          default -> false;
        };
  }

  private static boolean isPunctuation(int c) {
    if (c < 0x80) {
      return c > ' ' && c < 0x7F && !Character.isLetterOrDigit(c);
    }
    return switch (Character.getType(c)) {
      case Character.CONNECTOR_PUNCTUATION,
          Character.DASH_PUNCTUATION,
          Character.START_PUNCTUATION,
          Character.END_PUNCTUATION,
          Character.INITIAL_QUOTE_PUNCTUATION,
          Character.FINAL_QUOTE_PUNCTUATION,
          Character.OTHER_PUNCTUATION ->
          true;
      default -> false;
    };
  }

  /// The ranges of the original, gaps included.
  private static boolean isChinese(int c) {
    return c >= 0x4E00 && c <= 0x9FFF
        || c >= 0x3400 && c <= 0x4DBF
        || c >= 0x20000 && c <= 0x2A6DF
        || c >= 0x2A700 && c <= 0x2B73F
        || c >= 0x2B740 && c <= 0x2B81F
        || c >= 0x2B920 && c <= 0x2CEAF
        || c >= 0xF900 && c <= 0xFAFF
        || c >= 0x2F800 && c <= 0x2FA1F;
  }
}
