package io.millrace.api.metrics;

import io.millrace.meter.Histogram;
import java.util.List;

/// Writes the text form of Prometheus, version 0.0.4. A family without samples is left out.
public final class MetricsText {
  private static final int USUAL_CHARS = 8_192;

  private final StringBuilder text;
  private final String prefix;
  private String pending = "";

  public MetricsText() {
    this("", 0);
  }

  /// @param prefix before every name
  /// @param moreChars about as many as are written beyond what a server without collections writes,
  ///   so that a long text is not copied again and again while it grows
  public MetricsText(String prefix, int moreChars) {
    this.prefix = prefix;
    this.text = new StringBuilder(USUAL_CHARS + moreChars);
  }

  /// Starts a family; its samples follow.
  public MetricsText family(String name, String type, String help) {
    pending =
        "# HELP " + prefix + name + " " + help + "\n# TYPE " + prefix + name + " " + type + "\n";
    return this;
  }

  /// A family of one sample.
  public MetricsText single(String name, String type, String help, double value) {
    return family(name, type, help).sample(name, value);
  }

  /// @param labels names and values in turn
  public MetricsText sample(String name, double value, String... labels) {
    text.append(pending).append(prefix).append(name);
    pending = "";
    for (int i = 0; i < labels.length; i += 2) {
      text.append(i == 0 ? '{' : ',').append(labels[i]).append("=\"");
      escape(labels[i + 1]);
      text.append('"');
    }
    if (labels.length > 0) {
      text.append('}');
    }
    text.append(' ');
    number(value);
    text.append('\n');
    return this;
  }

  public MetricsText histogram(String name, Histogram.Counts counts, String... labels) {
    return histogram(
        name, counts.bounds(), counts.cumulated(), counts.count(), counts.sum(), labels);
  }

  /// @param bounds upper bounds of the classes
  /// @param cumulated how many are at most as large as each bound
  public MetricsText histogram(
      String name,
      List<Double> bounds,
      List<Long> cumulated,
      long count,
      double sum,
      String... labels) {
    String[] withBound = java.util.Arrays.copyOf(labels, labels.length + 2);
    withBound[labels.length] = "le";
    for (int i = 0; i < bounds.size(); i++) {
      double bound = bounds.get(i);
      withBound[labels.length + 1] =
          bound == Math.rint(bound) ? Long.toString((long) bound) : Double.toString(bound);
      sample(name + "_bucket", cumulated.get(i), withBound);
    }
    withBound[labels.length + 1] = "+Inf";
    sample(name + "_bucket", count, withBound);
    sample(name + "_sum", sum, labels);
    return sample(name + "_count", count, labels);
  }

  private void number(double value) {
    if (value == Math.rint(value) && Math.abs(value) < 1e15) {
      text.append((long) value);
    } else {
      text.append(value);
    }
  }

  private void escape(String value) {
    if (value.indexOf('\\') < 0 && value.indexOf('"') < 0 && value.indexOf('\n') < 0) {
      text.append(value); // almost every label
      return;
    }
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      switch (c) {
        case '\\' -> text.append("\\\\");
        case '"' -> text.append("\\\"");
        case '\n' -> text.append("\\n");
        default -> text.append(c);
      }
    }
  }

  @Override
  public String toString() {
    return text.toString();
  }
}
