package io.millrace.api.json;

import io.millrace.model.BadInput;
import io.millrace.model.PointId;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonToken;
import tools.jackson.databind.JsonNode;

/// Point ids: a JSON integer in the u64 range or a string with a UUID in any of the accepted
/// spellings. A number in a string is no id.
public final class IdJson {
  private IdJson() {}

  public static PointId read(JsonIn in) {
    JsonToken token = in.token();
    if (token == JsonToken.VALUE_NUMBER_INT) {
      String text = in.parser().getString();
      return PointId.parseNumber(text).orElseThrow(() -> invalid(text));
    }
    if (token == JsonToken.VALUE_STRING) {
      String text = in.parser().getString();
      return PointId.parseUuid(text).orElseThrow(() -> invalid(text));
    }
    if (token.isScalarValue()) {
      throw invalid(in.parser().getString());
    }
    throw in.invalidType("a point ID, either an unsigned integer or a UUID");
  }

  static PointId read(JsonNode node) {
    if (node.isIntegralNumber()) {
      String text = node.asString();
      return PointId.parseNumber(text).orElseThrow(() -> invalid(text));
    }
    if (node.isString()) {
      return PointId.parseUuid(node.stringValue()).orElseThrow(() -> invalid(node.stringValue()));
    }
    if (node.isValueNode()) {
      throw invalid(node.asString());
    }
    throw Tree.invalidType(node, "a point ID, either an unsigned integer or a UUID");
  }

  public static List<PointId> list(JsonIn in) {
    List<PointId> ids = new ArrayList<>();
    in.openArray();
    while (in.nextItem()) {
      ids.add(read(in));
    }
    return ids;
  }

  /// An id as it stands in a path: digits are the integer.
  public static Optional<PointId> ofPath(String segment) {
    Optional<PointId> number = PointId.parseNumber(segment);
    return number.isPresent() ? number : PointId.parseUuid(segment);
  }

  public static void write(JsonGenerator out, PointId id) {
    switch (id) {
      case PointId.Num(long value) -> {
        if (value >= 0) {
          out.writeNumber(value);
        } else {
          out.writeNumber(new BigInteger(Long.toUnsignedString(value)));
        }
      }
      case PointId.Uuid uuid -> out.writeString(uuid.toString());
    }
  }

  private static BadInput invalid(String text) {
    return new BadInput(
        BadInput.Kind.FORMAT,
        BadInput.Rule.ID,
        "value "
            + JsonIn.shortened(text)
            + " is not a valid point ID, valid values are either an unsigned integer or a UUID");
  }
}
