package io.millrace.api.dialect;

import io.millrace.api.dialect.GoVector.Mark;
import java.util.Set;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// Turns the bodies of requests to a marked collection into Qdrant's.
final class Requests {
  /// Never looked into: what stands there belongs to the user.
  private static final Set<String> CLOSED =
      Set.of("payload", "payloads", "vector", "vectors", "match", "range");

  private static final Set<String> IDS =
      Set.of(
          "id",
          "ids",
          "points",
          "has_id",
          "positive",
          "negative",
          "query",
          "nearest",
          "target",
          "example",
          "offset");

  static final String ID_KEY = "_id";

  private Requests() {}

  static JsonNode translated(JsonNode body, String route, Mark mark) {
    if (!(body instanceof ObjectNode request)) {
      return body;
    }
    switch (route) {
      case "PUT /points" -> keepTexts(request);
      case "POST /points/batch" ->
          objects(request.path("operations"))
              .flatMap(operation -> objects(operation.path("upsert")))
              .forEach(Requests::keepTexts);
      case "POST /points/search",
          "POST /points/query",
          "POST /points/recommend",
          "POST /points/discover" ->
          search(request, mark);
      case "POST /points/search/batch",
          "POST /points/query/batch",
          "POST /points/recommend/batch",
          "POST /points/discover/batch" ->
          objects(request.path("searches")).forEach(one -> search(one, mark));
      case "POST /points/search/groups",
          "POST /points/query/groups",
          "POST /points/recommend/groups" ->
          hits(request, mark);
      case "POST /points/scroll" -> {
        limit(request, mark);
        bringPayload(request);
      }
      case "POST /points" -> bringPayload(request);
      default -> {}
    }
    translateIds(request);
    return request;
  }

  /// The object itself, or those in the list.
  private static Stream<ObjectNode> objects(JsonNode node) {
    Stream<JsonNode> nodes = node.isArray() ? node.valueStream() : Stream.of(node);
    return nodes.filter(ObjectNode.class::isInstance).map(ObjectNode.class::cast);
  }

  private static void search(ObjectNode request, Mark mark) {
    limit(request, mark);
    hits(request, mark);
  }

  private static void hits(ObjectNode request, Mark mark) {
    bringPayload(request);
    if (!request.path("params").has("hnsw_ef")) {
      ObjectNode params =
          request.get("params") instanceof ObjectNode given ? given : request.putObject("params");
      params.put("hnsw_ef", mark.efSearch());
    }
  }

  private static void limit(ObjectNode request, Mark mark) {
    String name = request.has("top") ? "top" : "limit";
    JsonNode limit = request.path(name);
    if (limit.isMissingNode() || (limit.isNumber() && limit.longValue() <= 0)) {
      request.put(name, mark.limit());
    }
  }

  private static void bringPayload(ObjectNode request) {
    if (!request.has("with_payload")) {
      request.put("with_payload", true);
    }
  }

  /// Texts that are no id of ours are kept in the payload.
  private static void keepTexts(ObjectNode request) {
    for (JsonNode point : request.path("points")) {
      if (point instanceof ObjectNode object) {
        TextIds.hidden(point.path("id"))
            .ifPresent(text -> {
              ObjectNode payload =
                  object.get("payload") instanceof ObjectNode given
                      ? given
                      : object.putObject("payload");
              payload.put(ID_KEY, text);
            });
      }
    }
    if (request.get("batch") instanceof ObjectNode batch
        && batch.get("ids") instanceof ArrayNode ids) {
      ArrayNode payloads =
          batch.get("payloads") instanceof ArrayNode given ? given : batch.putArray("payloads");
      for (int i = 0; i < ids.size(); i++) {
        if (payloads.size() == i) {
          payloads.addNull();
        }
        String text = TextIds.hidden(ids.get(i)).orElse(null);
        if (text != null) {
          ObjectNode payload =
              payloads.get(i) instanceof ObjectNode given ? given : payloads.objectNode();
          payload.put(ID_KEY, text);
          payloads.set(i, payload);
        }
      }
    }
  }

  private static void translateIds(JsonNode node) {
    if (node instanceof ObjectNode object) {
      for (String name : object.propertyNames().stream().toList()) {
        JsonNode value = object.get(name);
        if (CLOSED.contains(name)) {
          continue;
        }
        if (IDS.contains(name) && value.isString()) {
          object.set(name, TextIds.of(value));
        } else if (IDS.contains(name) && value instanceof ArrayNode list) {
          for (int i = 0; i < list.size(); i++) {
            list.set(i, TextIds.of(list.get(i)));
          }
          translateIds(list);
        } else {
          translateIds(value);
        }
      }
    } else if (node instanceof ArrayNode list) {
      list.forEach(Requests::translateIds);
    }
  }
}
