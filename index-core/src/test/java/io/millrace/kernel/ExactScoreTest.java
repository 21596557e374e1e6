package io.millrace.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.model.Distance;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;

class ExactScoreTest {
  private static float score(Distance distance, float[] a, float[] b) {
    return ExactScore.score(
        distance, ExactScore.similarity(distance, a, MemorySegment.ofArray(b), 0, a.length));
  }

  @Test
  void scores_follow_the_formulas() {
    float[] a = {1, 2, 3};
    float[] b = {4, 6, 3};

    assertThat(score(Distance.DOT, a, b)).isEqualTo(25f);
    assertThat(score(Distance.EUCLID, a, b)).isEqualTo(5f);
    assertThat(score(Distance.MANHATTAN, a, b)).isEqualTo(7f);
    assertThat(score(Distance.COSINE, new float[] {0.6f, 0.8f}, new float[] {0.6f, 0.8f}))
        .isEqualTo(0.6f * 0.6f + 0.8f * 0.8f);
  }

  @Test
  void the_distance_to_itself_is_plus_zero() {
    float[] a = {1, 2, 3};

    assertThat(Float.floatToIntBits(score(Distance.EUCLID, a, a))).isZero();
    assertThat(Float.floatToIntBits(score(Distance.MANHATTAN, a, a))).isZero();
  }

  @Test
  void similarities_of_many_rows_are_those_of_each() {
    float[] query = new float[20];
    float[] rows = new float[5 * 20];
    for (int i = 0; i < rows.length; i++) {
      rows[i] = (float) Math.sin(i);
      query[i % 20] = (float) Math.cos(i);
    }
    MemorySegment segment = MemorySegment.ofArray(rows);
    int[] ordinals = {4, 0, 1, 2, 3};
    float[] out = new float[5];

    for (Distance distance : Distance.values()) {
      ExactScore.similarities(distance, query, segment, 0, 80, 20, ordinals, 5, out);
      for (int i = 0; i < 5; i++) {
        assertThat(out[i])
            .isEqualTo(ExactScore.similarity(distance, query, segment, ordinals[i] * 80L, 20));
      }
    }
  }

  @Test
  void normalising_divides_by_the_length() {
    assertThat(ExactScore.normalize(new float[] {3, 4})).containsExactly(0.6f, 0.8f);
  }

  @Test
  void zero_and_unit_vectors_stay_bit_by_bit() {
    float[] tiny = {3e-4f, 1e-4f};
    assertThat(ExactScore.normalize(tiny.clone())).containsExactly(tiny);
    assertThat(ExactScore.normalize(new float[4])).containsOnly(0f);
    float[] nearlyUnit = {1.0000004f, 0};
    assertThat(ExactScore.normalize(nearlyUnit.clone())).containsExactly(nearlyUnit);
  }

  @Test
  void just_outside_the_tolerances_vectors_are_normalised() {
    assertThat(ExactScore.normalize(new float[] {3.5e-4f, 0})).containsExactly(1f, 0f);
    assertThat(ExactScore.normalize(new float[] {1.000001f, 0})).containsExactly(1f, 0f);
  }
}
