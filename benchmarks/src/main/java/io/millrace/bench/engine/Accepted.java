package io.millrace.bench.engine;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import org.apache.lucene.util.FixedBitSet;

/// Which rows a filter accepts, query by query.
final class Accepted {
  /// How the rows accepted lie to the query.
  enum Kind {
    /// Anywhere: the filter knows nothing of vectors.
    UNCORRELATED,
    /// Nearest to a row that is near the query, as when one searches one's own category.
    CORRELATED,
    /// Farthest from such a row: a walk starts among rows that do not match.
    ANTI
  }

  /// The row that filters are centred on is the n-th nearest to the query: a relative, not the best
  /// hit.
  private static final int CENTRE_RANK = 50;

  private final String name;
  private final double share;
  private final FixedBitSet[] rows;

  private Accepted(String name, double share, FixedBitSet[] rows) {
    this.name = name;
    this.share = share;
    this.rows = rows;
  }

  static Accepted all(Corpus corpus) {
    FixedBitSet every = new FixedBitSet(corpus.points());
    every.set(0, corpus.points());
    FixedBitSet[] rows = new FixedBitSet[corpus.queries()];
    Arrays.fill(rows, every);
    return new Accepted("none", 1, rows);
  }

  /// For the first `queries` queries.
  static Accepted of(Corpus corpus, Kind kind, double share, int queries, long seed) {
    Random random = new Random(seed);
    int count = Math.max(1, (int) Math.round(share * corpus.points()));
    FixedBitSet[] rows = new FixedBitSet[queries];
    for (int q = 0; q < queries; q++) {
      float[] order =
          switch (kind) {
            case UNCORRELATED -> noise(corpus.points(), random);
            case CORRELATED -> likeness(corpus, centre(corpus, q), 1);
            case ANTI -> likeness(corpus, centre(corpus, q), -1);
          };
      rows[q] = largest(order, count);
    }
    return new Accepted(kind.name().toLowerCase(java.util.Locale.ROOT), share, rows);
  }

  String name() {
    return name;
  }

  double share() {
    return share;
  }

  FixedBitSet rows(int query) {
    return rows[query];
  }

  int queries() {
    return rows.length;
  }

  /// One byte per query and row: 1 = accepted.
  void write(Path file) throws IOException {
    try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file))) {
      for (FixedBitSet each : rows) {
        for (int row = 0; row < each.length(); row++) {
          out.write(each.get(row) ? 1 : 0);
        }
      }
    }
  }

  private static float[] noise(int length, Random random) {
    float[] noise = new float[length];
    for (int i = 0; i < length; i++) {
      noise[i] = random.nextFloat();
    }
    return noise;
  }

  private static int centre(Corpus corpus, int query) {
    return IntStream.range(0, corpus.points())
        .boxed()
        .sorted((a, b) -> Float.compare(corpus.score(query, b), corpus.score(query, a)))
        .skip(Math.min(CENTRE_RANK, corpus.points() - 1))
        .findFirst()
        .orElseThrow();
  }

  private static float[] likeness(Corpus corpus, int centre, int sign) {
    float[] middle = corpus.row(centre);
    float[] likeness = new float[corpus.points()];
    for (int r = 0; r < likeness.length; r++) {
      float[] row = corpus.row(r);
      float dot = 0;
      for (int i = 0; i < row.length; i++) {
        dot += middle[i] * row[i];
      }
      likeness[r] = sign * dot;
    }
    return likeness;
  }

  private static FixedBitSet largest(float[] values, int count) {
    float[] sorted = values.clone();
    Arrays.sort(sorted);
    float least = sorted[values.length - count];
    FixedBitSet chosen = new FixedBitSet(values.length);
    int left = count;
    for (int r = 0; r < values.length && left > 0; r++) {
      if (values[r] >= least) {
        chosen.set(r);
        left--;
      }
    }
    return chosen;
  }
}
