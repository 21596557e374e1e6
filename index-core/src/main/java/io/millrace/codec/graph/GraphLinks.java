package io.millrace.codec.graph;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/// The links of a finished graph, read in place; `MillraceVectorsFormat` has the layout.
///
/// A node of an upper level is known by its place in the level's list; [#down] leads to its place
/// one level lower, and on level 0 the place is the ordinal.
public final class GraphLinks {
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final MemorySegment links;
  private final int size;
  private final int m;
  private final int[] nodes;
  private final long[] bases;
  private final int entry;

  /// @param upperNodes nodes on level 1, 2, …
  /// @param entry place of the entry node in the list of the top level
  public GraphLinks(MemorySegment links, int size, int m, int[] upperNodes, int entry) {
    this.links = links;
    this.size = size;
    this.m = m;
    this.entry = entry;
    int levels = upperNodes.length + 1;
    this.nodes = new int[levels];
    this.bases = new long[levels];
    nodes[0] = size;
    long base = 8L * m * size;
    for (int level = 1; level < levels; level++) {
      nodes[level] = upperNodes[level - 1];
      bases[level] = base;
      base += nodes[level] * upperRowBytes(m);
    }
  }

  /// Bytes of a node on a level ≥ 1.
  public static long upperRowBytes(int m) {
    return 4L * (2 + 2 * m);
  }

  public int size() {
    return size;
  }

  public int m() {
    return m;
  }

  public int levels() {
    return nodes.length;
  }

  public int nodesOn(int level) {
    return nodes[level];
  }

  /// Place of the entry node in the list of the top level.
  public int entry() {
    return entry;
  }

  /// The ordinal of a node.
  public int ordinal(int level, int place) {
    return level == 0 ? place : links.get(INT, row(level, place));
  }

  /// Where the node of level ≥ 1 stands one level lower.
  public int down(int level, int place) {
    return links.get(INT, row(level, place) + 4);
  }

  /// Copies the neighbours of `ordinal` on level 0; returns their number, at most 2·m.
  public int neighbours(int ordinal, int[] into) {
    int most = 2 * m;
    long at = 4L * most * ordinal;
    MemorySegment.copy(links, INT, at, into, 0, most);
    // Unused places are at the end, and most rows are more than half full: look from there.
    int count = most;
    while (count > 0 && into[count - 1] < 0) {
      count--;
    }
    return count;
  }

  /// Reads a little of the links of `ordinal`, so that [#neighbours] finds them in the cache. The
  /// result means nothing; using it keeps the read.
  public int touch(int ordinal) {
    return links.get(INT, 8L * m * ordinal);
  }

  /// Copies the neighbours of a node of level ≥ 1 as places and as ordinals; returns their number.
  public int neighbours(int level, int place, int[] places, int[] ordinals) {
    long at = row(level, place) + 8;
    MemorySegment.copy(links, INT, at, places, 0, m);
    MemorySegment.copy(links, INT, at + 4L * m, ordinals, 0, m);
    int count = m;
    while (count > 0 && places[count - 1] < 0) {
      count--;
    }
    return count;
  }

  /// Place of `ordinal` in the list of level ≥ 1, negative if it is not there.
  int place(int level, int ordinal) {
    int low = 0;
    int high = nodes[level] - 1;
    while (low <= high) {
      int middle = (low + high) >>> 1;
      int found = ordinal(level, middle);
      if (found < ordinal) {
        low = middle + 1;
      } else if (found > ordinal) {
        high = middle - 1;
      } else {
        return middle;
      }
    }
    return -1;
  }

  private long row(int level, int place) {
    return bases[level] + place * upperRowBytes(m);
  }
}
