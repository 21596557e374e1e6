package io.millrace.search.nearest;

import io.millrace.codec.graph.GraphLinks;
import java.util.Arrays;
import java.util.List;

/// The search in a graph (Malkov and Yashunin, Efficient and robust approximate nearest neighbor
/// search using HNSW, algorithms 2 and 5): down the upper levels to the nearest node, then outward
/// on level 0 with the best `ef` candidates.
///
/// Where every row may be a hit, candidates and results are one sorted list: the walk ends when all
/// of its `ef` entries were expanded. Under a filter the walk goes through rows that do not match,
/// so the frontier is a heap of its own and ends when its best falls behind the worst of `ef`
/// matching rows.
///
/// Results are left in the scratch's pool, best first. All neighbours of a node are scored in one
/// call.
final class GraphWalk {
  /// The walk has scored more rows than it may.
  static final int DROPPED = -1;

  private static final int EXPANSIONS_BETWEEN_CHECKS = 16;

  private static final int LEAST_EXPANSIONS = 16;

  private final GraphLinks graph;
  private final RowScorer scorer;
  private final List<RowScorer> guides;
  private final Scratch scratch;
  private final Cancellation cancellation;
  private long scored;

  GraphWalk(GraphLinks graph, RowScorer scorer, Scratch scratch, Cancellation cancellation) {
    this.graph = graph;
    this.scorer = scorer;
    this.guides = scorer.guides();
    this.scratch = scratch;
    this.cancellation = cancellation;
    scratch.ensureBlock(2 * graph.m());
    scratch.clearVisited(graph.size());
  }

  /// Nodes a walk expands whatever the bound: before it has come near the query, all it knows lies
  /// behind it. Tried: 8 at least instead of 16, and an end once some expansions in a row found
  /// none of the best few. Both lose so much recall that equal recall costs more
  /// (docs/performance.md).
  private static int leastExpansions(int ef) {
    return Math.max(LEAST_EXPANSIONS, ef / 4);
  }

  /// Rows scored so far.
  long scored() {
    return scored;
  }

  /// Walks with every row a possible hit; returns how many results there are, or [#DROPPED].
  ///
  /// @param wanted results the walk goes on for whatever the bound
  /// @param bound an entry of the pool of other segments: once enough nodes were expanded,
  ///   candidates behind it are not
  int all(int ef, int wanted, long bound, long mostRows) {
    int least = Math.max(leastExpansions(ef), wanted);
    scratch.ensurePool(ef + 1);
    long[] pool = scratch.pool;
    long[] batch = scratch.batch;
    int size = starts(ef);
    int next = 0;
    int expansions = 0;
    while (next < size && (pool[next] >= bound || expansions < least)) {
      if (++expansions % EXPANSIONS_BETWEEN_CHECKS == 0) {
        cancellation.check();
      }
      if (next + 1 < size) { // the next one, unless a better is found now
        scratch.touched += graph.touch(Ranked.ordinal(pool[next + 1]));
      }
      int fresh = scoreUnvisited(Ranked.ordinal(pool[next]));
      pool[next] |= Ranked.EXPANDED;
      if (scored > mostRows) {
        return DROPPED;
      }
      int better = better(fresh, size == ef ? pool[size - 1] : Long.MIN_VALUE);
      int first = next + 1;
      for (int i = 0; i < better; i++) {
        long candidate = batch[i];
        if (size == ef && candidate < pool[size - 1]) {
          continue;
        }
        int at = place(pool, size, candidate);
        if (size < ef) {
          size++;
        }
        System.arraycopy(pool, at, pool, at + 1, size - 1 - at);
        pool[at] = candidate;
        first = Math.min(first, at);
      }
      next = first;
      while (next < size && (pool[next] & Ranked.EXPANDED) != 0) {
        next++;
      }
    }
    return size;
  }

  /// Leaves those of the scored rows that are better than `worst` in the scratch's batch; returns
  /// their number. Without a branch per row, which no processor would guess.
  private int better(int fresh, long worst) {
    int[] ordinals = scratch.ordinals;
    float[] scores = scratch.scores;
    long[] batch = scratch.batch;
    int better = 0;
    for (int i = 0; i < fresh; i++) {
      long candidate = Ranked.of(scores[i], ordinals[i]);
      batch[better] = candidate;
      better += candidate > worst ? 1 : 0;
    }
    return better;
  }

  /// Walks with only matching rows as hits; returns how many results there are, or [#DROPPED].
  int matching(int ef, int wanted, long bound, Matching matching, PathChoice.Path path) {
    long matched = 0;
    scratch.ensurePool(ef + 1);
    long[] pool = scratch.pool;
    LongHeap frontier = scratch.heap;
    frontier.clear();
    int starts = starts(ef);
    int size = 0;
    for (int i = 0; i < starts; i++) {
      long start = pool[i];
      // The heap has its smallest on top, so complements make it give the best candidate.
      frontier.push(~start);
      if (matching.accepts(Ranked.ordinal(start))) {
        pool[size++] = start;
      }
    }
    long descended = scored;
    long probed = descended + Math.min(path.probeRows(), Long.MAX_VALUE - descended);
    int least = leastExpansions(ef);
    int expansions = 0;
    while (frontier.size() > 0) {
      long best = ~frontier.pop();
      if (size == ef && best < pool[size - 1]
          || best < bound && expansions >= least && size >= wanted) {
        break;
      }
      if (++expansions % EXPANSIONS_BETWEEN_CHECKS == 0) {
        cancellation.check();
      }
      int fresh = scoreUnvisited(Ranked.ordinal(best));
      if (scored > path.walkRows()) {
        return DROPPED;
      }
      if (probed > 0) {
        for (int i = 0; i < fresh; i++) {
          matched += matching.accepts(scratch.ordinals[i]) ? 1 : 0;
        }
        if (scored >= probed) {
          if (!path.isWorthwhile(scored - descended, matched)) {
            return DROPPED;
          }
          probed = 0;
        }
      }
      for (int i = 0; i < fresh; i++) {
        int ordinal = scratch.ordinals[i];
        long candidate = Ranked.of(scratch.scores[i], ordinal);
        if (size == ef && candidate < pool[size - 1]) {
          continue;
        }
        frontier.push(~candidate);
        if (matching.accepts(ordinal)) {
          int at = place(pool, size, candidate);
          if (size < ef) {
            size++;
          }
          System.arraycopy(pool, at, pool, at + 1, size - 1 - at);
          pool[at] = candidate;
        }
      }
    }
    return size;
  }

  /// Leaves the nodes of level 0 that the guides lead to in the pool, best first, visited; returns
  /// their number.
  private int starts(int ef) {
    long[] pool = scratch.pool;
    int[] found = new int[Math.min(Math.min(guides.size(), ef), Scratch.BLOCK)];
    int count = 0;
    for (RowScorer guide : guides.subList(0, found.length)) {
      long end = descend(guide);
      if (scratch.visit(Ranked.ordinal(end))) {
        found[count] = Ranked.ordinal(end);
        pool[count++] = end;
      }
    }
    if (guides.getFirst() != scorer) {
      scorer.score(found, count, scratch.scores);
      scored += count;
      for (int i = 0; i < count; i++) {
        pool[i] = Ranked.of(scratch.scores[i], found[i]);
      }
    }
    Arrays.sort(pool, 0, count);
    for (int i = 0, j = count - 1; i < j; i++, j--) {
      long worse = pool[i];
      pool[i] = pool[j];
      pool[j] = worse;
    }
    return count;
  }

  /// The nearest node a greedy walk down the upper levels finds, as an ordinal of level 0.
  private long descend(RowScorer scorer) {
    int[] ordinals = scratch.ordinals;
    int level = graph.levels() - 1;
    int place = graph.entry();
    ordinals[0] = graph.ordinal(level, place);
    int ordinal = ordinals[0];
    scorer.score(ordinals, 1, scratch.scores);
    scored++;
    float best = scratch.scores[0];
    for (; level > 0; level--) {
      boolean closer = true;
      while (closer) {
        closer = false;
        int count = graph.neighbours(level, place, scratch.places, ordinals);
        scorer.score(ordinals, count, scratch.scores);
        scored += count;
        for (int i = 0; i < count; i++) {
          if (scratch.scores[i] > best) {
            best = scratch.scores[i];
            place = scratch.places[i];
            ordinal = ordinals[i];
            closer = true;
          }
        }
      }
      place = graph.down(level, place);
    }
    return Ranked.of(best, ordinal);
  }

  /// Leaves the neighbours not seen before and their scores in the scratch; returns their number.
  private int scoreUnvisited(int ordinal) {
    int[] ordinals = scratch.ordinals;
    int fresh = scratch.keepUnvisited(graph.neighbours(ordinal, ordinals));
    scorer.score(ordinals, fresh, scratch.scores);
    scored += fresh;
    return fresh;
  }

  /// Where `candidate` belongs in the falling order of the pool.
  private static int place(long[] pool, int size, long candidate) {
    if (size == 0) {
      return 0;
    }
    int low = 0;
    for (int left = size; left > 1; ) {
      int half = left >>> 1;
      low = pool[low + half - 1] > candidate ? low + half : low;
      left -= half;
    }
    return pool[low] > candidate ? low + 1 : low;
  }
}
