package io.millrace.bench.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Map;
import org.junit.jupiter.api.Test;

class CurveTest {
  private final Curve fast = curve(10, 20, 30);
  private final Curve slow = curve(20, 50, 60);

  @Test
  void a_cost_between_two_points_lies_on_the_line_between_them() {
    assertThat(fast.costAt(0.94)).isCloseTo(15, within(1e-9));
    assertThat(fast.costAt(0.9)).isCloseTo(10, within(1e-9));
    assertThat(fast.costAt(0.5)).isCloseTo(10, within(1e-9));
  }

  @Test
  void a_recall_that_is_not_reached_has_no_cost() {
    assertThat(fast.costAt(0.999)).isNaN();
    assertThat(fast.ratioTo(slow, 0.999).median()).isNaN();
  }

  @Test
  void a_ratio_compares_rounds_with_each_other() {
    assertThat(fast.ratioTo(slow, 0.9).median()).isCloseTo(2, within(1e-9));
    fast.add(1, 0, 40); // a noisy second round for this one
    fast.add(2, 0, 80);
    fast.add(3, 0, 120);
    slow.add(1, 0, 80);
    slow.add(2, 0, 200);
    slow.add(3, 0, 240);
    Curve.Spread ratio = fast.ratioTo(slow, 0.9);

    assertThat(ratio.least()).isCloseTo(2, within(1e-9));
    assertThat(ratio.most()).isCloseTo(2, within(1e-9));
  }

  @Test
  void a_picture_names_every_engine() {
    assertThat(CurvePicture.svg("title", Map.of("fast", fast, "slow", slow)))
        .startsWith("<svg")
        .endsWith("</svg>\n")
        .contains(">fast</text>")
        .contains(">slow</text>");
  }

  private static Curve curve(double... micros) {
    Curve curve = new Curve();
    double[] recalls = {0.90, 0.98, 0.99};
    curve.add(1, recalls[0], micros[0]);
    curve.add(2, recalls[1], micros[1]);
    curve.add(3, recalls[2], micros[2]);
    return curve;
  }
}
