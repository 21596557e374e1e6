package io.millrace.payload.text;

import org.tartarus.snowball.SnowballStemmer;
import org.tartarus.snowball.ext.ArabicStemmer;
import org.tartarus.snowball.ext.ArmenianStemmer;
import org.tartarus.snowball.ext.DanishStemmer;
import org.tartarus.snowball.ext.DutchStemmer;
import org.tartarus.snowball.ext.EnglishStemmer;
import org.tartarus.snowball.ext.FinnishStemmer;
import org.tartarus.snowball.ext.FrenchStemmer;
import org.tartarus.snowball.ext.GermanStemmer;
import org.tartarus.snowball.ext.GreekStemmer;
import org.tartarus.snowball.ext.HungarianStemmer;
import org.tartarus.snowball.ext.ItalianStemmer;
import org.tartarus.snowball.ext.NorwegianStemmer;
import org.tartarus.snowball.ext.PortugueseStemmer;
import org.tartarus.snowball.ext.RomanianStemmer;
import org.tartarus.snowball.ext.RussianStemmer;
import org.tartarus.snowball.ext.SpanishStemmer;
import org.tartarus.snowball.ext.SwedishStemmer;
import org.tartarus.snowball.ext.TamilStemmer;
import org.tartarus.snowball.ext.TurkishStemmer;

/// Snowball stemmers by the name of their language.
final class Stemmers {
  private Stemmers() {}

  /// For one thread.
  static SnowballStemmer of(String language) {
    return switch (language) {
      case "arabic" -> new ArabicStemmer();
      case "armenian" -> new ArmenianStemmer();
      case "danish" -> new DanishStemmer();
      case "dutch" -> new DutchStemmer();
      case "english" -> new EnglishStemmer();
      case "finnish" -> new FinnishStemmer();
      case "french" -> new FrenchStemmer();
      case "german" -> new GermanStemmer();
      case "greek" -> new GreekStemmer();
      case "hungarian" -> new HungarianStemmer();
      case "italian" -> new ItalianStemmer();
      case "norwegian" -> new NorwegianStemmer();
      case "portuguese" -> new PortugueseStemmer();
      case "romanian" -> new RomanianStemmer();
      case "russian" -> new RussianStemmer();
      case "spanish" -> new SpanishStemmer();
      case "swedish" -> new SwedishStemmer();
      case "tamil" -> new TamilStemmer();
      case "turkish" -> new TurkishStemmer();
      default -> throw new IllegalArgumentException("no stemmer of that language: " + language);
    };
  }
}
