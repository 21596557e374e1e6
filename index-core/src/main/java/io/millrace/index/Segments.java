package io.millrace.index;

import io.millrace.codec.VectorSegment;
import io.millrace.codec.sparse.SparseSegment;
import io.millrace.model.CollectionConfig;
import java.io.IOException;
import java.util.Optional;
import org.apache.lucene.index.FilterLeafReader;
import org.apache.lucene.index.IndexReader;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.SegmentReader;

/// What a reader's segments hold.
///
/// @param points live points
/// @param indexedVectors vectors in segments with a graph, and all sparse ones
/// @param areDue merges have yet to do what the settings ask for: the segments without a graph hold
///   enough rows together for one, or a segment was made by other settings
public record Segments(int count, long points, long indexedVectors, boolean areDue) {

  public static Segments of(IndexReader reader, CollectionConfig config) throws IOException {
    long indexed = 0;
    boolean due = false;
    for (var vector : config.vectors().entrySet()) {
      long flat = 0;
      for (LeafReaderContext leaf : reader.leaves()) {
        Optional<VectorSegment> rows =
            VectorSegment.of(
                leaf.reader(), Fields.vector(vector.getKey(), vector.getValue().since()));
        if (rows.isPresent()) {
          int live = Math.min(rows.get().size(), leaf.reader().numDocs());
          if (rows.get().isIndexed()) {
            indexed += live;
          } else {
            flat += live;
          }
        }
      }
      due |= flat >= ConfiguredVectors.graphThreshold(config, vector.getValue());
    }
    ConfiguredVectors now = new ConfiguredVectors(() -> config);
    for (LeafReaderContext leaf : reader.leaves()) {
      due |=
          FilterLeafReader.unwrap(leaf.reader()) instanceof SegmentReader segment
              && now.isOutdated(segment.getSegmentInfo().info);
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
    return new Segments(reader.leaves().size(), reader.numDocs(), indexed, due);
  }
}
