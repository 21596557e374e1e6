package io.millrace.api.json;

import io.millrace.model.BadInput;
import io.millrace.model.Fetch.PayloadPart;
import io.millrace.model.Fetch.VectorPart;
import io.millrace.model.PayloadPath;
import java.util.List;
import tools.jackson.databind.JsonNode;

/// What a read shall bring back: `with_payload` and `with_vector`.
final class SelectorJson {
  private SelectorJson() {}

  /// A boolean, a list of paths, `{"include": […]}` or `{"exclude": […]}`.
  static PayloadPart payload(JsonIn in) {
    return payload(in.tree());
  }

  static PayloadPart payload(JsonNode node) {
    if (node.isBoolean()) {
      return node.booleanValue() ? new PayloadPart.All() : new PayloadPart.None();
    }
    if (node.isArray()) {
      return new PayloadPart.Include(paths(node));
    }
    if (node.isObject()) {
      for (String key : node.propertyNames()) {
        if (!key.equals("include") && !key.equals("exclude")) {
          throw noVariant();
        }
      }
      JsonNode include = Tree.field(node, "include");
      JsonNode exclude = Tree.field(node, "exclude");
      if (include != null && exclude == null) {
        return new PayloadPart.Include(paths(include));
      }
      if (exclude != null && include == null) {
        return new PayloadPart.Exclude(paths(exclude));
      }
    }
    throw noVariant();
  }

  private static List<PayloadPath> paths(JsonNode node) {
    return Tree.list(node, n -> PayloadPath.parse(Tree.string(n)));
  }

  private static BadInput noVariant() {
    return BadInput.format("data did not match any variant of untagged enum WithPayloadInterface");
  }

  /// A boolean or a list of vector names.
  static VectorPart vector(JsonIn in) {
    JsonNode node = in.tree();
    if (node.isBoolean()) {
      return node.booleanValue() ? new VectorPart.All() : new VectorPart.None();
    }
    if (node.isArray()) {
      return new VectorPart.Names(Tree.list(node, Tree::string));
    }
    throw BadInput.format("data did not match any variant of untagged enum WithVector");
  }
}
