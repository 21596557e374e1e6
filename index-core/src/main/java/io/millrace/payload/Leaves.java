package io.millrace.payload;

import io.millrace.model.PayloadBytes;
import io.millrace.model.PointId;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.OptionalLong;

/// Walks a payload once and tells a [Sink] everything that the automatic index keeps. A value in an
/// array counts under the path of the array (conditions look one level into arrays) and under that
/// path with `[]`.
///
/// ```
/// {"a": [1, {"k": "x"}], "b": null}
///
/// a       kind ARRAY, two elements, several, whole 1, number 1
/// a[]     kind SINGLE twice, several, whole 1, number 1
/// a[].k   kind SINGLE, several, text x
/// b       kind NULL
/// ```
///
/// One thread per instance.
public final class Leaves {

  /// What kind of value stands at a path.
  public enum Kind {
    NULL,
    /// A scalar or an object.
    SINGLE,
    EMPTY_ARRAY,
    /// An array without null.
    ARRAY,
    /// An array with null and something else.
    ARRAY_WITH_NULL,
    ARRAY_OF_NULLS
  }

  public interface Sink {
    void kind(LeafPath path, Kind kind);

    /// More than one value or element may be found at the path.
    void several(LeafPath path);

    /// A non-empty array of that length stands at the path.
    void length(LeafPath path, int elements);

    /// The text as UTF-8 in `bytes[from, to)`; not to be kept.
    void text(LeafPath path, byte[] bytes, int from, int to);

    /// An integer token in decimal ASCII; comes beside [#number].
    void whole(LeafPath path, byte[] bytes, int from, int to);

    void number(LeafPath path, double value);

    /// A number with an integral value that is no integer token, as `5.0`; comes beside [#number].
    void integral(LeafPath path, long value);

    /// A string that spells a UUID in another than the canonical form; comes beside [#text].
    void uuid(LeafPath path, PointId value);

    void bool(LeafPath path, boolean value);

    /// A string that reads as a date; comes beside [#text].
    void date(LeafPath path, long epochMicros);
  }

  private static final LeafPath[] NO_PATHS = {};

  private final LeafPath root = LeafPath.root();
  private final Sink sink;
  private byte[] json = {};

  public Leaves(Sink sink) {
    this.sink = sink;
  }

  public void walk(PayloadBytes payload) {
    json = payload.utf8();
    members(0, root, false);
    json = new byte[0];
  }

  /// Goes through the object at `start`; returns the byte offset behind it.
  private int members(int start, LeafPath path, boolean several) {
    int at = start + 1;
    while (json[at] != '}') {
      int keyFrom = json[at] == ',' ? at + 1 : at;
      int keyTo = JsonScan.stringEnd(json, keyFrom);
      String key = JsonScan.string(json, keyFrom, keyTo);
      at =
          LeafPath.isIndexed(key)
              ? value(keyTo + 1, path.child(key), several)
              : JsonScan.end(json, keyTo + 1);
    }
    return at + 1;
  }

  /// The value at byte offset `at` stands at `path`, maybe beside others.
  private int value(int at, LeafPath path, boolean several) {
    if (json[at] == '[') {
      return array(at, path, several);
    }
    sink.kind(path, json[at] == 'n' ? Kind.NULL : Kind.SINGLE);
    if (several) {
      sink.several(path);
    }
    return json[at] == '{' ? members(at, path, several) : scalar(at, path, NO_PATHS);
  }

  private int array(int start, LeafPath path, boolean several) {
    if (json[start + 1] == ']') {
      sink.kind(path, Kind.EMPTY_ARRAY);
      return start + 2;
    }
    LeafPath inside = path.elements();
    LeafPath[] above = {path};
    int elements = 0;
    int nulls = 0;
    int at = start + 1;
    while (json[at] != ']') {
      int from = json[at] == ',' ? at + 1 : at;
      elements++;
      switch (json[from]) {
        case '[', '{' -> at = value(from, inside, true);
        default -> {
          boolean isNull = json[from] == 'n';
          nulls += isNull ? 1 : 0;
          sink.kind(inside, isNull ? Kind.NULL : Kind.SINGLE);
          at = scalar(from, inside, above);
        }
      }
    }
    sink.several(inside);
    if (several || elements - nulls > 1) {
      sink.several(path);
    }
    sink.length(path, elements);
    sink.kind(
        path,
        nulls == 0 ? Kind.ARRAY : nulls == elements ? Kind.ARRAY_OF_NULLS : Kind.ARRAY_WITH_NULL);
    return at + 1;
  }

  /// Reports the scalar at `from` under `path` and under those in `also`.
  private int scalar(int from, LeafPath path, LeafPath[] also) {
    int to = JsonScan.end(json, from);
    switch (json[from]) {
      case 'n' -> {}
      case 't', 'f' -> {
        boolean value = json[from] == 't';
        sink.bool(path, value);
        for (LeafPath p : also) {
          sink.bool(p, value);
        }
      }
      case '"' -> text(from, to, path, also);
      default -> number(from, to, path, also);
    }
    return to;
  }

  private void text(int from, int to, LeafPath path, LeafPath[] also) {
    byte[] bytes = json;
    int textFrom = from + 1;
    int textTo = to - 1;
    if (JsonScan.hasEscape(json, from, to)) {
      bytes = JsonScan.string(json, from, to).getBytes(StandardCharsets.UTF_8);
      textFrom = 0;
      textTo = bytes.length;
    }
    sink.text(path, bytes, textFrom, textTo);
    for (LeafPath p : also) {
      sink.text(p, bytes, textFrom, textTo);
    }
    int length = textTo - textFrom;
    if (length == 32 || length == 36 || length == 38 || length == 45) {
      uuid(new String(bytes, textFrom, length, StandardCharsets.UTF_8), path, also);
    }
    if (looksLikeDate(bytes, textFrom, textTo)) {
      String text = new String(bytes, textFrom, textTo - textFrom, StandardCharsets.UTF_8);
      OptionalLong micros = DateTimes.parse(text);
      if (micros.isPresent()) {
        sink.date(path, micros.getAsLong());
        for (LeafPath p : also) {
          sink.date(p, micros.getAsLong());
        }
      }
    }
  }

  private void uuid(String text, LeafPath path, LeafPath[] also) {
    Optional<PointId> id = PointId.parseUuid(text);
    if (id.isPresent() && !id.get().toString().equals(text)) {
      sink.uuid(path, id.get());
      for (LeafPath p : also) {
        sink.uuid(p, id.get());
      }
    }
  }

  /// Whether a year and a dash come first, behind blanks of ASCII or anything beyond it.
  private static boolean looksLikeDate(byte[] bytes, int from, int to) {
    int at = from;
    while (at < to && bytes[at] <= ' ') {
      at++;
    }
    int year = at;
    while (at < to && bytes[at] >= '0' && bytes[at] <= '9') {
      at++;
    }
    return at > year && at - year <= 4 && at < to && bytes[at] == '-';
  }

  private void number(int from, int to, LeafPath path, LeafPath[] also) {
    String text = new String(json, from, to - from, StandardCharsets.ISO_8859_1);
    double value = Double.parseDouble(text);
    boolean whole = Numbers.isWhole(text);
    for (int i = -1; i < also.length; i++) {
      LeafPath p = i < 0 ? path : also[i];
      if (whole) {
        sink.whole(p, json, from, to);
      } else if (Equality.isIntegral(value)) {
        sink.integral(p, (long) value);
      }
      sink.number(p, value);
    }
  }
}
