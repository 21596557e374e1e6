package io.millrace.search.query;

import io.millrace.search.points.DocIds;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;

/// The best of many scores: larger first, equal ones by id. Keeps no more than `limit`.
final class TopScored {
  private final int limit;
  private final Comparator<Scored> bestFirst;
  private final PriorityQueue<Scored> worstFirst;

  TopScored(int limit, DocIds ids) {
    this.limit = limit;
    this.bestFirst = bestFirst(ids);
    this.worstFirst = new PriorityQueue<>(bestFirst.reversed());
  }

  static Comparator<Scored> bestFirst(DocIds ids) {
    return (a, b) -> {
      int order = Float.compare(b.score(), a.score());
      return order != 0 ? order : ids.compare(a.doc(), b.doc());
    };
  }

  void offer(int doc, float score) {
    if (worstFirst.size() < limit) {
      worstFirst.add(new Scored(doc, score));
      return;
    }
    Scored worst = worstFirst.peek();
    if (worst == null || score < worst.score()) {
      return;
    }
    Scored offered = new Scored(doc, score);
    if (bestFirst.compare(offered, worst) < 0) {
      worstFirst.poll();
      worstFirst.add(offered);
    }
  }

  List<Scored> bestFirst() {
    List<Scored> list = new ArrayList<>(worstFirst);
    list.sort(bestFirst);
    return list;
  }
}
