package io.millrace.search.points;

import io.millrace.index.PointReader;
import io.millrace.model.PointId;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.ReaderUtil;

/// Documents of a whole reader by one number, and the points they are.
public final class DocIds {
  private final List<LeafReaderContext> leaves;

  public DocIds(List<LeafReaderContext> leaves) {
    this.leaves = leaves;
  }

  /// The segment of a document.
  public LeafReaderContext leaf(int globalDoc) {
    return leaves.get(ReaderUtil.subIndex(globalDoc, leaves));
  }

  public PointId id(int globalDoc) {
    LeafReaderContext leaf = leaf(globalDoc);
    try {
      return PointReader.id(leaf.reader(), globalDoc - leaf.docBase);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// In the order of ids.
  public int compare(int globalDocA, int globalDocB) {
    return globalDocA == globalDocB ? 0 : id(globalDocA).compareTo(id(globalDocB));
  }
}
