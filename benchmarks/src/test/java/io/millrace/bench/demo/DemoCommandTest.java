package io.millrace.bench.demo;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.bench.ExactAnswers;
import io.millrace.bench.Samples;
import java.util.List;
import org.junit.jupiter.api.Test;

class DemoCommandTest {
  @Test
  void every_filter_of_the_sample_is_held_to_the_same_recall() {
    List<ExactAnswers> answers = Samples.dataset().answers();
    assertThat(answers).map(ExactAnswers::name).contains("none").hasSizeGreaterThan(1);
    for (ExactAnswers exact : answers) {
      assertThat(DemoCommand.tooLow(exact.name(), 0.97)).isEmpty();
      assertThat(DemoCommand.tooLow(exact.name(), 0.9699))
          .contains("recall with filter " + exact.name() + " is below 0.97");
    }
  }
}
