package io.millrace.search.nearest;

import java.io.IOException;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.util.BitSet;
import org.jspecify.annotations.Nullable;

/// Which documents of a segment may be hits. Safe for different segments on different threads.
public interface SegmentFilter {
  /// Every live document.
  SegmentFilter ALL = leaf -> null;

  /// The matching live documents of a segment, with an exact cardinality; null = every live
  /// document.
  @Nullable BitSet matching(LeafReaderContext leaf) throws IOException;
}
