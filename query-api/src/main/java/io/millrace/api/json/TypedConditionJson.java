package io.millrace.api.json;

import io.millrace.model.BadInput;
import io.millrace.model.Condition;
import io.millrace.model.PayloadPath;
import io.millrace.payload.Patterns;
import java.util.OptionalDouble;
import tools.jackson.databind.JsonNode;

/// Conditions of GoVector's form, which Qdrant's own never have: `{"key", "type":
/// "exact|range|prefix|contains|regex", "match": {"value"}, "range": {…}}`.
final class TypedConditionJson {
  private TypedConditionJson() {}

  static Condition read(PayloadPath key, JsonNode type, JsonNode node) {
    return switch (Tree.string(type)) {
      case "exact" -> exact(key, value(node));
      case "range" -> FilterJson.range(key, Tree.required(node, "range"));
      case "prefix" -> new Condition.MatchPrefix(key, Tree.string(value(node)));
      case "contains" -> new Condition.Contains(key, FilterJson.scalar(value(node)));
      case "regex" -> new Condition.Regex(key, Patterns.of(Tree.string(value(node))));
      default ->
          throw BadInput.badRequest(
              "Unknown condition type `"
                  + JsonIn.shortened(type.stringValue())
                  + "`, expected one of `exact`, `range`, `prefix`, `contains`, `regex`");
    };
  }

  private static JsonNode value(JsonNode node) {
    return Tree.required(Tree.object(Tree.required(node, "match"), "a match"), "value");
  }

  /// Numbers are equal by their value, whatever they are written like.
  private static Condition exact(PayloadPath key, JsonNode value) {
    if (value.isNumber()) {
      OptionalDouble same = OptionalDouble.of(Tree.f64(value));
      boolean whole = value.isIntegralNumber() && value.canConvertToLong();
      return whole && Math.abs(value.longValue()) > 1L << 53
          ? new Condition.MatchValue(key, FilterJson.scalar(value))
          : new Condition.NumberRange(
              key, OptionalDouble.empty(), same, OptionalDouble.empty(), same);
    }
    if (value.isArray() || value.isObject()) {
      throw BadInput.badRequest(
          "An exact condition compares with a string, a number or a boolean, not with "
              + (value.isArray() ? "an array" : "an object"));
    }
    return new Condition.MatchValue(key, FilterJson.scalar(value));
  }
}
