package io.millrace.bench.engine;

import io.millrace.bench.Dataset;
import io.millrace.kernel.Kernels;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.apache.lucene.util.FixedBitSet;

/// Rows of length 1, queries, and what an exact scan answers. All in memory.
final class Corpus {
  static final int K = 10;

  /// Length of what is added to a row of length 1 to make another: copies have a cosine of about
  /// 0.89 to their original, as near relatives have in the data set itself.
  private static final double PERTURBATION = 0.5;

  /// Two float32 engines may swap rows whose exact scores are this close.
  private static final float NEAR = 1e-6f;

  private final float[][] rows;
  private final float[][] queries;
  private final float[][] scores;

  private Corpus(float[][] rows, float[][] queries) {
    this.rows = rows;
    this.queries = queries;
    this.scores = new float[queries.length][rows.length];
    int dimension = rows[0].length;
    for (int r = 0; r < rows.length; r++) {
      MemorySegment row = MemorySegment.ofArray(rows[r]);
      for (int q = 0; q < queries.length; q++) {
        scores[q][r] = Kernels.dot(queries[q], row, 0, dimension);
      }
    }
  }

  /// The data set's first `points` rows; past its end, copies of them with a little added. Queries
  /// are drawn from those of the data set, whose kinds may take turns.
  static Corpus of(Dataset dataset, int points, int queries, long seed) {
    Random random = new Random(seed);
    float[][] rows = new float[points][];
    for (int i = 0; i < points; i++) {
      float[] row = dataset.vector(i % dataset.points());
      rows[i] = normalised(i < dataset.points() ? row : perturbed(row, random));
    }
    List<Integer> drawn = new ArrayList<>();
    for (int q = 0; q < dataset.queries(); q++) {
      drawn.add(q);
    }
    Collections.shuffle(drawn, random);
    float[][] asked = new float[Math.min(queries, drawn.size())][];
    for (int i = 0; i < asked.length; i++) {
      asked[i] = normalised(dataset.query(drawn.get(i)));
    }
    return new Corpus(rows, asked);
  }

  private static float[] perturbed(float[] row, Random random) {
    double each = PERTURBATION / Math.sqrt(row.length);
    for (int i = 0; i < row.length; i++) {
      row[i] += (float) (each * random.nextGaussian());
    }
    return row;
  }

  private static float[] normalised(float[] row) {
    double squared = 0;
    for (float x : row) {
      squared += (double) x * x;
    }
    float length = (float) Math.sqrt(squared);
    for (int i = 0; i < row.length; i++) {
      row[i] /= length;
    }
    return row;
  }

  int points() {
    return rows.length;
  }

  int dimension() {
    return rows[0].length;
  }

  int queries() {
    return queries.length;
  }

  float[] row(int row) {
    return rows[row];
  }

  float[] query(int query) {
    return queries[query];
  }

  /// Exact cosine.
  float score(int query, int row) {
    return scores[query][row];
  }

  /// Share of the ten best rows accepted that `found` holds, averaged over the queries; where fewer
  /// match, of all that match. `found[q]` belongs to query q.
  double recall(int[][] found, Accepted accepted) {
    double sum = 0;
    for (int q = 0; q < found.length; q++) {
      sum += recall(q, found[q], accepted.rows(q));
    }
    return sum / found.length;
  }

  private double recall(int query, int[] found, FixedBitSet accepted) {
    float[] all = scores[query];
    float[] best = new float[K];
    Arrays.fill(best, Float.NEGATIVE_INFINITY);
    int matching = 0;
    for (int r = 0; r < all.length; r++) {
      if (accepted.get(r)) {
        matching++;
        if (all[r] > best[0]) {
          best[0] = all[r];
          for (int i = 0; i + 1 < K && best[i] > best[i + 1]; i++) {
            float swapped = best[i];
            best[i] = best[i + 1];
            best[i + 1] = swapped;
          }
        }
      }
    }
    int there = Math.min(K, matching);
    if (there == 0) {
      return 1;
    }
    float last = best[K - there];
    Set<Integer> right = new HashSet<>();
    for (int i = 0; i < Math.min(K, found.length); i++) {
      int r = found[i];
      if (r >= 0 && r < all.length && accepted.get(r) && all[r] >= last - NEAR) {
        right.add(r);
      }
    }
    return (double) Math.min(right.size(), there) / there;
  }

  void writeRows(Path file) throws IOException {
    write(file, rows);
  }

  void writeQueries(Path file) throws IOException {
    write(file, queries);
  }

  private static void write(Path file, float[][] matrix) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(4 * matrix[0].length).order(ByteOrder.LITTLE_ENDIAN);
    try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file), 1 << 20)) {
      for (float[] row : matrix) {
        bytes.clear();
        bytes.asFloatBuffer().put(row);
        out.write(bytes.array());
      }
    }
  }
}
