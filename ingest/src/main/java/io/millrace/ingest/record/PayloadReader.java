package io.millrace.ingest.record;

import io.millrace.model.PayloadBytes;
import java.util.Arrays;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

/// Takes a payload out of a record as the bytes that were sent, without the white space between
/// them.
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
    return new PayloadBytes(compact(text.utf8(), start, end));
  }

  /// A copy of `[from, to)` without insignificant white space.
  static byte[] compact(byte[] utf8, int from, int to) {
    byte[] out = new byte[to - from];
    int n = 0;
    boolean inText = false;
    for (int i = from; i < to; i++) {
      byte b = utf8[i];
      if (inText) {
        out[n++] = b;
        if (b == '\\') {
          out[n++] = utf8[++i];
        } else if (b == '"') {
          inText = false;
        }
      } else if (b > ' ') {
        out[n++] = b;
        inText = b == '"';
      }
    }
    return n == out.length ? out : Arrays.copyOf(out, n);
  }
}
