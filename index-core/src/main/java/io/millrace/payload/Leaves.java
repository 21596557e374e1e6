package io.millrace.payload;

import io.millrace.model.PayloadBytes;
import io.millrace.model.PayloadPath;
import java.util.HashMap;
import java.util.Map;

/// Walks a payload once and names what an index keeps of it. A path is written as in a filter that
/// reaches the value: `.key` for members, `[]` for elements of arrays; as a condition looks at the
/// elements of an array it finds (one level), the scalars of an array appear under its own path
/// too.
public final class Leaves {

  /// What kind of value stands at a path. Every value but a scalar inside an array has one.
  public enum Shape {
    /// Neither empty nor holding null.
    ORDINARY,
    NULL,
    EMPTY_ARRAY,
    /// An array with a null among its elements.
    HOLDS_NULL
  }

  public interface Sink {
    void text(String path, String value);

    /// @param token digits with an optional minus
    void whole(String path, String token);

    void number(String path, double value);

    void bool(String path, boolean value);

    void shape(String path, Shape shape);

    /// The path leads to more than one value, counting elements of arrays.
    void several(String path);
  }

  private final Sink sink;
  private final Map<String, Integer> counts = new HashMap<>();
  private final StringBuilder path = new StringBuilder();

  private Leaves(Sink sink) {
    this.sink = sink;
  }

  public static void of(PayloadBytes payload, Sink sink) {
    if (payload.isEmptyObject()) {
      return;
    }
    Leaves walk = new Leaves(sink);
    walk.members(JsonValue.parse(payload));
    walk.counts.forEach((path, count) -> {
      if (count > 1) {
        sink.several(path);
      }
    });
  }

  private void members(JsonValue.Obj object) {
    int length = path.length();
    object
        .members()
        .forEach((name, value) -> {
          if (length > 0) {
            path.append('.');
          }
          PayloadPath.appendKey(path, name);
          value(value);
          path.setLength(length);
        });
  }

  /// The value at the current path.
  private void value(JsonValue value) {
    String at = path.toString();
    sink.shape(at, shape(value));
    if (!(value instanceof JsonValue.Arr(var items))) {
      scalar(at, value);
      count(at, 1);
      if (value instanceof JsonValue.Obj object) {
        members(object);
      }
      return;
    }
    count(at, items.size());
    int length = path.length();
    path.append("[]");
    for (JsonValue item : items) {
      scalar(at, item);
      value(item);
    }
    path.setLength(length);
  }

  private void count(String at, int values) {
    counts.merge(at, values, Integer::sum);
  }

  private void scalar(String at, JsonValue value) {
    switch (value) {
      case JsonValue.Text(String text) -> sink.text(at, text);
      case JsonValue.Num number -> {
        sink.number(at, number.asDouble());
        if (number.isWhole()) {
          sink.whole(at, number.text());
        }
      }
      case JsonValue.Bool(boolean flag) -> sink.bool(at, flag);
      case JsonValue.Null ignored -> {}
      case JsonValue.Obj ignored -> {}
      case JsonValue.Arr ignored -> {}
    }
  }

  private static Shape shape(JsonValue value) {
    return switch (value) {
      case JsonValue.Null ignored -> Shape.NULL;
      case JsonValue.Arr(var items) ->
          items.isEmpty()
              ? Shape.EMPTY_ARRAY
              : items.contains(JsonValue.Null.NULL) ? Shape.HOLDS_NULL : Shape.ORDINARY;
      default -> Shape.ORDINARY;
    };
  }
}
