package io.millrace.torture.history;

import java.util.Map;

/// The payload of a point as the bytes that were sent: compact JSON text.
public record Payload(String text) {
  public static final Payload EMPTY = new Payload("{}");

  /// Top-level keys and their raw values.
  public Map<String, String> fields() {
    return RawJson.fields(text);
  }

  public static Payload of(Map<String, String> fields) {
    return new Payload(RawJson.object(fields));
  }
}
