package io.millrace.codec.multi;

import java.io.IOException;
import java.util.Optional;
import org.apache.lucene.index.LeafReader;
import org.jspecify.annotations.Nullable;

/// The multivectors of a field in a segment. Any number of threads; the reader must stay open.
public final class MultiSegment {
  private final int documents;
  private final long rows;
  private final int graphThreshold;
  private final @Nullable RowSegment rowSegment;

  MultiSegment(int documents, long rows, int graphThreshold, @Nullable RowSegment rowSegment) {
    this.documents = documents;
    this.rows = rows;
    this.graphThreshold = graphThreshold;
    this.rowSegment = rowSegment;
  }

  /// Empty where no document of the segment has the field, and for segments written before
  /// [MultiFormat].
  public static Optional<MultiSegment> of(LeafReader leaf, String field) throws IOException {
    return leaf.getBinaryDocValues(field) instanceof MultiValues values
        ? Optional.of(values.segment())
        : Optional.empty();
  }

  /// Documents with a value, deleted ones counted.
  public int documents() {
    return documents;
  }

  /// Rows of all documents, deleted ones counted.
  public long rows() {
    return rows;
  }

  /// Whether the segment holds enough rows for a graph and has none yet.
  public boolean waitsForGraph() {
    return rowSegment == null && graphThreshold > 0 && rows >= graphThreshold;
  }

  /// Present where there is a graph.
  public Optional<RowSegment> rowSegment() {
    return Optional.ofNullable(rowSegment);
  }
}
