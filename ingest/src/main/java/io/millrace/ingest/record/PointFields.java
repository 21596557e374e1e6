package io.millrace.ingest.record;

import io.millrace.model.Operation;
import io.millrace.model.PayloadBytes;
import io.millrace.model.Point;
import io.millrace.model.PointId;
import io.millrace.model.VectorValue;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

/// The fields of a point while its object is read. `vector` and `vectors` are the same field.
final class PointFields {
  private @Nullable PointId id;
  private @Nullable Map<String, VectorValue> vectors;
  private @Nullable PayloadBytes payload;

  /// Reads the current value if `name` is a field of a point.
  boolean read(String name, JsonParser p, Text text, VectorReader reader) {
    switch (name) {
      case "id" -> {
        refuseSecond(id, p);
        id = id(p);
      }
      case "vector", "vectors" -> {
        if (vectors != null) {
          throw Json.bad(p, Code.OP_INVALID, "'vector' and 'vectors' are the same field, give one");
        }
        vectors = reader.read(p, text);
      }
      case "payload" -> {
        refuseSecond(payload, p);
        payload = PayloadReader.read(p, text);
      }
      default -> {
        return false;
      }
    }
    return true;
  }

  /// The object the parser stands at, unknown fields left out.
  static PointFields object(JsonParser p, Text text, VectorReader reader) {
    if (p.currentToken() != JsonToken.START_OBJECT) {
      throw Json.bad(p, Code.OP_INVALID, "A point is an object, not " + Json.kind(p));
    }
    PointFields fields = new PointFields();
    while (p.nextToken() == JsonToken.PROPERTY_NAME) {
      String name = p.currentName();
      p.nextToken();
      if (!fields.read(name, p, text, reader)) {
        p.skipChildren();
      }
    }
    if (fields.id == null) {
      throw Json.bad(p, Code.ID_MISSING, "The point has no 'id'");
    }
    return fields;
  }

  private static void refuseSecond(@Nullable Object before, JsonParser p) {
    if (before != null) {
      throw Json.bad(p, Code.JSON_DUPLICATE_KEY, "The key is given twice");
    }
  }

  static PointId id(JsonParser p) {
    String shown = "an object or a list";
    switch (p.currentToken()) {
      case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> {
        shown = p.getString();
        var id = Ids.fromNumber(shown);
        if (id.isPresent()) {
          return id.get();
        }
      }
      case VALUE_STRING -> {
        shown = p.getString();
        var id = Ids.fromUuidText(shown);
        if (id.isPresent()) {
          return id.get();
        }
        shown = '"' + shown + '"';
      }
      case null, default -> shown = Json.kind(p);
    }
    throw Json.bad(
        p,
        Code.ID_INVALID,
        "value "
            + (shown.length() > 100 ? shown.substring(0, 100) + "…" : shown)
            + " is not a valid point ID, valid values are either an unsigned integer or a UUID");
  }

  boolean hasId() {
    return id != null;
  }

  PointId id() {
    assert id != null;
    return java.util.Objects.requireNonNull(id);
  }

  boolean hasPayload() {
    return payload != null;
  }

  PayloadBytes payload() {
    return payload == null ? PayloadBytes.EMPTY : payload;
  }

  Map<String, VectorValue> vectors() {
    return vectors == null ? Map.of() : vectors;
  }

  Point toPoint() {
    return new Point(id(), vectors(), payload());
  }

  Operation.PointVectors toPointVectors() {
    return new Operation.PointVectors(id(), vectors());
  }
}
