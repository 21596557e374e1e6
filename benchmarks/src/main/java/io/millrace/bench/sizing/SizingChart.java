package io.millrace.bench.sizing;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/// Three small pictures beside each other over the number of points, as SVG: dots were measured, a
/// dashed line is the formula. Readable on light and dark pages.
final class SizingChart {
  private static final int WIDTH = 250;
  private static final int HEIGHT = 180;
  private static final int LEFT = 46;
  private static final int TOP = 28;
  private static final int BOTTOM = 30;
  private static final String MEASURED = "#2a7ade";
  private static final String COMPUTED = "#d9822b";

  private SizingChart() {}

  private record Panel(
      String title, ToDoubleFunction<Size> measured, ToDoubleFunction<Size> computed) {}

  /// @param m of the graph
  static String svg(List<Size> sizes, int dimension, int m) {
    List<Panel> panels =
        List.of(
            new Panel(
                "raw rows on disk, MB",
                s -> Size.mega(s.rawBytes()),
                s -> Size.mega(Size.rawBytes(s.points(), dimension))),
            new Panel(
                "int8 rows and graph, MB",
                s -> Size.mega(s.quickBytes()),
                s -> Size.mega(Size.quickBytes(s.points(), dimension, m))),
            new Panel("CPU per search, ms", Size::searchMillis, s -> Double.NaN));
    int width = WIDTH * panels.size();
    StringBuilder svg = new StringBuilder();
    add(
        svg,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" font-family=\"sans-serif\""
            + " font-size=\"10\" fill=\"#777\">%n",
        width,
        HEIGHT);
    add(
        svg,
        "<title>Measured (dots) and computed (dashed) by number of points, %d dimensions</title>%n",
        dimension);
    for (int i = 0; i < panels.size(); i++) {
      panel(svg, panels.get(i), sizes, i * WIDTH);
    }
    return svg.append("</svg>\n").toString();
  }

  private static void panel(StringBuilder svg, Panel panel, List<Size> sizes, int x) {
    double widest = sizes.stream().mapToLong(Size::points).max().orElse(1);
    double highest = 0;
    for (Size size : sizes) {
      highest = Math.max(highest, panel.measured.applyAsDouble(size));
      double computed = panel.computed.applyAsDouble(size);
      highest = Double.isNaN(computed) ? highest : Math.max(highest, computed);
    }
    double top = highest == 0 ? 1 : highest * 1.1;
    int right = x + WIDTH - 14;
    int floor = HEIGHT - BOTTOM;
    add(svg, "<text x=\"%d\" y=\"16\" font-weight=\"bold\">%s</text>%n", x + LEFT, panel.title);
    for (int step = 0; step <= 2; step++) {
      double y = floor - step / 2.0 * (floor - TOP);
      add(
          svg,
          "<path d=\"M%d %.1fH%d\" stroke=\"#999\" stroke-opacity=\"0.4\"/>"
              + "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%s</text>%n",
          x + LEFT,
          y,
          right,
          x + LEFT - 4,
          y + 3,
          label(top * step / 2));
    }
    List<String> computed = new ArrayList<>();
    List<String> measured = new ArrayList<>();
    for (Size size : sizes) {
      double at = x + LEFT + size.points() / widest * (right - x - LEFT);
      double line = panel.computed.applyAsDouble(size);
      if (!Double.isNaN(line)) {
        computed.add(place(at, floor - line / top * (floor - TOP)));
      }
      double y = floor - panel.measured.applyAsDouble(size) / top * (floor - TOP);
      measured.add(place(at, y));
      add(svg, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"3\" fill=\"%s\"/>%n", at, y, MEASURED);
      add(
          svg,
          "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%s</text>%n",
          at,
          HEIGHT - 16,
          points(size.points()));
    }
    line(svg, computed, COMPUTED, " stroke-dasharray=\"4 3\"");
    line(svg, measured, MEASURED, "");
  }

  private static void line(StringBuilder svg, List<String> places, String colour, String dashes) {
    if (places.size() > 1) {
      add(
          svg,
          "<polyline points=\"%s\" fill=\"none\" stroke=\"%s\"%s/>%n",
          String.join(" ", places),
          colour,
          dashes);
    }
  }

  private static String place(double x, double y) {
    return String.format(Locale.ROOT, "%.1f,%.1f", x, y);
  }

  private static String label(double value) {
    return String.format(Locale.ROOT, value >= 10 || value == 0 ? "%.0f" : "%.2f", value);
  }

  private static String points(long points) {
    return points >= 1_000_000 && points % 100_000 == 0
        ? String.format(Locale.ROOT, "%.1fM", points / 1e6)
        : points >= 1_000 ? points / 1_000 + "k" : Long.toString(points);
  }

  private static void add(StringBuilder svg, String format, Object... values) {
    svg.append(String.format(Locale.ROOT, format, values));
  }
}
