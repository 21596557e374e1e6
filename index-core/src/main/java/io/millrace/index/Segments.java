package io.millrace.index;

import io.millrace.codec.VectorSegment;
import io.millrace.model.CollectionConfig;
import java.io.IOException;
import java.util.Optional;
import org.apache.lucene.index.IndexReader;
import org.apache.lucene.index.LeafReaderContext;

/// What a reader's segments hold.
///
/// @param points live points
/// @param indexedVectors vectors in segments with a graph
/// @param graphsMissing a segment is large enough for a graph and has none
public record Segments(int count, long points, long indexedVectors, boolean graphsMissing) {

  public static Segments of(IndexReader reader, CollectionConfig config) throws IOException {
    long indexed = 0;
    boolean missing = false;
    for (LeafReaderContext leaf : reader.leaves()) {
      for (var vector : config.vectors().entrySet()) {
        Optional<VectorSegment> rows =
            VectorSegment.of(leaf.reader(), Fields.vector(vector.getKey()));
        if (rows.isEmpty()) {
          continue;
        }
        if (rows.get().graph().isPresent()) {
          indexed += Math.min(rows.get().size(), leaf.reader().numDocs());
        } else {
          missing |=
              leaf.reader().numDocs()
                  >= ConfiguredVectors.graphThreshold(config, vector.getValue());
        }
      }
    }
    return new Segments(reader.leaves().size(), reader.numDocs(), indexed, missing);
  }
}
