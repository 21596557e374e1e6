package io.millrace.api.json;

import io.millrace.model.BadInput;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// What new collections get where their create body says nothing: a create body itself, without
/// vectors, that an operator configured. What is filled in is kept with the collection, so that a
/// later change of the defaults changes no collection that is there.
///
/// @param body in the normal form of [ConfigShapes]
/// @param vectorsOnDisk of dense vectors that say neither `on_disk` nor `memory`; empty: unsaid
public record CollectionDefaults(JsonNode body, Optional<Boolean> vectorsOnDisk) {
  public static final CollectionDefaults NONE =
      new CollectionDefaults(Shape.NODES.objectNode(), Optional.empty());

  /// These are filled in field by field; anything else as a whole.
  private static final List<String> DIFFS =
      List.of("hnsw_config", "optimizers_config", "wal_config", "strict_mode_config");

  /// Throws [BadInput] for a body that no collection could have.
  public static CollectionDefaults of(JsonNode body, Optional<Boolean> vectorsOnDisk) {
    return JsonIn.read(
        body.toString(),
        in -> {
          ObjectNode normal = ConfigShapes.CREATE.read(in.tree(), At.BODY, in.violations());
          in.violations().check();
          if (!normal.path("vectors").isMissingNode() && !normal.path("vectors").isEmpty()) {
            throw BadInput.badRequest("Defaults have no vectors of their own");
          }
          return new CollectionDefaults(normal, vectorsOnDisk);
        });
  }

  /// Fills in what a create body in its normal form does not say.
  void fill(ObjectNode normal) {
    for (Map.Entry<String, JsonNode> field : body.properties()) {
      JsonNode given = normal.get(field.getKey());
      if (given == null) {
        normal.set(field.getKey(), field.getValue().deepCopy());
      } else if (given instanceof ObjectNode object && DIFFS.contains(field.getKey())) {
        for (Map.Entry<String, JsonNode> inner : field.getValue().properties()) {
          if (!object.has(inner.getKey())) {
            object.set(inner.getKey(), inner.getValue().deepCopy());
          }
        }
      }
    }
    vectorsOnDisk.ifPresent(onDisk ->
        CollectionConfigJson.vectorParams(normal).values().stream()
            .filter(params -> !params.has("on_disk") && !params.has("memory"))
            .forEach(params -> ((ObjectNode) params).put("on_disk", onDisk)));
  }
}
