package io.millrace.bench;

import java.util.HashSet;
import java.util.List;

/// Recall at k: the share of the exact best k that an answer holds.
public final class Recall {
  /// Two float32 engines may swap points whose exact scores are this close: half an ulp of a cosine
  /// near 1 is 6e-8, and a sum of 384 products is off by some of them.
  private static final double NEAR = 1e-6;

  private Recall() {}

  /// Between 0 and 1; where fewer than k points match, their number takes the place of k. An id
  /// counts as right if it is among the best, or if its exact score equals that of the last of them
  /// within 1e-6. No id counts twice. Nothing to find is found.
  public static double of(
      Dataset dataset, ExactAnswers exact, int query, int k, List<Integer> answer) {
    List<Integer> best = exact.top(query, k);
    if (best.isEmpty()) {
      return 1;
    }
    double last = dataset.cosine(query, best.getLast());
    var right = new HashSet<Integer>();
    for (int id : answer) {
      if (best.contains(id)
          || (0 <= id
              && id < dataset.points()
              && Math.abs(dataset.cosine(query, id) - last) <= NEAR)) {
        right.add(id);
      }
    }
    return (double) Math.min(right.size(), best.size()) / best.size();
  }
}
