package io.millrace.api.audit;

import io.millrace.api.auth.Caller;
import io.millrace.api.json.JsonOut;
import java.io.ByteArrayOutputStream;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import tools.jackson.core.JsonGenerator;

/// One request, as the audit log tells of it. Names are Qdrant's where it has them.
///
/// ```
/// {"timestamp":"2026-11-27T14:25:02.123Z","method":"PUT",
///  "route":"/collections/{collection_name}/points","auth_type":"jwt","subject":"ann",
///  "remote":"10.0.0.7","collection":"words","result":"denied","status":403,
///  "error":"Forbidden: …","request_id":"order-7"}
/// ```
///
/// @param route the template, never the path: paths have values of clients
/// @param remote address of the client
/// @param collection that the path names
/// @param status of the answer
/// @param denial what the client was told, if access was denied
public record AuditEntry(
    String method,
    String route,
    Caller caller,
    String remote,
    Optional<String> collection,
    int status,
    Optional<String> denial,
    String requestId) {

  /// Of a text that a client chose; lines have a bound.
  private static final int TEXT_CHARS = 256;

  /// JSON and a line break. Texts are escaped, so none can look like another line or field.
  byte[] line(Instant time) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(512);
    try (JsonGenerator json = JsonOut.to(bytes)) {
      json.writeStartObject();
      json.writeStringProperty("timestamp", time.truncatedTo(ChronoUnit.MILLIS).toString());
      json.writeStringProperty("method", method);
      json.writeStringProperty("route", route);
      json.writeStringProperty("auth_type", caller.proof().text());
      text(json, "subject", caller.subject());
      json.writeStringProperty("remote", remote);
      text(json, "collection", collection);
      json.writeStringProperty("result", denial.isPresent() ? "denied" : "ok");
      json.writeNumberProperty("status", status);
      text(json, "error", denial);
      json.writeStringProperty("request_id", requestId);
      json.writeEndObject();
    }
    bytes.write('\n');
    return bytes.toByteArray();
  }

  private static void text(JsonGenerator json, String name, Optional<String> text) {
    if (text.isPresent()) {
      json.writeStringProperty(name, bounded(text.get()));
    }
  }

  /// Without half a character at its end.
  private static String bounded(String text) {
    if (text.length() <= TEXT_CHARS) {
      return text;
    }
    int end = Character.isHighSurrogate(text.charAt(TEXT_CHARS - 1)) ? TEXT_CHARS - 1 : TEXT_CHARS;
    return text.substring(0, end) + "…";
  }
}
