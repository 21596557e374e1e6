package io.millrace.api.json;

import io.millrace.model.BadInput;
import tools.jackson.databind.JsonNode;

/// Shards by key, which are made in a cluster: on one node a request names none that exists.
final class ShardKeyJson {
  private ShardKeyJson() {}

  /// A key, a list of them, or `{"target", "fallback"}`. Only an empty list passes: to answer for
  /// all shards would show the points of other keys.
  static void refuse(JsonIn in) {
    JsonNode selector = in.tree();
    if (selector.isArray() && selector.isEmpty()) {
      return;
    }
    throw BadInput.wrong("Shard key " + key(first(selector)) + " not found");
  }

  private static JsonNode first(JsonNode selector) {
    return selector.isArray()
        ? selector.get(0)
        : selector.isObject() ? Tree.required(selector, "target") : selector;
  }

  private static String key(JsonNode key) {
    if (key.isString()) {
      return '"' + JsonIn.shortened(key.stringValue()) + '"';
    }
    return Long.toUnsignedString(Tree.u64(key));
  }
}
