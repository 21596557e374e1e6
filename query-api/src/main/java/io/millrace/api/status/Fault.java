package io.millrace.api.status;

import java.util.OptionalInt;
import java.util.OptionalLong;

/// A request that is wrong on the level of the wire, before any collection is asked.
public final class Fault extends RuntimeException {
  private final int status;
  private final boolean plainText;

  private final OptionalLong retryAfterSeconds;

  private Fault(int status, boolean plainText, String text) {
    this(status, plainText, text, OptionalLong.empty());
  }

  private Fault(int status, boolean plainText, String text, OptionalLong retryAfterSeconds) {
    super(text, null, false, false);
    this.status = status;
    this.plainText = plainText;
    this.retryAfterSeconds = retryAfterSeconds;
  }

  /// With Qdrant's JSON error body.
  public static Fault json(int status, String text) {
    return new Fault(status, false, text);
  }

  /// The few answers that Qdrant gives as plain text.
  public static Fault plain(int status, String text) {
    return new Fault(status, true, text);
  }

  /// The same answer as plain text.
  public static Fault plain(Reply reply) {
    OptionalInt seconds = reply.retryAfterSeconds();
    return new Fault(
        reply.status(),
        true,
        reply.text(),
        seconds.isPresent() ? OptionalLong.of(seconds.getAsInt()) : OptionalLong.empty());
  }

  /// More than a collection's rate allows, ever.
  public static Fault tooOften(String text) {
    return json(429, text);
  }

  /// More than a collection's rate allows now.
  public static Fault tooOften(String text, long retryAfterSeconds) {
    return new Fault(429, false, text, OptionalLong.of(retryAfterSeconds));
  }

  public static Fault queryParameter(String detail) {
    return json(400, "Deserialize error in query parameters: " + detail);
  }

  public static Fault pathParameter(String detail) {
    return json(400, "Deserialize error in path parameters: " + detail);
  }

  /// @param place what was validated, as `query parameters`
  public static Fault validation(String place, String violations) {
    return json(422, "Validation error in " + place + ": [" + violations + "]");
  }

  public OptionalLong retryAfterSeconds() {
    return retryAfterSeconds;
  }

  public int status() {
    return status;
  }

  public boolean isPlainText() {
    return plainText;
  }

  public String text() {
    return String.valueOf(getMessage());
  }
}
