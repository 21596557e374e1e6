package io.millrace.torture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class OptionsTest {
  private static Options parse(String... args) {
    return Options.parse(args);
  }

  @Test
  void a_failed_trial_can_be_repeated_with_its_seed() {
    Options options = parse("run", "--only", "R-02", "--seed", "42", "--cycles", "3");

    assertThat(options.seed()).contains(42L);
    assertThat(options.rows()).extracting(Plan.Row::id).containsExactly("R-02");
    assertThat(options.cycles().orElse(8)).isEqualTo(3);
  }

  @Test
  void the_quick_part_has_thirty_crash_cycles_over_the_three_writers() {
    List<Plan.Row> rows = parse("run").asQuick().rows();
    int crashes =
        rows.stream()
            .filter(row -> List.of("R-01", "R-02", "R-03").contains(row.id()))
            .mapToInt(Plan.Row::p)
            .sum();

    assertThat(crashes).isGreaterThanOrEqualTo(30);
    assertThat(rows.stream().mapToDouble(row -> row.p() * row.secondsPerCycle()).sum())
        .as("seconds")
        .isLessThanOrEqualTo(400);
  }

  @Test
  void what_makes_no_sense_is_refused() {
    for (List<String> wrong :
        List.of(
            List.of("run", "--tier", "Q"),
            List.of("run", "--seed"),
            List.of("run", "--seed", "x"),
            List.of("run", "--sed", "1"))) {
      assertThatThrownBy(() -> parse(wrong.toArray(String[]::new)))
          .as(wrong.toString())
          .isInstanceOf(Options.Wrong.class);
    }
    assertThatThrownBy(() -> parse("run", "--only", "R-99").rows()).hasMessageContaining("R-01");
    assertThat(Main.run(new String[] {"fly"})).isEqualTo(2);
  }
}
