package io.millrace.api.json;

import io.millrace.model.BadInput;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// Typed access to a tree with the messages of [JsonIn]. Null and absent are the same.
final class Tree {
  private Tree() {}

  /// The field's value, or null if it is absent or JSON null.
  static @Nullable JsonNode field(JsonNode object, String name) {
    JsonNode value = object.get(name);
    return value == null || value.isNull() ? null : value;
  }

  static JsonNode required(JsonNode object, String name) {
    JsonNode value = field(object, name);
    if (value == null) {
      throw BadInput.format("missing field `" + name + "`");
    }
    return value;
  }

  static JsonNode object(JsonNode node, String expected) {
    if (!node.isObject()) {
      throw invalidType(node, expected);
    }
    return node;
  }

  static String string(JsonNode node) {
    if (!node.isString()) {
      throw invalidType(node, "a string");
    }
    return node.stringValue();
  }

  static boolean bool(JsonNode node) {
    if (!node.isBoolean()) {
      throw invalidType(node, "a boolean");
    }
    return node.booleanValue();
  }

  static double f64(JsonNode node) {
    if (!node.isNumber()) {
      throw invalidType(node, "f64");
    }
    double value = node.doubleValue();
    if (!Double.isFinite(value)) {
      throw BadInput.format("number out of range");
    }
    return value;
  }

  static long u64(JsonNode node) {
    if (!node.isIntegralNumber()) {
      throw invalidType(node, "u64");
    }
    java.math.BigInteger value = node.bigIntegerValue();
    if (value.signum() < 0 || value.bitLength() > 64) {
      throw BadInput.format("invalid value: " + found(node) + ", expected u64");
    }
    return value.longValue();
  }

  /// An unsigned 32-bit number; a larger one is a format error, not one of range.
  static long u32(JsonNode node) {
    long value = u64(node);
    if (value < 0 || value > 0xFFFF_FFFFL) {
      throw BadInput.format("invalid value: " + found(node) + ", expected u32");
    }
    return value;
  }

  static <T> List<T> list(JsonNode node, Function<JsonNode, T> item) {
    if (!node.isArray()) {
      throw invalidType(node, "a sequence");
    }
    List<T> items = new ArrayList<>(node.size());
    for (JsonNode n : node) {
      items.add(item.apply(n));
    }
    return items;
  }

  static BadInput invalidType(JsonNode node, String expected) {
    return BadInput.format("invalid type: " + found(node) + ", expected " + expected);
  }

  static BadInput unknownVariant(String found, String expected) {
    return BadInput.format(
        "unknown variant `" + JsonIn.shortened(found) + "`, expected " + expected);
  }

  static String found(JsonNode node) {
    return switch (node.getNodeType()) {
      case NULL, MISSING -> "null";
      case BOOLEAN -> "boolean `" + node.booleanValue() + "`";
      case NUMBER ->
          (node.isIntegralNumber() ? "integer `" : "floating point `") + node.asString() + "`";
      case STRING -> "string \"" + JsonIn.shortened(node.stringValue()) + "\"";
      case ARRAY -> "sequence";
      case OBJECT, POJO, BINARY -> "map";
    };
  }
}
