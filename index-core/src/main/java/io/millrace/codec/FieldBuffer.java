package io.millrace.codec;

import io.millrace.codec.graph.GraphBuilder;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.lucene.codecs.KnnFieldVectorsWriter;
import org.apache.lucene.codecs.KnnVectorsWriter;
import org.apache.lucene.index.DocsWithFieldSet;
import org.apache.lucene.index.FieldInfo;
import org.apache.lucene.index.Sorter;
import org.apache.lucene.util.RamUsageEstimator;
import org.jspecify.annotations.Nullable;

/// The vectors of one field between two flushes. Indexing thread only.
final class FieldBuffer extends KnnFieldVectorsWriter<float[]> {
  final FieldInfo field;
  private final List<float[]> rows = new ArrayList<>();
  private final DocsWithFieldSet documents = new DocsWithFieldSet();
  private int lastDoc = -1;

  FieldBuffer(FieldInfo field) {
    this.field = field;
  }

  @Override
  public void addValue(int doc, float[] vector) {
    if (doc == lastDoc) {
      throw new IllegalArgumentException(
          "field " + field.name + ": one vector per document is allowed");
    }
    rows.add(copyValue(vector));
    documents.add(doc);
    lastDoc = doc;
    GraphBuilder.rowsWritten(1);
  }

  @Override
  public float[] copyValue(float[] vector) {
    return vector.clone();
  }

  /// Rows in the order in which they are written.
  ///
  /// @param order new ordinal → row; null = as buffered
  record Sorted(DocsWithFieldSet documents, List<float[]> rows, int @Nullable [] order) {
    float[] row(int ordinal) {
      return rows.get(order == null ? ordinal : order[ordinal]);
    }
  }

  Sorted sorted(Sorter.@Nullable DocMap sortMap) throws IOException {
    if (sortMap == null) {
      return new Sorted(documents, rows, null);
    }
    int[] newToOld = new int[rows.size()];
    DocsWithFieldSet sorted = new DocsWithFieldSet();
    KnnVectorsWriter.mapOldOrdToNewOrd(documents, sortMap, null, newToOld, sorted);
    return new Sorted(sorted, rows, newToOld);
  }

  @Override
  public long ramBytesUsed() {
    long row =
        RamUsageEstimator.alignObjectSize(
            RamUsageEstimator.NUM_BYTES_ARRAY_HEADER + 4L * field.getVectorDimension());
    return rows.size() * (row + 2L * RamUsageEstimator.NUM_BYTES_OBJECT_REF)
        + documents.ramBytesUsed();
  }
}
