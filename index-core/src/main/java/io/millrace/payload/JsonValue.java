package io.millrace.payload;

import io.millrace.model.BadInput;
import io.millrace.model.PayloadBytes;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;

/// A parsed JSON value. Numbers keep their text, so that nothing is rounded on the way.
public sealed interface JsonValue {
  /// Members in the order of the text; of equal keys the last one counts.
  record Obj(Map<String, JsonValue> members) implements JsonValue {}

  record Arr(List<JsonValue> items) implements JsonValue {}

  record Text(String value) implements JsonValue {}

  /// @param text as it stands in the JSON
  record Num(String text) implements JsonValue {
    /// Written without fraction and exponent, and not `-0`, which JSON readers take for a float.
    public boolean isWhole() {
      for (int i = text.charAt(0) == '-' ? 1 : 0; i < text.length(); i++) {
        if (text.charAt(i) < '0' || text.charAt(i) > '9') {
          return false;
        }
      }
      return !text.equals("-0");
    }

    public double asDouble() {
      return Double.parseDouble(text);
    }
  }

  record Bool(boolean value) implements JsonValue {}

  enum Null implements JsonValue {
    NULL
  }

  /// Deepest nesting of objects and arrays, as Qdrant's parser allows.
  int MAX_DEPTH = 128;

  JsonFactory FACTORY =
      JsonFactory.builder()
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(MAX_DEPTH)
                  .maxNumberLength(Integer.MAX_VALUE)
                  .maxStringLength(Integer.MAX_VALUE)
                  .build())
          .build();

  /// Throws [BadInput] when the bytes are no JSON value.
  static JsonValue parse(byte[] utf8) {
    try (JsonParser parser = FACTORY.createParser(ObjectReadContext.empty(), utf8)) {
      parser.nextToken();
      JsonValue value = read(parser);
      if (parser.nextToken() != null) {
        throw BadInput.format("unexpected text after the payload");
      }
      return value;
    } catch (JacksonException e) {
      throw BadInput.format(e.getOriginalMessage());
    }
  }

  static Obj parse(PayloadBytes payload) {
    if (payload.isEmptyObject()) {
      return new Obj(Map.of());
    }
    if (parse(payload.utf8()) instanceof Obj object) {
      return object;
    }
    throw BadInput.format("the payload is not an object");
  }

  private static JsonValue read(JsonParser parser) {
    JsonToken token = parser.currentToken();
    if (token == null) {
      throw BadInput.format("EOF while parsing a value");
    }
    return switch (token) {
      case START_OBJECT -> {
        Map<String, JsonValue> members = new LinkedHashMap<>();
        for (String name = parser.nextName(); name != null; name = parser.nextName()) {
          parser.nextToken();
          members.put(name, read(parser));
        }
        yield new Obj(members);
      }
      case START_ARRAY -> {
        List<JsonValue> items = new ArrayList<>();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
          items.add(read(parser));
        }
        yield new Arr(items);
      }
      case VALUE_STRING -> new Text(parser.getString());
      case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> new Num(parser.getString());
      case VALUE_TRUE -> new Bool(true);
      case VALUE_FALSE -> new Bool(false);
      case VALUE_NULL -> Null.NULL;
      default -> throw BadInput.format("unexpected " + token);
    };
  }

  /// The value as a payload.
  static PayloadBytes bytes(Obj value) {
    ByteArrayOutputStream out = new ByteArrayOutputStream(256);
    try (JsonGenerator generator = FACTORY.createGenerator(ObjectWriteContext.empty(), out)) {
      write(generator, value);
    }
    return new PayloadBytes(out.toByteArray());
  }

  private static void write(JsonGenerator out, JsonValue value) {
    switch (value) {
      case Obj(var members) -> {
        out.writeStartObject();
        members.forEach((name, member) -> {
          out.writeName(name);
          write(out, member);
        });
        out.writeEndObject();
      }
      case Arr(var items) -> {
        out.writeStartArray();
        items.forEach(item -> write(out, item));
        out.writeEndArray();
      }
      case Text(var text) -> out.writeString(text);
      case Num(var text) -> out.writeNumber(text);
      case Bool(var flag) -> out.writeBoolean(flag);
      case Null ignored -> out.writeNull();
    }
  }
}
