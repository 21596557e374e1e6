package io.millrace.index;

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
import org.apache.lucene.index.SegmentCommitInfo;
import org.apache.lucene.index.SegmentReader;

/// A reader's segments one by one, for people and for metrics.
public final class SegmentList {
  private SegmentList() {}

  /// @param vectors live ones by name
  /// @param indexed those of them whose searches do not read every row
  /// @param bytes on disk
  public record Segment(
      UUID id,
      int points,
      int deleted,
      Map<String, Long> vectors,
      Map<String, Long> indexed,
      boolean hasGraph,
      long bytes) {}

  public static List<Segment> of(IndexReader reader, CollectionConfig config) throws IOException {
    List<Segment> segments = new ArrayList<>();
    for (LeafReaderContext leaf : reader.leaves()) {
      LeafReader segment = leaf.reader();
      Map<String, Long> vectors = new HashMap<>();
      Map<String, Long> indexed = new HashMap<>();
      boolean hasGraph = false;
      for (Map.Entry<String, VectorConfig> vector : config.vectors().entrySet()) {
        String field = ConfiguredVectors.field(vector.getKey(), vector.getValue());
        Optional<Segments.Held> held = Segments.Held.of(segment, field, vector.getValue());
        if (held.isPresent()) {
          vectors.put(vector.getKey(), held.get().vectors());
          indexed.put(vector.getKey(), held.get().isIndexed() ? held.get().vectors() : 0);
          hasGraph |= held.get().hasGraph();
        }
      }
      segments.add(
          new Segment(
              id(segment),
              segment.numDocs(),
              segment.numDeletedDocs(),
              vectors,
              indexed,
              hasGraph,
              bytes(segment)));
    }
    return segments;
  }

  private static UUID id(LeafReader segment) {
    return lucene(segment).map(SegmentList::id).orElseGet(() -> new UUID(0, 0));
  }

  /// Files are looked at once: later calls add up nothing but what deletes wrote since.
  private static long bytes(LeafReader segment) throws IOException {
    Optional<SegmentCommitInfo> lucene = lucene(segment);
    return lucene.isPresent() ? lucene.get().sizeInBytes() : 0;
  }

  private static Optional<SegmentCommitInfo> lucene(LeafReader segment) {
    return FilterLeafReader.unwrap(segment) instanceof SegmentReader lucene
        ? Optional.of(lucene.getSegmentInfo())
        : Optional.empty();
  }

  static UUID id(SegmentCommitInfo segment) {
    ByteBuffer id = ByteBuffer.wrap(segment.info.getId());
    return new UUID(id.getLong(), id.getLong());
  }
}
