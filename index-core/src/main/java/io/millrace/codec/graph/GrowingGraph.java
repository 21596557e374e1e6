package io.millrace.codec.graph;

import java.util.Arrays;
import java.util.stream.IntStream;

/// A graph while rows are added to it. Its lists of neighbours stand on the heap in few large
/// arrays, [#rowBytes] for a row. While several threads add rows, whoever changes a list holds the
/// lock of its node.
public final class GrowingGraph {
  private static final int CHUNK_INTS = 1 << 16;
  private static final int LOCKS = 1 << 12;

  /// With m = 2 a graph of all rows that there can be has no more levels.
  private static final int MAX_LEVEL = 30;

  /// Of a row, at most: its share of the lists above level 0 (m = 2), its number in a graph that is
  /// merged.
  private static final long BYTES_ABOVE = 24;

  private static final long NUMBER_BYTES = 8;

  private static final int[] NO_LISTS = {};

  private final int size;
  private final int m;

  /// Ints of a list on level 0: the number of neighbours, and they.
  private final int length;

  /// Rows of a chunk, as a power of 2.
  private final int shift;

  private final int[][] chunks;

  /// The lists of a node from level 1 on.
  private final int[][] upper;

  private final Object[] locks = new Object[LOCKS];
  private volatile int entry = -1;

  public GrowingGraph(int size, int m) {
    this.size = size;
    this.m = m;
    this.length = 1 + 2 * m;
    this.shift = 31 - Integer.numberOfLeadingZeros(CHUNK_INTS / length);
    int rows = 1 << shift;
    this.chunks = new int[(size + rows - 1) >>> shift][];
    for (int i = 0; i < chunks.length; i++) {
      chunks[i] = new int[length * Math.min(rows, size - (i << shift))];
    }
    this.upper = new int[size][];
    Arrays.fill(upper, NO_LISTS);
    Arrays.setAll(locks, i -> new Object());
  }

  /// Bytes of the heap for a row: its list on level 0 and its place among those that have more, its
  /// share of these, and what a merge needs to know of it.
  public static long rowBytes(int m) {
    return 4L * (2 + 2 * m) + BYTES_ABOVE + NUMBER_BYTES;
  }

  public int size() {
    return size;
  }

  public int m() {
    return m;
  }

  public int levels() {
    return entry < 0 ? 1 : 1 + level(entry);
  }

  /// The node where searches begin, on the highest level; −1 while there is none.
  public int entry() {
    return entry;
  }

  /// The highest level of a node.
  public int level(int node) {
    return upper[node].length / (1 + m);
  }

  /// The nodes of a level ≥ 1, ascending.
  public int[] nodesOn(int level) {
    return IntStream.range(0, size).filter(node -> level(node) >= level).toArray();
  }

  /// Copies the neighbours of a node, at most [#most]; returns their number.
  public int neighbours(int level, int node, int[] into) {
    synchronized (lock(node)) {
      int[] lists = lists(level, node);
      int at = place(level, node);
      int count = lists[at];
      System.arraycopy(lists, at + 1, into, 0, count);
      return count;
    }
  }

  /// Neighbours that a node may have on a level.
  int most(int level) {
    return level == 0 ? 2 * m : m;
  }

  /// Whether a node has neighbours on level 0.
  boolean isLinked(int node) {
    synchronized (lock(node)) {
      return lists(0, node)[place(0, node)] > 0;
    }
  }

  Object lock(int node) {
    return locks[node & LOCKS - 1];
  }

  void set(int level, int node, int[] neighbours, int count) {
    int[] lists = lists(level, node);
    int at = place(level, node);
    lists[at] = count;
    System.arraycopy(neighbours, 0, lists, at + 1, count);
  }

  /// A level for a new node: 1/m of the nodes of a level are on the next one too (Malkov and
  /// Yashunin, 2016). Drawn by the ordinal, so that a graph is the same whenever it is built.
  int drawLevel(int node) {
    long bits = (node + 1) * 0x9e3779b97f4a7c15L; // the steps of SplittableRandom
    bits = (bits ^ (bits >>> 30)) * 0xbf58476d1ce4e5b9L;
    bits = (bits ^ (bits >>> 27)) * 0x94d049bb133111ebL;
    bits ^= bits >>> 31;
    double drawn = ((bits >>> 11) + 1) * 0x1p-53;
    double scale = m == 1 ? 1 : 1 / Math.log(m);
    return (int) Math.min(MAX_LEVEL, -Math.log(drawn) * scale);
  }

  /// Puts a node on all levels up to one, before anything leads to it.
  void put(int node, int level) {
    upper[node] = level == 0 ? NO_LISTS : new int[level * (1 + m)];
  }

  /// Searches begin at `node` from now on if it is on a higher level than all others.
  synchronized void offerEntry(int node) {
    if (entry < 0 || level(node) > level(entry)) {
      entry = node;
    }
  }

  private int[] lists(int level, int node) {
    return level == 0 ? chunks[node >> shift] : upper[node];
  }

  private int place(int level, int node) {
    return level == 0 ? (node & (1 << shift) - 1) * length : (level - 1) * (1 + m);
  }
}
