package io.millrace.ingest.record;

import io.millrace.model.BadInput;
import io.millrace.model.PayloadBytes;
import io.millrace.payload.PayloadText;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

/// Takes a payload out of a record as the bytes that were sent, in the canonical form.
final class PayloadReader {
  private PayloadReader() {}

  /// The object the parser stands at; `null` is the empty payload.
  static PayloadBytes read(JsonParser p, Text text) {
    if (p.currentToken() == JsonToken.VALUE_NULL) {
      return PayloadBytes.EMPTY;
    }
    if (p.currentToken() != JsonToken.START_OBJECT) {
      throw Json.bad(p, Code.PAYLOAD_NOT_OBJECT, "A payload is an object, not " + Json.kind(p));
    }
    int start = text.tokenStart(p);
    p.skipChildren();
    int end = text.tokenEnd(p);
    assert text.utf8()[start] == '{' && text.utf8()[end - 1] == '}' : "the slice is the object";
    try {
      return PayloadText.canonical(text.utf8(), start, end);
    } catch (BadInput e) {
      throw Json.bad(p, Code.JSON_SYNTAX, String.valueOf(e.getMessage()));
    }
  }
}
