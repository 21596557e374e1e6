package io.millrace.search.nearest;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.search.nearest.PathChoice.Facts;
import io.millrace.search.nearest.PathChoice.Kind;
import io.millrace.search.nearest.PathChoice.Path;
import io.millrace.search.nearest.PathChoice.Steering;
import org.junit.jupiter.api.Test;

class PathChoiceTest {
  private static final int ROWS = 100_000;

  @Test
  void exact_searches_and_few_matches_scan_raw_rows() {
    assertThat(PathChoice.of(facts(ROWS, true, true), 64).kind()).isEqualTo(Kind.RAW_SCAN);
    assertThat(PathChoice.of(facts(300, true, false), 64).kind()).isEqualTo(Kind.RAW_SCAN);
    assertThat(PathChoice.of(facts(301, true, false), 64).kind()).isEqualTo(Kind.COARSE_SCAN);
  }

  @Test
  void without_a_graph_there_is_nothing_to_walk() {
    assertThat(PathChoice.of(facts(ROWS, false, false), 64).kind()).isEqualTo(Kind.COARSE_SCAN);
  }

  @Test
  void everything_is_walked_and_a_narrow_filter_scanned() {
    assertThat(PathChoice.of(facts(ROWS, true, false), 64).kind()).isEqualTo(Kind.WALK);
    assertThat(PathChoice.of(facts(ROWS / 2, true, false), 64).kind()).isEqualTo(Kind.WALK);
    assertThat(PathChoice.of(facts(ROWS / 50, true, false), 64).kind()).isEqualTo(Kind.COARSE_SCAN);
  }

  @Test
  void a_larger_ef_favours_the_scan() {
    int matching = ROWS / 4;
    assertThat(PathChoice.of(facts(matching, true, false), 16).kind()).isEqualTo(Kind.WALK);
    assertThat(PathChoice.of(facts(matching, true, false), 2_000).kind())
        .isEqualTo(Kind.COARSE_SCAN);
  }

  @Test
  void a_probe_costs_an_eighth_of_the_scan_and_then_knows_where_the_matches_lie() {
    Path path = PathChoice.of(facts(ROWS / 5, true, false), 64);

    assertThat(path.kind()).isEqualTo(Kind.WALK);
    assertThat(path.probeRows()).isEqualTo((path.walkRows() + 7) / 8);
    assertThat(path.isWorthwhile(path.probeRows(), path.probeRows())).isTrue();
    assertThat(path.isWorthwhile(path.probeRows(), 0)).isFalse();
  }

  @Test
  void a_small_segment_is_walked_where_a_large_one_was_before() {
    int rows = 1_900;
    assertThat(PathChoice.of(small(rows, false), 72).kind()).isEqualTo(Kind.COARSE_SCAN);
    assertThat(PathChoice.of(small(rows, true), 72).kind()).isEqualTo(Kind.WALK);
  }

  @Test
  void rows_are_walked_where_that_costs_less_than_max_sim_of_all_that_match() {
    assertThat(ofRows(ROWS, 9_600).kind()).isEqualTo(Kind.WALK);
    assertThat(ofRows(ROWS / 4, 9_600).kind()).isEqualTo(Kind.WALK);
    assertThat(ofRows(ROWS / 40, 0).kind()).isEqualTo(Kind.RAW_SCAN);
    assertThat(ofRows(ROWS / 10, 10_000).kind()).as("all are decided").isEqualTo(Kind.RAW_SCAN);
  }

  private static Path ofRows(int matching, double decided) {
    Facts facts = new Facts(ROWS, matching, true, Kind.RAW_SCAN, Steering.INT8, false, false);
    return PathChoice.ofRows(facts, 100, decided);
  }

  private static Facts small(int rows, boolean isBounded) {
    return new Facts(rows, rows, true, Kind.COARSE_SCAN, Steering.COARSE, false, isBounded);
  }

  private static Facts facts(int matching, boolean hasGraph, boolean exact) {
    return new Facts(ROWS, matching, hasGraph, Kind.COARSE_SCAN, Steering.COARSE, exact, false);
  }
}
