package io.millrace.bench.engine;

import io.millrace.search.nearest.NearestSearch;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/// Search under filters: what the cost rule chooses, each path alone, Lucene, and other engines
/// that know filters, at one `ef`.
final class FilterTable {
  private static final double[] SHARES = {0.5, 0.2, 0.1, 0.05, 0.01, 0.001};
  private static final int WARM_PASSES = 3;

  /// A turn takes at least so long, so that a clock and cold caches count little in it.
  private static final double TURN_MICROS = 20_000;

  private final Corpus corpus;
  private final NearestIndex index;
  private final LuceneEngine lucene;
  private final Map<String, Turn> others;
  private final int ef;
  private final int queries;
  private final int rounds;
  private final long seed;

  FilterTable(
      Corpus corpus,
      NearestIndex index,
      LuceneEngine lucene,
      Map<String, Turn> others,
      int ef,
      int queries,
      int rounds,
      long seed) {
    this.corpus = corpus;
    this.index = index;
    this.lucene = lucene;
    this.others = others;
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

  /// @param others by the name of the engine
  record Row(
      String kind,
      double share,
      int queries,
      Cell rule,
      Cell walk,
      Cell scan,
      Cell lucene,
      Map<String, Cell> others) {
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

  /// Asks all queries that have a filter so many times.
  interface Turn {
    Engine.Round ask(Accepted accepted, int passes) throws IOException, InterruptedException;
  }

  private Turn turn(Way way) {
    return (accepted, passes) -> ThreadedQueries.run(q -> way.ask(q, accepted), queries, 1, passes);
  }

  List<Row> rows() throws IOException, InterruptedException {
    NearestSearch rule = new NearestSearch();
    NearestSearch walking = NearestSearch.walking();
    NearestSearch scanning = NearestSearch.scanning();
    List<Turn> turns = new ArrayList<>();
    turns.add(turn((q, accepted) -> index.ask(rule, q, ef, accepted.rows(q))));
    turns.add(turn((q, accepted) -> index.ask(walking, q, ef, accepted.rows(q))));
    turns.add(turn((q, accepted) -> index.ask(scanning, q, ef, accepted.rows(q))));
    turns.add(turn((q, accepted) -> lucene.ask(q, ef, accepted.rows(q))));
    turns.addAll(others.values());
    List<Row> rows = new ArrayList<>();
    for (double share : SHARES) {
      for (Accepted.Kind kind : Accepted.Kind.values()) {
        List<Cell> cells = measure(turns, Accepted.of(corpus, kind, share, queries, seed));
        Map<String, Cell> ofOthers = new LinkedHashMap<>();
        for (String name : others.keySet()) {
          ofOthers.put(name, cells.get(4 + ofOthers.size()));
        }
        rows.add(
            new Row(
                kind.name().toLowerCase(java.util.Locale.ROOT),
                share,
                queries,
                cells.get(0),
                cells.get(1),
                cells.get(2),
                cells.get(3),
                ofOthers));
      }
    }
    return rows;
  }

  private List<Cell> measure(List<Turn> turns, Accepted accepted)
      throws IOException, InterruptedException {
    double[][] micros = new double[turns.size()][rounds];
    int[][][] found = new int[turns.size()][][];
    int[] passes = new int[turns.size()];
    List<Integer> order = new ArrayList<>();
    for (int way = 0; way < turns.size(); way++) {
      order.add(way);
      Engine.Round warm = turns.get(way).ask(accepted, WARM_PASSES);
      passes[way] = (int) Math.ceil(TURN_MICROS / (warm.cpuMicros() * queries));
    }
    Random random = new Random(seed);
    for (int round = 0; round < rounds; round++) {
      Collections.shuffle(order, random);
      for (int way : order) {
        Engine.Round result = turns.get(way).ask(accepted, passes[way]);
        micros[way][round] = result.cpuMicros();
        found[way] = result.found();
      }
    }
    List<Cell> cells = new ArrayList<>();
    for (int way = 0; way < turns.size(); way++) {
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
