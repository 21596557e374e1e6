package io.millrace.ingest.record;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Optional;

/// Times as records write them: RFC 3339, without a zone (then UTC), a date, or milliseconds since
/// 1970.
final class Times {
  private Times() {}

  static Optional<Instant> parse(String text) {
    if (text.isEmpty() || text.length() > 64) {
      return Optional.empty();
    }
    Optional<Long> millis = Versions.parse(text);
    try {
      if (millis.isPresent()) {
        return Optional.of(Instant.ofEpochMilli(millis.get()));
      }
      String iso = text.length() > 10 && text.charAt(10) == ' ' ? withT(text) : text;
      if (iso.length() == 10) {
        return Optional.of(LocalDate.parse(iso).atStartOfDay().toInstant(ZoneOffset.UTC));
      }
      boolean zoned =
          iso.endsWith("Z")
              || iso.endsWith("z")
              || iso.indexOf('+', 10) > 0
              || iso.indexOf('-', 11) > 0;
      return Optional.of(
          zoned
              ? OffsetDateTime.parse(iso).toInstant()
              : LocalDateTime.parse(iso).toInstant(ZoneOffset.UTC));
    } catch (DateTimeException e) {
      return Optional.empty();
    }
  }

  private static String withT(String text) {
    return text.substring(0, 10) + "T" + text.substring(11);
  }

  static Optional<Long> micros(String text) {
    try {
      return parse(text)
          .map(time ->
              Math.addExact(
                  Math.multiplyExact(time.getEpochSecond(), 1_000_000L), time.getNano() / 1_000));
    } catch (ArithmeticException e) {
      return Optional.empty();
    }
  }
}
