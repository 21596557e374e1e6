package io.millrace.search.query;

import io.millrace.model.BadInput;
import io.millrace.model.query.Query;
import io.millrace.search.points.DocIds;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Joins ranked lists into one (Qdrant's behaviour, 13.4), best first, equal scores by id.
final class Fusion {
  private Fusion() {}

  /// Reciprocal ranks: Σ 1 / ((position + 1) / weight + k − 1) over the lists that hold the point.
  static List<Scored> rrf(List<List<Scored>> lists, Query.Rrf query, DocIds ids) {
    List<Float> weights = query.weights();
    if (!weights.isEmpty() && weights.size() != lists.size()) {
      throw BadInput.wrong(
          "RRF weights length ("
              + weights.size()
              + ") does not match number of prefetches ("
              + lists.size()
              + ")");
    }
    Map<Integer, Float> sums = new LinkedHashMap<>();
    for (int i = 0; i < lists.size(); i++) {
      float weight = weights.isEmpty() ? 1 : weights.get(i);
      List<Scored> list = lists.get(i);
      for (int position = 0; position < list.size(); position++) {
        sums.merge(list.get(position).doc(), share(position, weight, query.k()), Float::sum);
      }
    }
    return ranked(sums, ids);
  }

  private static float share(int position, float weight, long k) {
    return weight <= 0 ? 0 : 1 / ((position + 1) / weight + unsigned(k) - 1);
  }

  private static float unsigned(long k) {
    return k >= 0 ? k : (k >>> 1) * 2f;
  }

  /// Scores scaled to their list's distribution, mean ± 3 standard deviations, and added.
  static List<Scored> dbsf(List<List<Scored>> lists, DocIds ids) {
    Map<Integer, Float> sums = new LinkedHashMap<>();
    for (List<Scored> list : lists) {
      double mean = list.stream().mapToDouble(Scored::score).average().orElse(0);
      double squares = 0;
      for (Scored scored : list) {
        squares += (scored.score() - mean) * (scored.score() - mean);
      }
      double deviation = list.size() < 2 ? 0 : Math.sqrt(squares / (list.size() - 1));
      for (Scored scored : list) {
        double scaled =
            deviation == 0 ? 0.5 : (scored.score() - (mean - 3 * deviation)) / (6 * deviation);
        sums.merge(scored.doc(), (float) scaled, Float::sum);
      }
    }
    return ranked(sums, ids);
  }

  private static List<Scored> ranked(Map<Integer, Float> sums, DocIds ids) {
    List<Scored> list = new ArrayList<>(sums.size());
    sums.forEach((doc, score) -> list.add(new Scored(doc, score)));
    list.sort(TopScored.bestFirst(ids));
    return list;
  }
}
