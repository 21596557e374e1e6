package io.millrace.codec;

import java.util.OptionalLong;
import org.apache.lucene.index.SegmentInfo;

/// How many rows of a vector a segment holds, those of deleted documents among them: the segment's
/// attribute `millrace.rows.<field>`, so that a merge policy counts without opening files.
public final class RowCounts {
  private static final String ROWS = "millrace.rows.";

  private RowCounts() {}

  /// Empty for a field that the segment has no rows of, and for segments of before there was this.
  public static OptionalLong of(SegmentInfo segment, String field) {
    String rows = segment.getAttribute(ROWS + field);
    return rows == null ? OptionalLong.empty() : OptionalLong.of(Long.parseLong(rows));
  }

  public static void put(SegmentInfo segment, String field, long rows) {
    segment.putAttribute(ROWS + field, Long.toString(rows));
  }
}
