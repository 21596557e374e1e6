package io.millrace.app.command;

import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// What a collection is made of, beside its points: settings and payload indexes, from one server
/// or name to another.
final class CollectionShape {
  private CollectionShape() {}

  /// The body of Qdrant's create call for a collection with this `config`.
  static ObjectNode createBody(JsonNode config) {
    ObjectNode body = Remote.JSON.createObjectNode();
    JsonNode params = config.path("params");
    for (String key : List.of("vectors", "sparse_vectors", "on_disk_payload")) {
      if (params.has(key) && !params.path(key).isNull()) {
        body.set(key, params.path(key));
      }
    }
    for (String key : List.of("hnsw_config", "quantization_config")) {
      if (config.has(key) && !config.path(key).isNull()) {
        body.set(key, config.path(key));
      }
    }
    JsonNode threshold = config.path("optimizer_config").path("indexing_threshold");
    if (threshold.isNumber()) {
      body.putObject("optimizers_config").set("indexing_threshold", threshold);
    }
    return body;
  }

  /// Declares at `to` what is declared at `from`. What is refused is told and left out.
  static void copyIndexes(Remote from, String name, Remote to, String copy) {
    from.result("GET", "/collections/" + Remote.step(name), "")
        .path("payload_schema")
        .properties()
        .forEach(field -> {
          ObjectNode index = Remote.JSON.createObjectNode().put("field_name", field.getKey());
          JsonNode params = field.getValue().path("params");
          index.set(
              "field_schema", params.isObject() ? params : field.getValue().path("data_type"));
          Remote.Answer made =
              to.send(
                  "PUT",
                  "/collections/" + Remote.step(copy) + "/index?wait=true",
                  index.toString());
          if (!made.isGood()) {
            System.err.println(
                "millrace: the index of "
                    + copy
                    + " on "
                    + field.getKey()
                    + " was not made: "
                    + Remote.error(made));
          }
        });
  }
}
