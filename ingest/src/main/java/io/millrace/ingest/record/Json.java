package io.millrace.ingest.record;

import io.millrace.json.VectorJsonFactory;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;

/// How records are parsed: one factory with our limits, and the words of a fault.
final class Json {
  private Json() {}

  /// Depth as Qdrant's parser; strings up to the largest record; names up to 4 KiB. Numbers of a
  /// payload may have any length (they are kept as text), ids are bounded in [Ids].
  private static final JsonFactory FACTORY =
      new VectorJsonFactory(
          StreamReadConstraints.builder()
              .maxNestingDepth(128)
              .maxStringLength(8 << 20)
              .maxNumberLength(8 << 20)
              .maxNameLength(4 << 10)
              .build());

  static JsonParser parser(byte[] utf8, int from, int to) {
    return FACTORY.createParser(ObjectReadContext.empty(), utf8, from, to - from);
  }

  /// The place the parser stands at.
  static String pointer(JsonParser p) {
    return p.streamReadContext().pathAsPointer().toString();
  }

  static BadRecord bad(JsonParser p, Code code, String message) {
    return new BadRecord(code, pointer(p), message);
  }

  /// Text of a string or of nothing; anything else is refused with `code`.
  static String text(JsonParser p, Code code) {
    if (p.currentToken() != JsonToken.VALUE_STRING) {
      throw bad(p, code, "Expected text, got " + kind(p));
    }
    return p.getString();
  }

  /// The kind of the current value as a person calls it.
  static String kind(JsonParser p) {
    JsonToken token = p.currentToken();
    if (token == null) {
      return "nothing";
    }
    return switch (token) {
      case START_OBJECT, END_OBJECT, PROPERTY_NAME -> "an object";
      case START_ARRAY, END_ARRAY -> "a list";
      case VALUE_STRING -> "text";
      case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> "a number";
      case VALUE_TRUE, VALUE_FALSE -> "true or false";
      case VALUE_NULL -> "null";
      case VALUE_EMBEDDED_OBJECT, NOT_AVAILABLE -> "something else";
    };
  }
}
