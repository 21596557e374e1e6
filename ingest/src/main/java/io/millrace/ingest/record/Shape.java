package io.millrace.ingest.record;

import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

/// Which form an object has, told by its top-level keys alone. The first test that is true decides,
/// in the order of the constants, and errors of that form are final.
enum Shape {
  /// Top-level `id`: one whole point.
  POINT,
  /// One of the eight kinds of operation holds an object.
  OPERATION,
  /// `operations` is a list.
  LIST,
  /// `op` is text, and `before` or `after` is there.
  CHANGE_EVENT,
  UNKNOWN;

  /// @param wrapped the value inside Connect's wrapper `{"schema": …, "payload": …}`
  record Scan(Shape shape, Optional<Text> wrapped) {}

  /// Reads the whole text once, without looking into the values; refuses what is no JSON object.
  static Scan scan(Text text) {
    try (JsonParser p = text.parser()) {
      p.nextToken();
      if (p.currentToken() != JsonToken.START_OBJECT) {
        String kind = Json.kind(p);
        p.skipChildren();
        p.finishToken();
        endOfText(p);
        throw new BadRecord(Code.UNKNOWN_SHAPE, "", "A record is an object, not " + kind);
      }
      Set<String> seen = new HashSet<>();
      boolean operation = false;
      boolean list = false;
      boolean op = false;
      Text payload = text;
      while (p.nextToken() == JsonToken.PROPERTY_NAME) {
        String name = p.currentName();
        if (!seen.add(name)) {
          throw Json.bad(p, Code.JSON_DUPLICATE_KEY, "The key is given twice");
        }
        JsonToken value = p.nextToken();
        operation |= value == JsonToken.START_OBJECT && OperationReader.KINDS.contains(name);
        list |= value == JsonToken.START_ARRAY && name.equals("operations");
        op |= value == JsonToken.VALUE_STRING && name.equals("op");
        int start = text.tokenStart(p);
        p.skipChildren();
        if (name.equals("payload")) {
          p.finishToken();
          payload = text.slice(start, text.tokenEnd(p));
        }
      }
      endOfText(p);
      Shape shape =
          seen.contains("id")
              ? POINT
              : operation
                  ? OPERATION
                  : list
                      ? LIST
                      : op && (seen.contains("before") || seen.contains("after"))
                          ? CHANGE_EVENT
                          : UNKNOWN;
      boolean wrapper = seen.size() == 2 && seen.contains("schema") && seen.contains("payload");
      return new Scan(shape, wrapper ? Optional.of(payload) : Optional.empty());
    }
  }

  static void endOfText(JsonParser p) {
    if (p.nextToken() != null) {
      throw new BadRecord(Code.JSON_SYNTAX, "", "There is more text after the end of the object");
    }
  }
}
