package io.millrace.payload.text;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.lucene.analysis.Analyzer;

/// Lists of words that say little, by language: those that come with Lucene's analysis package,
/// with what Qdrant's lists have more or less (`stopwords.txt`), and short ones of our own for
/// three languages it has none for. A language that is known by name only has an empty list.
final class StopWords {
  private static final String SNOWBALL = "/org/apache/lucene/analysis/snowball/";

  private static final Map<String, String> FILES =
      Map.ofEntries(
          Map.entry("arabic", "/org/apache/lucene/analysis/ar/stopwords.txt"),
          Map.entry("basque", "/org/apache/lucene/analysis/eu/stopwords.txt"),
          Map.entry("bengali", "/org/apache/lucene/analysis/bn/stopwords.txt"),
          Map.entry("catalan", "/org/apache/lucene/analysis/ca/stopwords.txt"),
          Map.entry("danish", SNOWBALL + "danish_stop.txt"),
          Map.entry("dutch", SNOWBALL + "dutch_stop.txt"),
          Map.entry("english", SNOWBALL + "english_stop.txt"),
          Map.entry("finnish", SNOWBALL + "finnish_stop.txt"),
          Map.entry("french", SNOWBALL + "french_stop.txt"),
          Map.entry("german", SNOWBALL + "german_stop.txt"),
          Map.entry("greek", "/org/apache/lucene/analysis/el/stopwords.txt"),
          Map.entry("hungarian", SNOWBALL + "hungarian_stop.txt"),
          Map.entry("indonesian", SNOWBALL + "indonesian_stop.txt"),
          Map.entry("italian", SNOWBALL + "italian_stop.txt"),
          Map.entry("nepali", "/org/apache/lucene/analysis/ne/stopwords.txt"),
          Map.entry("norwegian", SNOWBALL + "norwegian_stop.txt"),
          Map.entry("portuguese", SNOWBALL + "portuguese_stop.txt"),
          Map.entry("romanian", "/org/apache/lucene/analysis/ro/stopwords.txt"),
          Map.entry("russian", SNOWBALL + "russian_stop.txt"),
          Map.entry("spanish", SNOWBALL + "spanish_stop.txt"),
          Map.entry("swedish", SNOWBALL + "swedish_stop.txt"),
          Map.entry("turkish", "/org/apache/lucene/analysis/tr/stopwords.txt"));

  private static final Map<String, Set<String>> OWN =
      Map.of(
          "chinese",
          Set.of(
              "的", "了", "和", "是", "在", "我", "有", "就", "不", "人", "都", "一", "也", "很", "到", "说", "要",
              "去", "你", "会", "着", "没有", "看", "自己", "这"),
          "japanese",
          Set.of(
              "の", "に", "は", "を", "た", "が", "で", "て", "と", "し", "れ", "さ", "ある", "いる", "も", "する",
              "から", "な", "こと", "として", "い", "や", "など", "です", "ます"),
          "hebrew",
          Set.of(
              "של", "את", "על", "לא", "זה", "עם", "הוא", "היא", "אני", "כל", "או", "גם", "אם", "כי",
              "מה", "יש", "אין"));

  private static final List<String> DIFFERENCES = differences();

  // The content of files that never change, read when first asked for.
  private static final Map<String, Set<String>> READ = new ConcurrentHashMap<>();

  private StopWords() {}

  /// In lower case.
  static Set<String> of(String language) {
    return READ.computeIfAbsent(language, StopWords::read);
  }

  private static Set<String> read(String language) {
    String file = FILES.get(language);
    if (file == null) {
      return OWN.getOrDefault(language, Set.of());
    }
    Set<String> words = new HashSet<>();
    try (InputStream in = open(file)) {
      for (String line : lines(in)) {
        words.addAll(wordsOf(line));
      }
    } catch (IOException e) {
      throw new UncheckedIOException("the stop words of " + language + " cannot be read", e);
    }
    for (String line : DIFFERENCES) {
      if (line.startsWith(language + " + ")) {
        words.addAll(wordsOf(line.substring(language.length() + 3)));
      } else if (line.startsWith(language + " - ")) {
        words.removeAll(wordsOf(line.substring(language.length() + 3)));
      }
    }
    return Set.copyOf(words);
  }

  private static List<String> differences() {
    try (InputStream in = StopWords.class.getResourceAsStream("stopwords.txt")) {
      return lines(in);
    } catch (IOException e) {
      throw new UncheckedIOException("stopwords.txt cannot be read", e);
    }
  }

  private static List<String> lines(InputStream in) throws IOException {
    return new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
  }

  /// Asked of Analyzer's loader, whose jar holds some of them; the rest lies beside its package.
  private static InputStream open(String file) throws IOException {
    InputStream in = org.tartarus.snowball.SnowballStemmer.class.getResourceAsStream(file);
    if (in == null) {
      in = Analyzer.class.getResourceAsStream(file);
    }
    if (in == null) {
      throw new IOException("no resource " + file);
    }
    return in;
  }

  /// Comments begin with `|` in the lists of Snowball and with `#` in the others.
  private static Set<String> wordsOf(String line) {
    String text = line;
    for (char comment : new char[] {'|', '#'}) {
      int at = text.indexOf(comment);
      text = at < 0 ? text : text.substring(0, at);
    }
    Set<String> words = new HashSet<>();
    int from = -1;
    for (int i = 0; i <= text.length(); i++) {
      boolean blank = i == text.length() || Character.isWhitespace(text.charAt(i));
      if (blank && from >= 0) {
        words.add(text.substring(from, i).toLowerCase(java.util.Locale.ROOT));
        from = -1;
      } else if (!blank && from < 0) {
        from = i;
      }
    }
    return words;
  }
}
