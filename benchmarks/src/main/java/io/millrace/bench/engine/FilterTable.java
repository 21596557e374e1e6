package io.millrace.bench.engine;

import io.millrace.search.nearest.NearestSearch;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/// Search under filters: what the cost rule chooses, each path alone, and Lucene, at one `ef`.
final class FilterTable {
  private static final double[] SHARES = {0.5, 0.2, 0.1, 0.05, 0.01, 0.001};
  private static final int WARM_PASSES = 3;

  /// A turn takes at least so long, so that a clock and cold caches count little in it.
  private static final double TURN_MICROS = 20_000;

  private final Corpus corpus;
  private final NearestIndex index;
  private final LuceneEngine lucene;
  private final int ef;
  private final int queries;
  private final int rounds;
  private final long seed;

  FilterTable(
      Corpus corpus,
      NearestIndex index,
      LuceneEngine lucene,
      int ef,
      int queries,
      int rounds,
      long seed) {
    this.corpus = corpus;
    this.index = index;
    this.lucene = lucene;
    this.ef = ef;
    this.queries = Math.min(queries, corpus.queries());
    this.rounds = rounds;
    this.seed = seed;
  }

  /// One way to search.
  ///
  /// @param micros median CPU time per query over the rounds
  /// @param full queries with as many hits as there are matches, up to ten
  record Cell(double micros, double recall, int full) {}

  record Row(String kind, double share, int queries, Cell rule, Cell walk, Cell scan, Cell lucene) {
    /// What the rule costs against the better of the two paths alone. A walk that finds less than
    /// the rule does is no alternative.
    double overBest() {
      boolean walkIsGood = walk.recall >= rule.recall - 0.01 && walk.full == queries;
      return rule.micros / (walkIsGood ? Math.min(walk.micros, scan.micros) : scan.micros);
    }
  }

  private interface Way {
    int[] ask(int query, Accepted accepted) throws IOException;
  }

  List<Row> rows() throws IOException, InterruptedException {
    NearestSearch rule = new NearestSearch();
    NearestSearch walking = NearestSearch.walking();
    NearestSearch scanning = NearestSearch.scanning();
    List<Way> ways =
        List.of(
            (q, accepted) -> index.ask(rule, q, ef, accepted.rows(q)),
            (q, accepted) -> index.ask(walking, q, ef, accepted.rows(q)),
            (q, accepted) -> index.ask(scanning, q, ef, accepted.rows(q)),
            (q, accepted) -> lucene.ask(q, ef, accepted.rows(q)));
    List<Row> rows = new ArrayList<>();
    for (double share : SHARES) {
      for (Accepted.Kind kind : Accepted.Kind.values()) {
        List<Cell> cells = measure(ways, Accepted.of(corpus, kind, share, queries, seed));
        rows.add(
            new Row(
                kind.name().toLowerCase(java.util.Locale.ROOT),
                share,
                queries,
                cells.get(0),
                cells.get(1),
                cells.get(2),
                cells.get(3)));
      }
    }
    return rows;
  }

  private List<Cell> measure(List<Way> ways, Accepted accepted)
      throws IOException, InterruptedException {
    double[][] micros = new double[ways.size()][rounds];
    int[][][] found = new int[ways.size()][][];
    int[] passes = new int[ways.size()];
    List<Integer> order = new ArrayList<>();
    for (int way = 0; way < ways.size(); way++) {
      order.add(way);
      Way warmed = ways.get(way);
      Engine.Round warm =
          ThreadedQueries.run(q -> warmed.ask(q, accepted), queries, 1, WARM_PASSES);
      passes[way] = (int) Math.ceil(TURN_MICROS / (warm.cpuMicros() * queries));
    }
    Random random = new Random(seed);
    for (int round = 0; round < rounds; round++) {
      Collections.shuffle(order, random);
      for (int way : order) {
        Way asked = ways.get(way);
        Engine.Round result =
            ThreadedQueries.run(q -> asked.ask(q, accepted), queries, 1, passes[way]);
        micros[way][round] = result.cpuMicros();
        found[way] = result.found();
      }
    }
    List<Cell> cells = new ArrayList<>();
    for (int way = 0; way < ways.size(); way++) {
      int full = 0;
      for (int q = 0; q < queries; q++) {
        int matching = accepted.rows(q).cardinality();
        full += found[way][q].length >= Math.min(Corpus.K, matching) ? 1 : 0;
      }
      cells.add(
          new Cell(
              Curve.Spread.of(micros[way]).median(), corpus.recall(found[way], accepted), full));
    }
    return cells;
  }
}
