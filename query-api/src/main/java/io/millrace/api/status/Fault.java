package io.millrace.api.status;

/// A request that is wrong on the level of the wire, before any collection is asked.
public final class Fault extends RuntimeException {
  private final int status;
  private final boolean plainText;

  private Fault(int status, boolean plainText, String text) {
    super(text, null, false, false);
    this.status = status;
    this.plainText = plainText;
  }

  /// With Qdrant's JSON error body.
  public static Fault json(int status, String text) {
    return new Fault(status, false, text);
  }

  /// The few answers that Qdrant gives as plain text.
  public static Fault plain(int status, String text) {
    return new Fault(status, true, text);
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
