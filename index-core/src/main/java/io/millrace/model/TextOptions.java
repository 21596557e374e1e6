package io.millrace.model;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/// How a text index makes tokens of a string, in the order in which it happens: parting into words,
/// folding, lower case, stop words, stem, length.
///
/// @param asciiFolding letters with marks become plain ones
/// @param stopwordLanguages whose usual lists are left out
/// @param stopwords further words that are left out
/// @param stemmer language of the Snowball stemmer; empty = none
/// @param minTokenChars shorter tokens are left out
/// @param maxTokenChars longer tokens are left out; with [Tokenizer#PREFIX] the longest prefix kept
/// @param phrases whether phrases are matched; without it none is
public record TextOptions(
    Tokenizer tokenizer,
    boolean lowercase,
    boolean asciiFolding,
    List<String> stopwordLanguages,
    List<String> stopwords,
    Optional<String> stemmer,
    OptionalInt minTokenChars,
    OptionalInt maxTokenChars,
    boolean phrases) {

  public static final TextOptions DEFAULT =
      new TextOptions(
          Tokenizer.WORD,
          true,
          false,
          List.of(),
          List.of(),
          Optional.empty(),
          OptionalInt.empty(),
          OptionalInt.empty(),
          false);

  public enum Tokenizer {
    /// Parted at everything that is neither letter nor digit.
    WORD,
    /// Parted at white space.
    WHITESPACE,
    /// Words as with [#WORD], and all their prefixes.
    PREFIX,
    /// Parted by the rules and dictionaries of each script.
    MULTILINGUAL
  }

  public TextOptions {
    stopwordLanguages = List.copyOf(stopwordLanguages);
    stopwords = List.copyOf(stopwords);
  }
}
