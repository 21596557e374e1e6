package io.millrace.api.json;

import io.millrace.model.BadInput;
import io.millrace.model.PayloadPath;
import io.millrace.model.query.Query;
import io.millrace.model.query.Query.Direction;
import io.millrace.model.query.Query.StartFrom;
import io.millrace.payload.DateTimes;
import java.util.Optional;
import java.util.OptionalLong;
import tools.jackson.databind.JsonNode;

/// `order_by`: a path, or `{"key", "direction"?, "start_from"?}`.
final class OrderByJson {
  private OrderByJson() {}

  static Query.OrderBy read(JsonIn in) {
    JsonNode node = in.tree();
    if (node.isString()) {
      return new Query.OrderBy(
          PayloadPath.parse(node.stringValue()), Direction.ASCENDING, Optional.empty());
    }
    Tree.object(node, "struct OrderBy");
    JsonNode direction = Tree.field(node, "direction");
    JsonNode start = Tree.field(node, "start_from");
    return new Query.OrderBy(
        PayloadPath.parse(Tree.string(Tree.required(node, "key"))),
        direction == null ? Direction.ASCENDING : direction(Tree.string(direction)),
        start == null ? Optional.empty() : Optional.of(start(start)));
  }

  private static Direction direction(String text) {
    return switch (text) {
      case "asc" -> Direction.ASCENDING;
      case "desc" -> Direction.DESCENDING;
      default -> throw Tree.unknownVariant(text, "`asc` or `desc`");
    };
  }

  private static StartFrom start(JsonNode node) {
    if (node.isIntegralNumber() && node.canConvertToLong()) {
      return new StartFrom.Whole(node.longValue());
    }
    if (node.isNumber()) {
      return new StartFrom.Real(Tree.f64(node));
    }
    if (node.isString()) {
      OptionalLong micros = DateTimes.parse(node.stringValue());
      if (micros.isPresent()) {
        return new StartFrom.Date(micros.getAsLong());
      }
    }
    throw BadInput.format("data did not match any variant of untagged enum StartFrom");
  }
}
