package io.millrace.index;

import io.millrace.codec.VectorSegment;
import io.millrace.model.CollectionConfig;
import io.millrace.model.VectorConfig;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.apache.lucene.index.FilterLeafReader;
import org.apache.lucene.index.IndexReader;
import org.apache.lucene.index.LeafReader;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.SegmentReader;

/// A reader's segments one by one, for people and for metrics.
public final class SegmentList {
  private SegmentList() {}

  /// @param vectors live ones by name
  public record Segment(
      UUID id, int points, int deleted, Map<String, Long> vectors, boolean hasGraph) {}

  public static List<Segment> of(IndexReader reader, CollectionConfig config) throws IOException {
    List<Segment> segments = new ArrayList<>();
    for (LeafReaderContext leaf : reader.leaves()) {
      LeafReader segment = leaf.reader();
      Map<String, Long> vectors = new HashMap<>();
      boolean hasGraph = false;
      for (Map.Entry<String, VectorConfig> vector : config.vectors().entrySet()) {
        Optional<VectorSegment> rows =
            VectorSegment.of(segment, Fields.vector(vector.getKey(), vector.getValue().since()));
        if (rows.isPresent()) {
          vectors.put(vector.getKey(), (long) Math.min(rows.get().size(), segment.numDocs()));
          hasGraph |= rows.get().graph().isPresent();
        }
      }
      segments.add(
          new Segment(id(segment), segment.numDocs(), segment.numDeletedDocs(), vectors, hasGraph));
    }
    return segments;
  }

  private static UUID id(LeafReader segment) {
    if (FilterLeafReader.unwrap(segment) instanceof SegmentReader lucene) {
      ByteBuffer id = ByteBuffer.wrap(lucene.getSegmentInfo().info.getId());
      return new UUID(id.getLong(), id.getLong());
    }
    return new UUID(0, 0);
  }
}
