package io.millrace.codec;

import io.millrace.codec.graph.GrowingGraph;
import io.millrace.kernel.Kernels;
import io.millrace.model.Distance;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.IntStream;
import org.apache.lucene.util.IORunnable;

/// Whether codes tell near rows apart. They keep a row's direction from the mean of the segment: of
/// rows in a narrow cluster far from it, they keep where the cluster is and little else, and a walk
/// by them would decide too few of the right rows. So some rows look for their nearest ones among
/// those around them in the graph, by codes and exactly.
final class CodeTrial {
  /// Least share of the nearest rows that codes have to find. Sentence embeddings reach 1.00. Rows
  /// in 3 or 12 clusters of 256 components, narrower or wider, that reach 0.33, 0.50, 0.71 and 0.83
  /// are found by default walks to 0.32, 0.78, 0.74 and 0.97 (`docs/performance.md`).
  static final double LEAST_FOUND = 0.8;

  private static final int QUERIES = 24;
  private static final int CANDIDATES = 256;
  private static final int NEAREST = 10;

  /// So many best by codes would be decided by exact rows.
  private static final int DECIDED = 40;

  private final GrowingGraph graph;
  private final Distance distance;
  private final CoarseRows.Encoder encoder;
  private final MillraceVectorsWriter.RowSource rows;
  private final int dimension;
  private final int[] neighbours;

  /// @param rows as estimates compare them
  CodeTrial(
      GrowingGraph graph,
      Distance distance,
      int dimension,
      CoarseRows.Encoder encoder,
      MillraceVectorsWriter.RowSource rows,
      int m) {
    this.graph = graph;
    this.distance = distance;
    this.dimension = dimension;
    this.encoder = encoder;
    this.rows = rows;
    this.neighbours = new int[2 * m];
  }

  /// The share that codes find, averaged over rows spread evenly over the segment.
  double found(IORunnable abortCheck) throws IOException {
    int queries = Math.min(QUERIES, graph.size());
    double sum = 0;
    for (int i = 0; i < queries; i++) {
      abortCheck.run();
      sum += found((int) ((long) i * graph.size() / queries));
    }
    return sum / queries;
  }

  private double found(int node) throws IOException {
    int[] candidates = around(node);
    if (candidates.length <= DECIDED) {
      return 1;
    }
    float[] query = rows.row(node).clone();
    float[] exact = new float[candidates.length];
    float[] estimates = new float[candidates.length];
    CoarseRows.Shape shape = new CoarseRows.Shape(dimension);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment region =
          arena.allocate(shape.regionBytes(candidates.length), MillraceVectorsFormat.ALIGNMENT);
      MemorySegment.copy(
          MemorySegment.ofArray(encoder.meanBytes()), 0, region, 0, shape.meanBytes());
      for (int i = 0; i < candidates.length; i++) {
        float[] row = rows.row(candidates[i]);
        exact[i] = similarity(query, row);
        byte[] codes = encoder.encode(row);
        long at = shape.meanBytes() + (long) i * shape.stride();
        MemorySegment.copy(MemorySegment.ofArray(codes), 0, region, at, shape.stride());
      }
      CoarseRows coarse = new CoarseRows(region, distance, dimension);
      int[] all = IntStream.range(0, candidates.length).toArray();
      coarse.estimates(coarse.query(query), all, all.length, estimates);
    }
    Set<Integer> decided = best(estimates, DECIDED);
    Set<Integer> nearest = best(exact, NEAREST);
    return nearest.stream().filter(decided::contains).count() / (double) nearest.size();
  }

  /// Rows that few links lead to.
  private int[] around(int node) {
    Set<Integer> seen = new HashSet<>(Set.of(node));
    int[] found = new int[CANDIDATES + 1];
    found[0] = node;
    int count = 1;
    for (int next = 0; next < count; next++) {
      int links = graph.neighbours(0, found[next], neighbours);
      for (int i = 0; i < links && count < found.length; i++) {
        if (seen.add(neighbours[i])) {
          found[count++] = neighbours[i];
        }
      }
    }
    return Arrays.copyOfRange(found, 1, count);
  }

  private float similarity(float[] query, float[] row) {
    MemorySegment other = MemorySegment.ofArray(row);
    return distance == Distance.EUCLID
        ? -Kernels.squaredEuclid(query, other, 0, dimension)
        : Kernels.dot(query, other, 0, dimension);
  }

  private static Set<Integer> best(float[] scores, int count) {
    return new HashSet<>(
        IntStream.range(0, scores.length)
            .boxed()
            .sorted(Comparator.comparingDouble((Integer i) -> -scores[i]))
            .limit(count)
            .toList());
  }
}
