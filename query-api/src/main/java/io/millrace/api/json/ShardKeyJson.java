package io.millrace.api.json;

import io.millrace.model.BadInput;
import io.millrace.model.Failure;
import java.util.List;
import tools.jackson.databind.JsonNode;

/// `shard_key` of a request: a key, a list of keys or `{"target", "fallback"}`. One node knows no
/// key, so a request that asks for one is refused once nothing else is wrong with it; to read or
/// write all points instead is not what it asked for.
final class ShardKeyJson {
  private ShardKeyJson() {}

  static void ofRead(JsonIn in) {
    read(in, BadInput::badRequest);
  }

  static void ofWrite(JsonIn in) {
    read(in, BadInput::wrong);
  }

  private interface Unknown {
    BadInput of(String message);
  }

  private static void read(JsonIn in, Unknown unknown) {
    JsonNode node = in.tree();
    if (node.isObject()) {
      String target = key(Tree.required(node, "target"));
      String fallback = key(Tree.required(node, "fallback"));
      in.violations()
          .refuseLater(
              new Failure.NotFound(
                  "Neither target shard key "
                      + target
                      + " nor fallback shard key "
                      + fallback
                      + " exist"));
      return;
    }
    List<String> keys = node.isArray() ? Tree.list(node, ShardKeyJson::key) : List.of(key(node));
    keys.stream()
        .findFirst()
        .ifPresent(
            key -> in.violations().refuseLater(unknown.of("Shard key " + key + " not found")));
  }

  /// As the text of an error names it.
  private static String key(JsonNode node) {
    boolean isNumber = node.isIntegralNumber() && node.bigIntegerValue().signum() >= 0;
    if (!isNumber && !node.isString()) {
      throw BadInput.format("data did not match any variant of untagged enum ShardKeySelector");
    }
    return isNumber ? node.asString() : '"' + JsonIn.shortened(node.stringValue()) + '"';
  }
}
