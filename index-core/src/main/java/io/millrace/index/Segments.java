package io.millrace.index;

import io.millrace.codec.VectorSegment;
import io.millrace.codec.sparse.SparseSegment;
import io.millrace.model.CollectionConfig;
import java.io.IOException;
import java.util.Optional;
import org.apache.lucene.index.IndexReader;
import org.apache.lucene.index.LeafReaderContext;

/// What a reader's segments hold.
///
/// @param points live points
/// @param indexedVectors vectors in segments with a graph, and all sparse ones
/// @param graphsMissing the segments without a graph hold enough rows together for one
public record Segments(int count, long points, long indexedVectors, boolean graphsMissing) {

  public static Segments of(IndexReader reader, CollectionConfig config) throws IOException {
    long indexed = 0;
    boolean missing = false;
    for (var vector : config.vectors().entrySet()) {
      long flat = 0;
      for (LeafReaderContext leaf : reader.leaves()) {
        Optional<VectorSegment> rows =
            VectorSegment.of(
                leaf.reader(), Fields.vector(vector.getKey(), vector.getValue().since()));
        if (rows.isPresent()) {
          int live = Math.min(rows.get().size(), leaf.reader().numDocs());
          if (rows.get().graph().isPresent()) {
            indexed += live;
          } else {
            flat += live;
          }
        }
      }
      missing |= flat >= ConfiguredVectors.graphThreshold(config, vector.getValue());
    }
    for (var sparse : config.sparse().entrySet()) {
      String field = Fields.sparse(sparse.getKey(), sparse.getValue().since());
      for (LeafReaderContext leaf : reader.leaves()) {
        indexed +=
            SparseSegment.of(leaf.reader(), field)
                .map(s -> Math.min(s.documents(), leaf.reader().numDocs()))
                .orElse(0);
      }
    }
    return new Segments(reader.leaves().size(), reader.numDocs(), indexed, missing);
  }
}
