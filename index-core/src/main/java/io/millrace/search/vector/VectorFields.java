package io.millrace.search.vector;

import io.millrace.index.PointReader;
import io.millrace.model.BadInput;
import io.millrace.model.CollectionConfig;
import io.millrace.model.SparseConfig;
import io.millrace.model.VectorConfig;
import io.millrace.search.filter.Filters;
import io.millrace.search.nearest.IdOrder;
import io.millrace.search.nearest.NearestSearch;
import org.apache.lucene.index.IndexReader;
import org.jspecify.annotations.Nullable;

/// The vectors of a collection by name.
public final class VectorFields {
  private final IndexReader reader;
  private final CollectionConfig config;
  private final Filters filters;
  private final NearestSearch nearest;

  public VectorFields(
      IndexReader reader, CollectionConfig config, Filters filters, NearestSearch nearest) {
    this.reader = reader;
    this.config = config;
    this.filters = filters;
    this.nearest = nearest;
  }

  /// The field of a name, `""` for the unnamed vector. Throws [BadInput] in Qdrant's words where
  /// the collection has none of that name.
  public VectorField of(String using) {
    VectorConfig vector = config.vectors().get(using);
    if (vector != null) {
      return vector.isMulti()
          ? new MultiField(reader.leaves(), using, vector, ids())
          : new DenseField(reader.leaves(), using, vector, ids(), nearest);
    }
    SparseConfig sparse = config.sparse().get(using);
    if (sparse != null) {
      return new SparseField(reader.leaves(), using, sparse, ids(), filters, nearest.paths());
    }
    throw BadInput.notConfigured(using, config.vectorNames());
  }

  private IdOrder ids() {
    return () -> {
      PointReader.@Nullable Ids[] opened = new PointReader.Ids[reader.leaves().size()];
      return (leaf, doc) -> {
        PointReader.Ids ids = opened[leaf];
        if (ids == null) {
          ids = new PointReader.Ids(reader.leaves().get(leaf).reader());
          opened[leaf] = ids;
        }
        return ids.id(doc);
      };
    };
  }
}
