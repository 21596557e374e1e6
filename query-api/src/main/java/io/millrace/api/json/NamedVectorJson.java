package io.millrace.api.json;

import io.millrace.model.BadInput;
import io.millrace.model.CollectionConfig;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// A vector that is added to a collection that exists: `{"dense": {…}}` or `{"sparse": {…}}`.
public final class NamedVectorJson {
  private static final Shape.Struct DENSE =
      Shape.struct("struct DenseVectorConfig")
          .require("size", Shape.whole(1, 65_536))
          .require("distance", ConfigShapes.DISTANCE)
          .with("multivector_config", ConfigShapes.MULTIVECTOR)
          .with("datatype", ConfigShapes.DATATYPE);

  private static final Shape.Struct SPARSE =
      Shape.struct("struct SparseVectorConfig")
          .with("modifier", Shape.choice("none", "idf"))
          .with("datatype", ConfigShapes.SPARSE_DATATYPE);

  /// What the vector shall be, in its normal form.
  public record Declaration(boolean isSparse, JsonNode params) {}

  private NamedVectorJson() {}

  public static Declaration read(JsonIn in) {
    JsonNode tree = Tree.object(in.tree(), "a vector configuration");
    JsonNode dense = Tree.field(tree, "dense");
    JsonNode sparse = Tree.field(tree, "sparse");
    if (dense != null) {
      return new Declaration(false, DENSE.read(dense, At.BODY.field("dense"), in.violations()));
    }
    if (sparse != null) {
      return new Declaration(true, SPARSE.read(sparse, At.BODY.field("sparse"), in.violations()));
    }
    throw BadInput.format("data did not match any variant of untagged enum VectorNameConfig");
  }

  /// Whether the collection has that vector in that form. Throws where it has another of the name.
  public static boolean isThere(CollectionConfig config, String name, Declaration declaration) {
    if (!config.hasVector(name)) {
      return false;
    }
    ObjectNode description = CollectionConfigJson.description(config);
    boolean same =
        declaration.isSparse()
            ? config.sparse().containsKey(name)
                && sameSparse(description.path("sparse_vectors").path(name), declaration.params())
            : config.vectors().containsKey(name)
                && sameDense(
                    CollectionConfigJson.vectorParams(description)
                        .getOrDefault(name, Shape.NODES.objectNode()),
                    declaration.params());
    if (!same) {
      throw BadInput.wrong(
          "Vector name `" + name + "` already exists with a different configuration");
    }
    return true;
  }

  private static boolean sameDense(JsonNode old, JsonNode asked) {
    return old.path("size").longValue() == asked.path("size").longValue()
        && old.path("distance").equals(asked.path("distance"))
        && old.has("multivector_config") == asked.has("multivector_config")
        && old.path("datatype").asString("float32").equals(datatype(asked));
  }

  private static boolean sameSparse(JsonNode old, JsonNode asked) {
    return old.path("modifier").asString("none").equals(asked.path("modifier").asString("none"))
        && old.path("index").path("datatype").asString("float32").equals(datatype(asked));
  }

  private static String datatype(JsonNode params) {
    return params.path("datatype").asString("float32");
  }

  /// The configuration with that vector, which exists from the operation `since` on.
  public static CollectionConfig added(
      CollectionConfig config, String name, Declaration declaration, long since) {
    CollectionConfigJson.checkName(name);
    ObjectNode description = CollectionConfigJson.description(config);
    if (declaration.isSparse()) {
      if (name.isEmpty()) {
        throw BadInput.wrong("Sparse vector name cannot be empty");
      }
      ObjectNode params = description.withObjectProperty("sparse_vectors").withObjectProperty(name);
      declaration
          .params()
          .forEachEntry((key, value) -> {
            if (key.equals("datatype")) {
              params.withObjectProperty("index").set(key, value);
            } else {
              params.set(key, value);
            }
          });
    } else {
      ObjectNode vectors = description.withObjectProperty("vectors");
      if (ConfigShapes.isVectorParams(vectors)) {
        ObjectNode unnamed = vectors;
        description.remove("vectors");
        vectors = description.withObjectProperty("vectors");
        vectors.set("", unnamed);
      }
      vectors.set(name, declaration.params());
    }
    description.withObjectProperty(CollectionConfigJson.SINCE).put(name, since);
    return CollectionConfigJson.typed(description);
  }

  /// The configuration without that vector. Throws where there is none.
  public static Optional<CollectionConfig> removed(CollectionConfig config, String name) {
    if (!config.hasVector(name)) {
      throw BadInput.unknownVector(name);
    }
    ObjectNode description = CollectionConfigJson.description(config);
    if (config.sparse().containsKey(name)) {
      description.withObjectProperty("sparse_vectors").remove(name);
    } else if (ConfigShapes.isVectorParams(description.path("vectors"))) {
      description.remove("vectors");
    } else {
      description.withObjectProperty("vectors").remove(name);
    }
    description.withObjectProperty(CollectionConfigJson.SINCE).remove(name);
    return Optional.of(CollectionConfigJson.typed(description));
  }
}
