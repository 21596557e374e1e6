package io.millrace.index;

import io.millrace.codec.MillraceVectorsFormat;
import io.millrace.codec.RowCounts;
import io.millrace.model.CollectionConfig;
import io.millrace.model.VectorConfig;
import java.util.HashMap;
import java.util.Map;
import org.apache.lucene.index.SegmentCommitInfo;

/// The rows that some segments hold together, by vector: whether a merge of them builds a graph,
/// and how large it is. No files are opened for it, so which rows are deleted ones' is guessed as
/// [Segments] does: in a segment that was just merged there are none. Dense vectors of older
/// segments count as if every document had one, multivectors as if there were none.
final class GraphRows {
  private final CollectionConfig config;
  private final Map<String, Long> rows = new HashMap<>();
  private long documents;

  GraphRows(CollectionConfig config) {
    this.config = config;
  }

  /// @param deleted documents that a merge leaves out
  GraphRows add(SegmentCommitInfo segment, int deleted) {
    long live = segment.info.maxDoc() - deleted;
    documents += live;
    for (Map.Entry<String, VectorConfig> vector : config.vectors().entrySet()) {
      String field = ConfiguredVectors.field(vector.getKey(), vector.getValue());
      long count =
          vector.getValue().isMulti()
              ? RowCounts.of(segment.info, field).orElse(0)
                  * live
                  / Math.max(1, segment.info.maxDoc())
              : Math.min(live, MillraceVectorsFormat.rows(segment.info, field));
      rows.merge(vector.getKey(), count, Long::sum);
    }
    return this;
  }

  GraphRows add(GraphRows other) {
    documents += other.documents;
    other.rows.forEach((vector, count) -> rows.merge(vector, count, Long::sum));
    return this;
  }

  /// Whether there are enough of them for a graph.
  boolean makeGraph() {
    for (Map.Entry<String, VectorConfig> vector : config.vectors().entrySet()) {
      if (rows.getOrDefault(vector.getKey(), 0L)
          >= ConfiguredVectors.graphThreshold(config, vector.getValue())) {
        return true;
      }
    }
    return false;
  }

  /// Rows of the largest graph.
  long largest() {
    long largest = documents;
    for (Map.Entry<String, VectorConfig> vector : config.vectors().entrySet()) {
      if (ConfiguredVectors.graphThreshold(config, vector.getValue()) < Long.MAX_VALUE) {
        largest = Math.max(largest, rows.getOrDefault(vector.getKey(), 0L));
      }
    }
    return largest;
  }
}
