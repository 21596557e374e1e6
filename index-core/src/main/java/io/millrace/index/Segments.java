package io.millrace.index;

import io.millrace.codec.MillraceVectorsFormat;
import io.millrace.codec.VectorSegment;
import io.millrace.codec.multi.MultiSegment;
import io.millrace.codec.sparse.SparseSegment;
import io.millrace.model.CollectionConfig;
import io.millrace.model.VectorConfig;
import java.io.IOException;
import java.util.Optional;
import org.apache.lucene.index.FilterLeafReader;
import org.apache.lucene.index.IndexReader;
import org.apache.lucene.index.LeafReader;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.SegmentReader;

/// What a reader's segments hold.
///
/// @param points live points
/// @param indexedDense dense vectors in segments with a graph
/// @param sparse vectors, all of which are indexed
/// @param areDue merges have yet to do what the settings ask for: the segments without a graph hold
///   enough rows together for one, or a segment was made by other settings
public record Segments(int count, long points, long indexedDense, long sparse, boolean areDue) {

  public long indexedVectors() {
    return indexedDense + sparse;
  }

  public static Segments of(IndexReader reader, CollectionConfig config) throws IOException {
    long indexed = 0;
    boolean due = false;
    for (var vector : config.vectors().entrySet()) {
      String field = ConfiguredVectors.field(vector.getKey(), vector.getValue());
      long flat = 0;
      for (LeafReaderContext leaf : reader.leaves()) {
        Optional<Held> held = Held.of(leaf.reader(), field, vector.getValue());
        if (held.isPresent() && held.get().isIndexed()) {
          indexed += held.get().vectors();
        } else if (held.isPresent() && !hasAnyGraph(leaf.reader())) {
          flat += held.get().rows();
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
    long sparse = 0;
    for (var vector : config.sparse().entrySet()) {
      String field = Fields.sparse(vector.getKey(), vector.getValue().since());
      for (LeafReaderContext leaf : reader.leaves()) {
        sparse +=
            SparseSegment.of(leaf.reader(), field)
                .map(s -> Math.min(s.documents(), leaf.reader().numDocs()))
                .orElse(0);
      }
    }
    return new Segments(reader.leaves().size(), reader.numDocs(), indexed, sparse, due);
  }

  /// Whether it has a graph for one of its vectors: merges then leave it alone, until others join.
  private static boolean hasAnyGraph(LeafReader leaf) {
    return FilterLeafReader.unwrap(leaf) instanceof SegmentReader segment
        && MillraceVectorsFormat.isIndexed(segment.getSegmentInfo().info);
  }

  /// What a segment holds of a vector.
  ///
  /// @param vectors live ones, or a few more
  /// @param rows of these vectors
  /// @param isIndexed whether it has what makes searches of many rows fast
  record Held(long vectors, long rows, boolean isIndexed, boolean hasGraph) {

    /// Empty where no document has the vector.
    static Optional<Held> of(LeafReader leaf, String field, VectorConfig config)
        throws IOException {
      return config.isMulti()
          ? MultiSegment.of(leaf, field).map(segment -> of(segment, leaf))
          : VectorSegment.of(leaf, field).map(segment -> of(segment, leaf));
    }

    private static Held of(VectorSegment segment, LeafReader leaf) {
      int live = Math.min(segment.size(), leaf.numDocs());
      return new Held(live, live, segment.isIndexed(), segment.graph().isPresent());
    }

    private static Held of(MultiSegment segment, LeafReader leaf) {
      boolean hasGraph = segment.rowSegment().isPresent();
      return new Held(
          Math.min(segment.documents(), leaf.numDocs()),
          segment.rows() * leaf.numDocs() / leaf.maxDoc(),
          hasGraph,
          hasGraph);
    }
  }
}
