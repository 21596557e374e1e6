package io.millrace.bench.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.millrace.bench.Samples;
import java.util.Comparator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class CorpusTest {
  private final Corpus corpus = Corpus.of(Samples.dataset(), 13_000, 10, 1);

  @Test
  void rows_past_the_data_set_are_near_relatives_of_length_one() {
    double dot = 0;
    double squared = 0;
    for (int i = 0; i < corpus.dimension(); i++) {
      dot += corpus.row(0)[i] * corpus.row(12_000)[i];
      squared += corpus.row(12_000)[i] * corpus.row(12_000)[i];
    }
    assertThat(squared).isCloseTo(1, within(1e-4));
    assertThat(dot).isBetween(0.8, 0.97);
  }

  @Test
  void the_exact_answer_has_recall_one_and_the_worst_none() {
    Accepted all = Accepted.all(corpus);
    int[][] best = new int[corpus.queries()][];
    int[][] worst = new int[corpus.queries()][];
    for (int q = 0; q < best.length; q++) {
      int query = q;
      int[] order =
          IntStream.range(0, corpus.points())
              .boxed()
              .sorted(Comparator.comparingDouble((Integer r) -> -corpus.score(query, r)))
              .mapToInt(r -> r)
              .toArray();
      best[q] = java.util.Arrays.copyOf(order, Corpus.K);
      worst[q] = java.util.Arrays.copyOfRange(order, order.length - Corpus.K, order.length);
    }
    assertThat(corpus.recall(best, all)).isEqualTo(1);
    assertThat(corpus.recall(worst, all)).isZero();
  }

  @Test
  void a_filter_accepts_its_share_and_lies_where_it_says() {
    double near = likeness(Accepted.Kind.CORRELATED);
    double anywhere = likeness(Accepted.Kind.UNCORRELATED);
    double far = likeness(Accepted.Kind.ANTI);

    assertThat(near).isGreaterThan(anywhere);
    assertThat(far).isLessThan(anywhere);
  }

  /// Mean score of what is accepted.
  private double likeness(Accepted.Kind kind) {
    Accepted accepted = Accepted.of(corpus, kind, 0.1, 5, 1);
    double sum = 0;
    for (int q = 0; q < 5; q++) {
      assertThat(accepted.rows(q).cardinality()).isEqualTo(1_300);
      for (int r = 0; r < corpus.points(); r++) {
        sum += accepted.rows(q).get(r) ? corpus.score(q, r) : 0;
      }
    }
    return sum;
  }
}
