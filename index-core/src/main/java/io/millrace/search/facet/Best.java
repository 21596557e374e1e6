package io.millrace.search.facet;

import io.millrace.model.FacetHit;
import io.millrace.model.Scalar;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;

/// The best hits seen so far, at most a given number of them.
final class Best {
  private static final Comparator<FacetHit> ORDER =
      Comparator.comparingLong(FacetHit::count)
          .reversed()
          .thenComparing(FacetHit::value, Best::compare);

  private final long limit;
  private final PriorityQueue<FacetHit> worstFirst = new PriorityQueue<>(ORDER.reversed());

  /// @param limit unsigned
  Best(long limit) {
    this.limit = limit;
  }

  void add(Scalar value, long count) {
    worstFirst.add(new FacetHit(value, count));
    if (Long.compareUnsigned(worstFirst.size(), limit) > 0) {
      worstFirst.poll();
    }
  }

  List<FacetHit> sorted() {
    List<FacetHit> hits = new ArrayList<>(worstFirst);
    hits.sort(ORDER);
    return hits;
  }

  private static int compare(Scalar a, Scalar b) {
    if (a instanceof Scalar.Whole(long x) && b instanceof Scalar.Whole(long y)) {
      return Long.compare(x, y);
    }
    if (a instanceof Scalar.Bool(boolean x) && b instanceof Scalar.Bool(boolean y)) {
      return Boolean.compare(x, y);
    }
    if (a instanceof Scalar.Text(var x) && b instanceof Scalar.Text(var y)) {
      return Arrays.compareUnsigned(
          x.getBytes(StandardCharsets.UTF_8), y.getBytes(StandardCharsets.UTF_8));
    }
    throw new IllegalArgumentException("values of two kinds: " + a + ", " + b);
  }
}
