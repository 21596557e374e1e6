package io.millrace.bench.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// Curves of recall against cost as SVG: recall to the right, in steps of the share missed (0.9,
/// 0.97, 0.99, …); CPU time upwards, both logarithmic. Lower right is better.
final class CurvePicture {
  private static final int WIDTH = 820;
  private static final int HEIGHT = 480;
  private static final int LEFT = 70;
  private static final int RIGHT = 180;
  private static final int TOP = 50;
  private static final int BOTTOM = 60;
  private static final double LEAST_RECALL = 0.85;
  private static final double MOST_RECALL = 0.999;
  private static final double[] RECALL_TICKS = {0.85, 0.9, 0.95, 0.97, 0.98, 0.99, 0.995, 0.999};
  private static final double[] MICRO_TICKS = {10, 20, 50, 100, 200, 500, 1000, 2000, 5000};

  /// Okabe and Ito's colours, which stay apart for colour-blind readers.
  private static final List<String> COLOURS =
      List.of(
          "#D55E00", "#E69F00", "#0072B2", "#56B4E9", "#009E73", "#CC79A7", "#000000", "#8B8B00");

  private CurvePicture() {}

  static String svg(String title, Map<String, Curve> curves) {
    double least = Double.MAX_VALUE;
    double most = 0;
    for (Curve curve : curves.values()) {
      for (Curve.Knot knot : shown(curve)) {
        least = Math.min(least, knot.median());
        most = Math.max(most, knot.median());
      }
    }
    Scale micros = new Scale(Math.log(least * 0.8), Math.log(most * 1.2), HEIGHT - BOTTOM, TOP);
    StringBuilder svg = new StringBuilder();
    add(
        svg,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" font-family=\"sans-serif\""
            + " font-size=\"13\">%n<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>%n"
            + "<text x=\"%d\" y=\"28\" font-size=\"17\">%s</text>%n",
        WIDTH,
        HEIGHT,
        LEFT,
        title);
    for (double tick : RECALL_TICKS) {
      double x = x(tick);
      add(
          svg,
          "<line x1=\"%.1f\" y1=\"%d\" x2=\"%.1f\" y2=\"%d\" stroke=\"#ddd\"/>"
              + "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%s</text>%n",
          x,
          TOP,
          x,
          HEIGHT - BOTTOM,
          x,
          HEIGHT - BOTTOM + 20,
          tick);
    }
    for (double tick : MICRO_TICKS) {
      if (tick >= least * 0.8 && tick <= most * 1.2) {
        double y = micros.at(Math.log(tick));
        add(
            svg,
            "<line x1=\"%d\" y1=\"%.1f\" x2=\"%d\" y2=\"%.1f\" stroke=\"#ddd\"/>"
                + "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%.0f</text>%n",
            LEFT,
            y,
            WIDTH - RIGHT,
            y,
            LEFT - 8,
            y + 4,
            tick);
      }
    }
    add(
        svg,
        "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\">recall@10</text><text x=\"18\" y=\"%d\""
            + " text-anchor=\"middle\" transform=\"rotate(-90 18 %d)\">CPU µs per query</text>%n",
        (LEFT + WIDTH - RIGHT) / 2,
        HEIGHT - 14,
        HEIGHT / 2,
        HEIGHT / 2);
    int place = 0;
    for (Map.Entry<String, Curve> curve : curves.entrySet()) {
      String colour = COLOURS.get(place % COLOURS.size());
      List<String> at = new ArrayList<>();
      for (Curve.Knot knot : shown(curve.getValue())) {
        at.add(
            String.format(
                Locale.ROOT, "%.1f,%.1f", x(knot.recall()), micros.at(Math.log(knot.median()))));
      }
      add(
          svg,
          "<polyline points=\"%s\" fill=\"none\" stroke=\"%s\" stroke-width=\"%s\"/>%n",
          String.join(" ", at),
          colour,
          curve.getKey().startsWith("millrace") ? "3" : "1.8");
      int y = TOP + 14 + 22 * place;
      add(
          svg,
          "<line x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\" stroke=\"%s\" stroke-width=\"3\"/>"
              + "<text x=\"%d\" y=\"%d\">%s</text>%n",
          WIDTH - RIGHT + 16,
          y - 4,
          WIDTH - RIGHT + 40,
          y - 4,
          colour,
          WIDTH - RIGHT + 46,
          y,
          curve.getKey());
      place++;
    }
    return svg.append("</svg>\n").toString();
  }

  /// Points within the picture.
  private static List<Curve.Knot> shown(Curve curve) {
    return curve.knots().stream()
        .filter(knot -> knot.recall() >= LEAST_RECALL && knot.recall() <= MOST_RECALL)
        .toList();
  }

  private static double x(double recall) {
    return new Scale(
            -Math.log(1 - LEAST_RECALL), -Math.log(1 - MOST_RECALL), LEFT, (double) WIDTH - RIGHT)
        .at(-Math.log(1 - recall));
  }

  private static void add(StringBuilder svg, String format, Object... values) {
    svg.append(String.format(Locale.ROOT, format, values));
  }

  private record Scale(double from, double to, double start, double end) {
    double at(double value) {
      return start + (value - from) / (to - from) * (end - start);
    }
  }
}
