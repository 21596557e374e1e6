package io.millrace.ingest.record;

import io.millrace.ingest.config.Mapping.ValueType;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Instant;
import java.util.Locale;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;

/// Texts as values of another type, which is what cells of separated values need.
final class Cells {
  private Cells() {}

  /// Longest number looked at.
  private static final int MAX_NUMBER_CHARS = 400;

  /// Nothing becomes `null`, except where text is wanted.
  static JsonPart converted(String text, ValueType type, String at) {
    if (text.isEmpty() && type != ValueType.TEXT) {
      return JsonPart.raw("null");
    }
    String t = text.strip();
    String json =
        switch (type) {
          case TEXT -> JsonPart.quoted(text);
          case INT -> whole(t).map(BigInteger::toString).orElseThrow(() -> bad(text, type, at));
          case FLOAT -> number(t).map(Cells::shown).orElseThrow(() -> bad(text, type, at));
          case BOOL ->
              switch (t.toLowerCase(Locale.ROOT)) {
                case "true", "1", "yes", "t", "y" -> "true";
                case "false", "0", "no", "f", "n" -> "false";
                default -> throw bad(text, type, at);
              };
          case DATETIME ->
              Times.parse(t)
                  .map(Instant::toString)
                  .map(JsonPart::quoted)
                  .orElseThrow(() -> bad(text, type, at));
          case JSON -> checked(t, type, at);
        };
    return JsonPart.raw(json);
  }

  private static Optional<BigInteger> whole(String text) {
    try {
      return text.length() > MAX_NUMBER_CHARS
          ? Optional.empty()
          : Optional.of(new BigInteger(text));
    } catch (NumberFormatException e) {
      return Optional.empty();
    }
  }

  private static Optional<BigDecimal> number(String text) {
    try {
      return text.length() > MAX_NUMBER_CHARS
          ? Optional.empty()
          : Optional.of(new BigDecimal(text));
    } catch (NumberFormatException e) {
      return Optional.empty();
    }
  }

  /// A whole number keeps a fraction, so that it stays a float for filters.
  private static String shown(BigDecimal number) {
    String text = number.toString();
    return number.scale() <= 0 && text.indexOf('E') < 0 ? text + ".0" : text;
  }

  private static String checked(String text, ValueType type, String at) {
    try (JsonParser p = JsonPart.text(JsonPart.raw(text)).parser()) {
      p.nextToken();
      p.skipChildren();
      p.finishToken();
      Shape.endOfText(p);
      return text;
    } catch (JacksonException | BadRecord e) {
      throw bad(text, type, at);
    }
  }

  private static BadRecord bad(String text, ValueType type, String at) {
    return new BadRecord(
        Code.MAPPING_FAILED,
        at,
        "'"
            + (text.length() > 100 ? text.substring(0, 100) + "…" : text)
            + "' is no "
            + type.name().toLowerCase(Locale.ROOT));
  }
}
