package io.millrace.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class RecallTest {
  private final Dataset sample = Samples.dataset();
  private final ExactAnswers none = sample.answers().getFirst();
  private final List<Integer> best = none.top(0, 10);

  @Test
  void the_exact_answer_is_complete_in_any_order() {
    assertThat(recall(none, best)).isEqualTo(1);
    assertThat(recall(none, best.reversed())).isEqualTo(1);
  }

  @Test
  void nothing_found_is_nothing() {
    assertThat(recall(none, List.of())).isZero();
  }

  @Test
  void each_missing_hit_costs_its_share() {
    assertThat(recall(none, best.subList(0, 7))).isCloseTo(0.7, within(1e-9));
  }

  @Test
  void a_hit_does_not_count_twice() {
    assertThat(recall(none, List.of(best.get(0), best.get(0), best.get(0))))
        .isCloseTo(0.1, within(1e-9));
  }

  @Test
  void wrong_and_unknown_ids_do_not_count() {
    var answer = new ArrayList<>(best.subList(0, 8));
    answer.add(worst());
    answer.add(sample.points() + 5);

    assertThat(recall(none, answer)).isCloseTo(0.8, within(1e-9));
  }

  /// A point that the filter refuses is no right answer, however near it is.
  @Test
  void a_better_point_that_the_filter_refuses_does_not_count() {
    ExactAnswers far = named("far-1");

    assertThat(recall(far, best)).isZero();
  }

  @Test
  void fewer_matching_points_than_k_can_be_complete() {
    ExactAnswers own = named("own-0.1");
    int query = 0;
    while (own.top(query, 10).size() == 10) {
      query++;
    }
    List<Integer> all = own.top(query, 10);

    assertThat(Recall.of(sample, own, query, 10, all)).isEqualTo(1);
    assertThat(Recall.of(sample, own, query, 10, all.subList(1, all.size()))).isLessThan(1);
  }

  private double recall(ExactAnswers exact, List<Integer> answer) {
    return Recall.of(sample, exact, 0, 10, answer);
  }

  private ExactAnswers named(String name) {
    return sample.answers().stream().filter(a -> a.name().equals(name)).findFirst().orElseThrow();
  }

  private int worst() {
    int worst = 0;
    for (int point = 0; point < sample.points(); point++) {
      if (sample.cosine(0, point) < sample.cosine(0, worst)) {
        worst = point;
      }
    }
    return worst;
  }
}
