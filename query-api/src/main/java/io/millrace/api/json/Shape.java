package io.millrace.api.json;

import io.millrace.model.BadInput;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// The form of one configuration value, as a table that both checks it and brings it into its
/// normal form: aliases replaced, nulls and unknown keys left out, numbers of the right kind.
interface Shape {
  JsonNodeFactory NODES = JsonNodeFactory.instance;

  /// Throws on a wrong type, reports values out of range.
  JsonNode read(JsonNode node, At at, Violations violations);

  Shape BOOL = (node, _, _) -> NODES.booleanNode(Tree.bool(node));

  /// Any object, kept as it is.
  Shape FREE_OBJECT = (node, _, _) -> Tree.object(node, "a map");

  /// @param max unsigned, −1 = u64's largest
  static Shape whole(long min, long max) {
    return (node, at, violations) -> {
      long value = Tree.u64(node);
      violations.range(at, value, min, max);
      return value >= 0
          ? NODES.numberNode(value)
          : NODES.numberNode(new java.math.BigInteger(Long.toUnsignedString(value)));
    };
  }

  static Shape whole(long min) {
    return whole(min, -1L);
  }

  static Shape u32(long min) {
    return (node, at, violations) -> {
      long value = Tree.u32(node);
      violations.range(at, value, min, -1L);
      return NODES.numberNode(value);
    };
  }

  static Shape decimal(double min, double max) {
    return (node, at, violations) -> {
      double value = Tree.f64(node);
      violations.range(at, value, min, max);
      return NODES.numberNode(value);
    };
  }

  static Shape choice(String... values) {
    return (node, _, _) -> {
      String value = Tree.string(node);
      for (String v : values) {
        if (v.equals(value)) {
          return node;
        }
      }
      throw Tree.unknownVariant(value, "one of `" + String.join("`, `", values) + "`");
    };
  }

  static Shape mapOf(Shape value) {
    return (node, at, violations) -> {
      Tree.object(node, "a map");
      ObjectNode normal = NODES.objectNode();
      for (Map.Entry<String, JsonNode> entry : node.properties()) {
        normal.set(entry.getKey(), value.read(entry.getValue(), at.entry(), violations));
      }
      return normal;
    };
  }

  static Shape listOf(Shape item) {
    return (node, at, violations) -> {
      var normal = NODES.arrayNode();
      for (JsonNode n : Tree.list(node, n -> n)) {
        normal.add(item.read(n, at.item(normal.size()), violations));
      }
      return normal;
    };
  }

  static Struct struct(String name) {
    return new Struct(name);
  }

  /// An object with known fields.
  final class Struct implements Shape {
    private final String name;
    private final Map<String, Shape> fields = new LinkedHashMap<>();
    private final Map<String, List<String>> aliases = new LinkedHashMap<>();
    private final Set<String> required = new java.util.HashSet<>();

    private Struct(String name) {
      this.name = name;
    }

    Struct with(String field, Shape shape, String... otherNames) {
      fields.put(field, shape);
      aliases.put(field, List.of(otherNames));
      return this;
    }

    Struct require(String field, Shape shape) {
      required.add(field);
      return with(field, shape);
    }

    @Override
    public ObjectNode read(JsonNode node, At at, Violations violations) {
      Tree.object(node, name);
      ObjectNode normal = NODES.objectNode();
      for (Map.Entry<String, Shape> field : fields.entrySet()) {
        String key = field.getKey();
        JsonNode value = Tree.field(node, key);
        for (String alias : aliases.getOrDefault(key, List.of())) {
          value = value != null ? value : Tree.field(node, alias);
        }
        if (value != null) {
          normal.set(key, field.getValue().read(value, at.field(key), violations));
        } else if (required.contains(key)) {
          throw BadInput.format("missing field `" + key + "`");
        }
      }
      return normal;
    }
  }
}
