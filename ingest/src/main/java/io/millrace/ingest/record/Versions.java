package io.millrace.ingest.record;

import io.millrace.model.Operation;
import java.math.BigInteger;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonParser;

/// The user's own clock of a record: an int64, as number or as text.
final class Versions {
  private Versions() {}

  private static final String EXPECTED = " is a signed 64-bit integer";

  /// Null for `null`.
  static @Nullable Long read(JsonParser p) {
    return switch (p.currentToken()) {
      case VALUE_NULL -> null;
      case VALUE_NUMBER_INT, VALUE_STRING ->
          parse(p.getString())
              .orElseThrow(() -> Json.bad(p, Code.VERSION_INVALID, "A version" + EXPECTED));
      case null, default -> throw Json.bad(p, Code.VERSION_INVALID, "A version" + EXPECTED);
    };
  }

  static long ofHeader(String text) {
    return parse(text)
        .orElseThrow(() ->
            new BadRecord(Code.VERSION_INVALID, "", "The header millrace-version" + EXPECTED));
  }

  static Optional<Long> parse(String text) {
    if (text.isEmpty() || text.length() > 20) {
      return Optional.empty();
    }
    try {
      BigInteger number = new BigInteger(text);
      return number.bitLength() < 64 ? Optional.of(number.longValue()) : Optional.empty();
    } catch (NumberFormatException e) {
      return Optional.empty();
    }
  }

  static List<Operation> of(List<Operation> operations, Optional<Long> version) {
    return version.isEmpty()
        ? operations
        : operations.stream()
            .<Operation>map(operation -> new Operation.Versioned(operation, version.get()))
            .toList();
  }
}
