package io.millrace.api.json;

import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.TokenStreamLocation;

/// A fault of JSON's syntax in the words of Qdrant's parser, as far as Jackson's tell it apart.
final class SyntaxFault {
  /// Where Qdrant's parser says that it is, seen from where Jackson stands.
  private enum Place {
    HERE,
    /// At the last character there is.
    BEFORE,
    /// At the start of the word that Jackson stands behind.
    WORD
  }

  /// @param jackson part of Jackson's message
  private record Wording(String jackson, String words, Place place) {}

  static final String HALF_PAIR = "lone leading surrogate in hex escape";

  /// The first that fits counts.
  private static final List<Wording> WORDINGS =
      List.of(
          new Wording("end-of-input in VALUE_STRING", "EOF while parsing a string", Place.BEFORE),
          new Wording("end-of-input in property name", "EOF while parsing a string", Place.BEFORE),
          new Wording("Unexpected close marker '}'", "expected `,` or `]`", Place.HERE),
          new Wording("Unexpected close marker ']'", "expected `,` or `}`", Place.HERE),
          new Wording("close marker for Object", "EOF while parsing an object", Place.BEFORE),
          new Wording("close marker for Array", "EOF while parsing a list", Place.BEFORE),
          new Wording("Unexpected end-of-input", "EOF while parsing a value", Place.BEFORE),
          new Wording("'}' (code 125)): was expecting double-quote", "trailing comma", Place.HERE),
          new Wording("was expecting double-quote", "key must be a string", Place.HERE),
          new Wording("to separate property name and value", "expected `:`", Place.HERE),
          new Wording("to separate Object entries", "expected `,` or `}`", Place.HERE),
          new Wording("to separate Array entries", "expected `,` or `]`", Place.HERE),
          new Wording(
              "Illegal unquoted character",
              "control character (\\u0000-\\u001F) found while parsing a string",
              Place.HERE),
          new Wording("Unrecognized character escape", "invalid escape", Place.HERE),
          new Wording("Invalid numeric value", "invalid number", Place.HERE),
          new Wording("in numeric value", "invalid number", Place.HERE),
          new Wording("surrogate pair", HALF_PAIR, Place.HERE),
          new Wording("hex-digit", "invalid escape", Place.HERE),
          new Wording(
              "Name length",
              "a key is longer than " + JsonIn.NAME_CHARS + " characters",
              Place.HERE),
          new Wording(
              "Number value length",
              "a number is longer than " + JsonIn.NUMBER_CHARS + " characters",
              Place.HERE),
          new Wording("nesting depth", "recursion limit exceeded", Place.HERE),
          new Wording("Unexpected character (']'", "trailing comma", Place.HERE),
          new Wording("Unexpected character", "expected value", Place.HERE),
          new Wording("Unrecognized token", "expected value", Place.HERE),
          new Wording("Non-standard token", "expected value", Place.WORD));

  private SyntaxFault() {}

  static String text(JacksonException e) {
    String message = e.getOriginalMessage();
    Optional<Wording> found =
        WORDINGS.stream().filter(w -> message.contains(w.jackson())).findFirst();
    if (found.isEmpty()) {
      return message + at(e.getLocation(), 0);
    }
    Wording wording = found.get();
    return switch (wording.place()) {
      case HERE -> wording.words() + at(e.getLocation(), 0);
      case BEFORE -> wording.words() + at(e.getLocation(), 1);
      case WORD -> wording.words() + at(e.getLocation(), quoted(message));
    };
  }

  /// Length of what stands between the first quotes of `message`.
  private static int quoted(String message) {
    int start = message.indexOf('\'') + 1;
    return message.indexOf('\'', start) - start;
  }

  /// @param back how many columns before `place`, negative for behind it
  static String at(@Nullable TokenStreamLocation place, int back) {
    return place == null || place.getLineNr() < 1
        ? ""
        : " at line " + place.getLineNr() + " column " + Math.max(0, place.getColumnNr() - back);
  }
}
