package io.millrace.payload.text;

import com.ibm.icu.text.BreakIterator;
import com.ibm.icu.util.ULocale;
import io.millrace.model.TextOptions;
import io.millrace.model.TextOptions.Tokenizer;
import io.millrace.model.Unicode;
import java.lang.Character.UnicodeScript;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Consumer;
import org.apache.lucene.analysis.miscellaneous.ASCIIFoldingFilter;
import org.jspecify.annotations.Nullable;
import org.tartarus.snowball.SnowballStemmer;

/// Strings → tokens as a text index's options say (behaviour of Qdrant 1.19, section 11.3). Each
/// word goes through folding, lower case, stop words, stem and length, in this order. Safe for many
/// threads.
public final class TextAnalyzer {
  /// A longer token is no word, and terms of the index have a bound.
  private static final int TOKEN_CHARS = 4_096;

  /// Scripts whose marks above and below letters do not tell words apart.
  private static final Set<UnicodeScript> WITHOUT_ACCENTS =
      EnumSet.of(
          UnicodeScript.LATIN,
          UnicodeScript.GREEK,
          UnicodeScript.HEBREW,
          UnicodeScript.ARABIC,
          UnicodeScript.THAI);

  private final TextOptions options;
  private final Set<String> stopwords;

  public TextAnalyzer(TextOptions options) {
    this.options = options;
    Set<String> left = new HashSet<>();
    for (String language : options.stopwordLanguages()) {
      left.addAll(StopWords.of(language));
    }
    for (String word : options.stopwords()) {
      left.add(options.lowercase() ? word.toLowerCase(Locale.ROOT) : word);
    }
    this.stopwords = left;
  }

  /// What is found of a document's string, in order; of each word all prefixes with
  /// [Tokenizer#PREFIX].
  public List<String> ofDocument(String text) {
    List<String> tokens = new ArrayList<>();
    boolean prefixes = options.tokenizer() == Tokenizer.PREFIX;
    eachWord(
        text,
        stopwords,
        word -> {
          if (prefixes) {
            prefixes(word, tokens);
          } else if (isKept(word)) {
            tokens.add(word);
          }
        });
    return tokens;
  }

  /// What a query's text looks for, in order. With [Tokenizer#PREFIX] words are whole, and stop
  /// words stay: they may begin others.
  public List<String> ofQuery(String text) {
    List<String> tokens = new ArrayList<>();
    boolean prefixes = options.tokenizer() == Tokenizer.PREFIX;
    eachWord(
        text,
        prefixes ? Set.of() : stopwords,
        word -> {
          String token =
              prefixes ? cut(word, options.maxTokenChars().orElse(Integer.MAX_VALUE)) : word;
          if (isKept(token)) {
            tokens.add(token);
          }
        });
    return tokens;
  }

  private void prefixes(String word, List<String> tokens) {
    int chars = word.codePointCount(0, word.length());
    int least = Math.max(1, options.minTokenChars().orElse(1));
    int most = Math.min(chars, options.maxTokenChars().orElse(Integer.MAX_VALUE));
    for (int n = least; n <= most; n++) {
      tokens.add(cut(word, n));
    }
  }

  private static String cut(String word, int chars) {
    return word.codePointCount(0, word.length()) <= chars
        ? word
        : word.substring(0, word.offsetByCodePoints(0, chars));
  }

  private boolean isKept(String token) {
    int chars = token.codePointCount(0, token.length());
    return chars > 0
        && chars >= options.minTokenChars().orElse(0)
        && chars <= options.maxTokenChars().orElse(Integer.MAX_VALUE);
  }

  private void eachWord(String text, Set<String> left, Consumer<String> sink) {
    if (!Unicode.isWellFormed(text)) {
      return;
    }
    SnowballStemmer stemmer = options.stemmer().map(Stemmers::of).orElse(null);
    Consumer<String> filters =
        word -> {
          String token = normal(word, left, stemmer);
          if (!token.isEmpty()) {
            sink.accept(token);
          }
        };
    switch (options.tokenizer()) {
      case WORD, PREFIX -> parted(text, Unicode::isAlphanumeric, filters);
      case WHITESPACE ->
          parted(text, c -> c >= 0x1_0000 || !Unicode.isWhiteSpace((char) c), filters);
      case MULTILINGUAL -> segmented(text, filters);
    }
  }

  /// Empty if nothing is left of the word.
  private String normal(String word, Set<String> left, @Nullable SnowballStemmer stemmer) {
    String token = word.length() > TOKEN_CHARS ? cut(word, TOKEN_CHARS / 2) : word;
    if (options.asciiFolding()) {
      token = folded(token);
    }
    if (options.lowercase()) {
      token = token.toLowerCase(Locale.ROOT);
    }
    if (left.contains(token)) {
      return "";
    }
    if (stemmer != null) {
      stemmer.setCurrent(token);
      stemmer.stem();
      token = stemmer.getCurrent();
    }
    return token;
  }

  private static String folded(String token) {
    char[] in = token.toCharArray();
    char[] out = new char[4 * in.length];
    int length = ASCIIFoldingFilter.foldToASCII(in, 0, out, 0, in.length);
    return new String(out, 0, length);
  }

  private interface IsWord {
    boolean test(int codePoint);
  }

  private static void parted(String text, IsWord isWord, Consumer<String> sink) {
    int from = -1;
    for (int i = 0; i < text.length(); ) {
      int c = text.codePointAt(i);
      boolean inside = isWord.test(c);
      if (inside && from < 0) {
        from = i;
      } else if (!inside && from >= 0) {
        sink.accept(text.substring(from, i));
        from = -1;
      }
      i += Character.charCount(c);
    }
    if (from >= 0) {
      sink.accept(text.substring(from));
    }
  }

  /// By Unicode's rules for words, and by dictionaries for scripts that write none apart, then at
  /// all signs; without accents and in lower case whatever the options say, and without numbers
  /// that stand alone, as Qdrant's segmenter.
  private static void segmented(String text, Consumer<String> sink) {
    String plain = plain(text);
    BreakIterator words = BreakIterator.getWordInstance(ULocale.ROOT);
    words.setText(plain);
    int from = words.first();
    for (int to = words.next(); to != BreakIterator.DONE; from = to, to = words.next()) {
      String word = plain.substring(from, to);
      if (word.codePoints().anyMatch(Character::isAlphabetic)) {
        parted(word, c -> !isSign(c), sink);
      }
    }
  }

  private static boolean isSign(int c) {
    return switch (Character.getType(c)) {
      case Character.NON_SPACING_MARK,
          Character.COMBINING_SPACING_MARK,
          Character.ENCLOSING_MARK,
          Character.FORMAT ->
          false;
      default -> !Unicode.isAlphanumeric(c);
    };
  }

  /// Ligatures, digits in circles and the like become what they stand for.
  private static String plain(String text) {
    StringBuilder plain = new StringBuilder(text.length());
    boolean accentsCount = true;
    String apart = Normalizer.normalize(text, Normalizer.Form.NFKD);
    for (int i = 0; i < apart.length(); ) {
      int c = apart.codePointAt(i);
      i += Character.charCount(c);
      boolean isMark = Character.getType(c) == Character.NON_SPACING_MARK;
      if (!isMark) {
        accentsCount = !WITHOUT_ACCENTS.contains(UnicodeScript.of(c));
      }
      if (!isMark || accentsCount) {
        plain.appendCodePoint(c);
      }
    }
    return Normalizer.normalize(plain, Normalizer.Form.NFC).toLowerCase(Locale.ROOT);
  }
}
