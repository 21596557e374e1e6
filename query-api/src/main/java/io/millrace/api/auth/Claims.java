package io.millrace.api.auth;

import io.millrace.api.json.JsonIn;
import io.millrace.model.BadInput;
import io.millrace.model.Condition;
import io.millrace.model.Filter;
import io.millrace.model.PayloadPath;
import io.millrace.model.Scalar;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import tools.jackson.databind.JsonNode;

/// What a token says, all of it optional. Read throws [BadInput] for anything that is not a claim
/// as Qdrant knows it.
///
/// @param subject who it was made for
/// @param expires seconds since the epoch
/// @param exists of these some point must be there
record Claims(
    Optional<String> subject, Grant grant, OptionalLong expires, Optional<ValueExists> exists) {

  record ValueExists(String collection, Filter filter) {}

  static Claims read(String json) {
    JsonNode tree = JsonIn.read(json, JsonIn::tree);
    if (!tree.isObject()) {
      throw BadInput.format("claims are no object");
    }
    Optional<String> sub = text(tree, "sub");
    Optional<String> subject = text(tree, "subject");
    return new Claims(
        sub.or(() -> subject), grant(tree.path("access")), expires(tree.path("exp")), exists(tree));
  }

  private static Optional<String> text(JsonNode tree, String name) {
    JsonNode node = tree.path(name);
    if (absent(node)) {
      return Optional.empty();
    }
    if (!node.isString()) {
      throw BadInput.format(name);
    }
    return Optional.of(node.stringValue());
  }

  private static boolean absent(JsonNode node) {
    return node.isMissingNode() || node.isNull();
  }

  private static OptionalLong expires(JsonNode exp) {
    if (absent(exp)) {
      return OptionalLong.empty();
    }
    if (!exp.isNumber() || exp.doubleValue() < 0) {
      throw BadInput.format("exp");
    }
    return OptionalLong.of(
        exp.isIntegralNumber() && exp.canConvertToLong()
            ? exp.longValue()
            : Math.round(exp.doubleValue()));
  }

  private static Grant grant(JsonNode access) {
    if (access.isMissingNode()) {
      return Grant.EVERYTHING;
    }
    if (access.isString()) {
      return switch (access.stringValue()) {
        case "r" -> Grant.READ_ONLY;
        case "m" -> Grant.EVERYTHING;
        default -> throw BadInput.format("access");
      };
    }
    if (!access.isArray()) {
      throw BadInput.format("access");
    }
    Map<String, Grant.Right> collections = new HashMap<>();
    for (JsonNode entry : access) {
      // Limits by payload are not there any more; a token with them must not open more than meant.
      if (!absent(entry.path("payload"))) {
        throw BadInput.format("access.payload");
      }
      Grant.Right right =
          switch (entry.path("access").asString("")) {
            case "r" -> Grant.Right.READ;
            case "rw" -> Grant.Right.WRITE;
            case "prw" -> Grant.Right.POINTS;
            default -> throw BadInput.format("access.access");
          };
      if (!entry.path("collection").isString()
          || collections.put(entry.path("collection").stringValue(), right) != null) {
        throw BadInput.format("access.collection");
      }
    }
    return new Grant.Listed(collections);
  }

  private static Optional<ValueExists> exists(JsonNode tree) {
    JsonNode exists = tree.path("value_exists");
    if (absent(exists)) {
      return Optional.empty();
    }
    if (!exists.path("collection").isString() || !exists.path("matches").isArray()) {
      throw BadInput.format("value_exists");
    }
    List<Condition> conditions = new ArrayList<>();
    for (JsonNode match : exists.path("matches")) {
      JsonNode value = match.path("value");
      Scalar scalar;
      if (value.isString()) {
        scalar = new Scalar.Text(value.stringValue());
      } else if (value.isBoolean()) {
        scalar = new Scalar.Bool(value.booleanValue());
      } else if (value.isIntegralNumber() && value.canConvertToLong()) {
        scalar = new Scalar.Whole(value.longValue());
      } else {
        throw BadInput.format("value_exists.matches.value");
      }
      if (!match.path("key").isString()) {
        throw BadInput.format("value_exists.matches.key");
      }
      conditions.add(
          new Condition.MatchValue(PayloadPath.parse(match.path("key").stringValue()), scalar));
    }
    return Optional.of(
        new ValueExists(
            exists.path("collection").stringValue(),
            Filter.must(conditions.toArray(Condition[]::new))));
  }
}
