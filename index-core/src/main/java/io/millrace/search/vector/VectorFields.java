package io.millrace.search.vector;

import io.millrace.index.PointReader;
import io.millrace.model.BadInput;
import io.millrace.model.CollectionConfig;
import io.millrace.model.VectorConfig;
import io.millrace.search.nearest.IdOrder;
import org.apache.lucene.index.IndexReader;

/// The vectors of a collection by name.
public final class VectorFields {
  private final IndexReader reader;
  private final CollectionConfig config;

  public VectorFields(IndexReader reader, CollectionConfig config) {
    this.reader = reader;
    this.config = config;
  }

  /// The field of a name, `""` for the unnamed vector. Throws [BadInput] in Qdrant's words where
  /// the collection has none of that name.
  public VectorField of(String using) {
    VectorConfig vector = config.vectors().get(using);
    if (vector != null) {
      return new DenseField(reader.leaves(), using, vector, ids());
    }
    if (config.vectors().isEmpty()) {
      throw BadInput.wrong("Vectors are not configured in this collection");
    }
    String names = String.join(", ", config.vectors().keySet());
    if (using.isEmpty()) {
      throw BadInput.wrong(
          "Collection requires specified vector name in the request, available names: " + names);
    }
    if (config.vectors().size() == 1 && config.vectors().containsKey("")) {
      throw BadInput.wrong("Vector with name " + using + " is not configured in this collection");
    }
    throw BadInput.wrong(
        "Vector with name `"
            + using
            + "` is not configured in this collection, available names: "
            + names);
  }

  private IdOrder ids() {
    return (leafA, docA, leafB, docB) ->
        PointReader.id(reader.leaves().get(leafA).reader(), docA)
            .compareTo(PointReader.id(reader.leaves().get(leafB).reader(), docB));
  }
}
