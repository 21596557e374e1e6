package io.millrace.bench;

/// Points and vectors as the text of requests and records.
public final class Points {
  private Points() {}

  /// Appends a JSON list of numbers in their shortest form.
  public static void append(StringBuilder json, float[] vector) {
    char separator = '[';
    for (float component : vector) {
      json.append(separator).append(component);
      separator = ',';
    }
    json.append(']');
  }

  /// Gives points by their number, which is their id.
  public interface Source {
    float[] vector(int point);

    /// JSON.
    String payload(int point);
  }

  /// The body of an upsert of points `from` to `to`, exclusive.
  public static String upsert(Source points, int from, int to) {
    StringBuilder body = new StringBuilder("{\"points\":[");
    for (int point = from; point < to; point++) {
      body.append(point == from ? "" : ",").append("{\"id\":").append(point).append(",\"vector\":");
      append(body, points.vector(point));
      body.append(",\"payload\":").append(points.payload(point)).append('}');
    }
    return body.append("]}").toString();
  }
}
