package io.millrace.codec.graph;

import java.util.Arrays;
import java.util.function.IntPredicate;

/// Links rows into a graph as Malkov and Yashunin (2016) describe it in algorithms 1, 2 and 4. One
/// thread; any number of them may work on one graph.
final class Inserter {
  /// Chosen neighbours that a candidate is compared with at once.
  private static final int AT_ONCE = 4;

  private final GrowingGraph graph;
  private final int efConstruct;

  /// Compares with the row that is linked.
  private final RowComparison own;

  /// Compares with any other row.
  private final RowComparison other;

  private final Visited visited;

  /// Of the row that is linked.
  private final Beam beam = new Beam();

  /// The neighbours of one that has too many.
  private final Beam crowd = new Beam();

  // For what is done at the moment; nothing keeps a value there across a call.
  private final int[] links;
  private final float[] scores;
  private final int[] chosen;
  private final int[] kept;
  private int[] passed;
  private final int[] some = new int[AT_ONCE];
  private final float[] someScores = new float[AT_ONCE];

  Inserter(GrowingGraph graph, int efConstruct, RowComparison own, RowComparison other) {
    this.graph = graph;
    this.efConstruct = efConstruct;
    this.own = own;
    this.other = other;
    this.visited = new Visited(graph.size());
    int most = graph.most(0);
    this.links = new int[most + 1];
    this.scores = new float[most + 1];
    this.chosen = new int[most];
    this.kept = new int[most];
    this.passed = new int[Math.max(efConstruct, most + 1)];
  }

  /// Links a row on all levels that it is on. It is searched for on all of them before it is linked
  /// on the lowest first, so that nobody is led to it who cannot go on from there.
  void insert(int node) {
    int entry = graph.entry();
    if (entry == node) {
      return;
    }
    own.compareWith(node);
    int top = Math.min(graph.level(node), graph.level(entry));
    descend(entry, top);
    int[][] found = new int[top + 1][];
    for (int level = top; level >= 0; level--) {
      visited.clear();
      visited.add(node);
      beam.reopen();
      for (int i = 0; i < beam.size(); i++) {
        visited.add(beam.node(i));
      }
      search(level);
      int most = graph.most(level);
      found[level] = Arrays.copyOf(chosen, diverse(beam, most, most / 2, chosen));
    }
    for (int level = 0; level <= top; level++) {
      link(level, node, found[level], found[level].length);
    }
    graph.offerEntry(node);
  }

  /// Links a row of level 0 beginning with rows that are linked and near to it.
  void insertNear(int node, int[] near, int count, int ef) {
    own.compareWith(node);
    begin(node, near, count, Math.max(ef, count));
    search(0);
    int most = graph.most(0);
    link(0, node, chosen, diverse(beam, most, most / 2, chosen));
  }

  /// Links a row on one level with some of `candidates`, at least `least` where there are so many.
  void choose(int level, int node, int[] candidates, int count, int least) {
    own.compareWith(node);
    int most = graph.most(level);
    begin(node, candidates, count, Math.min(count, Math.max(efConstruct, 2 * most)));
    link(level, node, chosen, diverse(beam, most, least, chosen));
  }

  /// Makes a row that nothing leads to a neighbour of the nearest one that `isReached`. Not beside
  /// other threads.
  void attach(int node, IntPredicate isReached) {
    int entry = graph.entry();
    own.compareWith(node);
    descend(entry, 0);
    visited.clear();
    visited.add(node);
    for (int i = 0; i < beam.size(); i++) {
      visited.add(beam.node(i));
    }
    search(0);
    int nearest = entry;
    for (int i = beam.size() - 1; i >= 0; i--) {
      if (isReached.test(beam.node(i))) {
        nearest = beam.node(i);
      }
    }
    int most = graph.most(0);
    int count = graph.neighbours(0, nearest, links);
    if (count < most) {
      links[count++] = node;
      graph.set(0, nearest, links, count);
      return;
    }
    // Between the nearest and its last neighbour, which stays within reach that way.
    int last = links[most - 1];
    links[most - 1] = node;
    graph.set(0, nearest, links, most);
    count = graph.neighbours(0, node, links);
    if (!contains(links, count, last)) {
      count = Math.min(count, most - 1);
      links[count++] = last;
      graph.set(0, node, links, count);
    }
  }

  private static boolean contains(int[] nodes, int count, int node) {
    for (int i = 0; i < count; i++) {
      if (nodes[i] == node) {
        return true;
      }
    }
    return false;
  }

  /// The beam holds the best of `found`, each once.
  private void begin(int node, int[] found, int count, int ef) {
    visited.clear();
    visited.add(node);
    beam.reset(ef);
    for (int from = 0; from < count; from += links.length) {
      int fresh = 0;
      for (int i = from; i < Math.min(count, from + links.length); i++) {
        if (visited.add(found[i])) {
          links[fresh++] = found[i];
        }
      }
      own.scores(links, fresh, scores);
      for (int i = 0; i < fresh; i++) {
        beam.add(links[i], scores[i]);
      }
    }
  }

  /// Goes from the entry down to above `level`. The beam then begins with the nodes on the way: the
  /// last is the nearest, but may be one that nothing leads away from.
  private void descend(int entry, int level) {
    beam.reset(efConstruct);
    links[0] = entry;
    own.scores(links, 1, scores);
    int best = entry;
    float bestScore = scores[0];
    beam.add(best, bestScore);
    for (int at = graph.level(entry); at > level; at--) {
      for (int last = -1; last != best; ) {
        last = best;
        int count = graph.neighbours(at, best, links);
        own.scores(links, count, scores);
        for (int i = 0; i < count; i++) {
          if (scores[i] > bestScore) {
            bestScore = scores[i];
            best = links[i];
          }
        }
        if (best != last) {
          beam.add(best, bestScore);
        }
      }
    }
  }

  private void search(int level) {
    for (int node = beam.expand(); node >= 0; node = beam.expand()) {
      int count = graph.neighbours(level, node, links);
      int fresh = 0;
      for (int i = 0; i < count; i++) {
        if (visited.add(links[i])) {
          links[fresh++] = links[i];
        }
      }
      own.scores(links, fresh, scores);
      for (int i = 0; i < fresh; i++) {
        beam.add(links[i], scores[i]);
      }
    }
  }

  private void link(int level, int node, int[] neighbours, int count) {
    synchronized (graph.lock(node)) {
      graph.set(level, node, neighbours, count);
    }
    for (int i = 0; i < count; i++) {
      connect(level, neighbours[i], node);
    }
  }

  /// Leads from `node` to `added` too; neighbours that are too many are chosen anew.
  private void connect(int level, int node, int added) {
    int most = graph.most(level);
    synchronized (graph.lock(node)) {
      int count = graph.neighbours(level, node, links);
      if (contains(links, count, added)) {
        return;
      }
      links[count++] = added;
      if (count <= most) {
        graph.set(level, node, links, count);
        return;
      }
      other.compareWith(node);
      other.scores(links, count, scores);
      crowd.reset(count);
      for (int i = 0; i < count; i++) {
        crowd.add(links[i], scores[i]);
      }
      // Room for a few more: choosing is what an insertion costs beside its search.
      graph.set(level, node, kept, diverse(crowd, most, most - most / 8, kept));
    }
  }

  /// Of candidates, best first, those that are nearer to the row than to any chosen before, and the
  /// best others until there are `least`. With them graphs need fewer scores for the same recall
  /// than without (20,000 rows of 384 components: 0.965 instead of 0.958 for 675).
  private int diverse(Beam candidates, int most, int least, int[] into) {
    int count = 0;
    int others = 0;
    if (passed.length < candidates.size()) {
      passed = new int[candidates.size()];
    }
    for (int i = 0; i < candidates.size() && count < most; i++) {
      int candidate = candidates.node(i);
      if (isApart(candidate, candidates.score(i), into, count)) {
        into[count++] = candidate;
      } else {
        passed[others++] = candidate;
      }
    }
    for (int i = 0; i < others && count < least; i++) {
      into[count++] = passed[i];
    }
    return count;
  }

  /// Copies of the row are as near to each other as to it: after the first of them they are not
  /// apart, or they would fill the list and nothing would lead away from them.
  private boolean isApart(int candidate, float score, int[] from, int count) {
    if (count > 0) {
      other.compareWith(candidate);
    }
    boolean isTied = false;
    for (int first = 0; first < count; first += AT_ONCE) {
      int taken = Math.min(AT_ONCE, count - first);
      System.arraycopy(from, first, some, 0, taken);
      other.scores(some, taken, someScores);
      for (int i = 0; i < taken; i++) {
        if (someScores[i] > score) {
          return false;
        }
        isTied |= someScores[i] == score;
      }
    }
    return !isTied || !isCopy(candidate, score);
  }

  /// Whether a score is that of the row with itself.
  private boolean isCopy(int node, float score) {
    some[0] = node;
    other.scores(some, 1, someScores);
    return someScores[0] == score;
  }
}
