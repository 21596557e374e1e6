package io.millrace.payload;

import io.millrace.model.Condition;
import io.millrace.model.Condition.Position;
import io.millrace.model.Filter;
import io.millrace.model.PayloadBytes;
import io.millrace.model.PayloadPath;
import io.millrace.model.PayloadPath.Step;
import io.millrace.model.PointId;
import io.millrace.model.Scalar;
import io.millrace.model.TextPattern;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.Set;
import java.util.SplittableRandom;

/// Random payloads, and filters that have a fair chance to match some of them: both draw from the
/// same small pools of keys and values, and paths follow real payloads.
public final class PayloadGenerators {
  private static final String LONG_KEY = "long".repeat(300);
  private static final String LONG_TEXT = "lorem ipsum dolor é ".repeat(15);

  static final List<String> KEYS =
      List.of("a", "b", "c", "a", "b", "c", "k v", "dé", "x\"y", "", "e.f", "[]", LONG_KEY);

  private static final List<String> NUMBERS =
      List.of(
          "0",
          "-0",
          "0.0",
          "-0.0",
          "1",
          "-1",
          "2",
          "3",
          "5",
          "5.0",
          "5e0",
          "50e-1",
          "0.1",
          "-2.5",
          "9223372036854775807",
          "9223372036854775808",
          "-9223372036854775808",
          "18446744073709551615",
          "9007199254740993",
          "1e400",
          "-1e400",
          "1e-400",
          "4.9e-324",
          "1.7976931348623157e308",
          "3.000");

  private static final List<String> TEXTS =
      List.of(
          "",
          "a",
          "ab",
          "abc",
          "A b",
          "b a",
          "é",
          "😀x",
          "x😀",
          "tab\there",
          "quote\"d",
          "back\\slash",
          "5",
          "true",
          "98a9a4b1-4ef2-46fb-8315-a97d874fe1d7",
          "98A9A4B1-4EF2-46FB-8315-A97D874FE1D7",
          "98a9a4b14ef246fb8315a97d874fe1d7",
          "the running Apples, ABC of a",
          "\u0000",
          "\u001f",
          "2024-01-31",
          "2024-02-30",
          "2023-02-29",
          "2024-02-29",
          "2024-01-31T10:00:00Z",
          "2024-01-31 10:00",
          "2024-01-31T12:00:00+02:00",
          "2024-01-31T10:00:00.123456789",
          "2024-01-31T1:00",
          "20240131",
          "1969-12-31T23:59:59.5z",
          "2024-01-31T10:00:00 Z",
          LONG_TEXT,
          LONG_TEXT + "x",
          LONG_TEXT + "y",
          "é".repeat(128),
          "é".repeat(129),
          "x" + "é".repeat(128),
          "😀".repeat(64) + "z");

  private static final List<Double> DEGREES =
      List.of(
          0.0, 10.0, 10.5, -10.0, 45.0, 89.9, -89.9, 90.0, 179.9, -179.9, 179.9, -179.9, 180.0,
          -180.0, 95.0, 200.0);

  private PayloadGenerators() {}

  static <T> T pick(SplittableRandom r, List<T> list) {
    return list.get(r.nextInt(list.size()));
  }

  public static JsonValue.Obj object(SplittableRandom r, int depth) {
    Map<String, JsonValue> members = new java.util.LinkedHashMap<>();
    int count = r.nextInt(5);
    for (int i = 0; i < count; i++) {
      members.put(pick(r, KEYS), value(r, depth));
    }
    return new JsonValue.Obj(members);
  }

  public static JsonValue value(SplittableRandom r, int depth) {
    return switch (r.nextInt(depth > 0 ? 14 : 8)) {
      case 0, 1 -> new JsonValue.Num(pick(r, NUMBERS));
      case 2, 3 -> new JsonValue.Text(pick(r, TEXTS));
      case 4 -> new JsonValue.Bool(r.nextBoolean());
      case 5 -> new JsonValue.Null();
      case 6 -> new JsonValue.Num(String.valueOf(r.nextInt(6)));
      case 7 -> geo(r);
      case 8, 9 -> object(r, depth - 1);
      case 10 -> twins(r);
      default -> {
        List<JsonValue> elements = new ArrayList<>();
        int count = r.nextInt(4);
        int style = r.nextInt(3);
        for (int i = 0; i < count; i++) {
          elements.add(
              switch (style) {
                case 0 -> object(r, depth - 1);
                case 1 -> value(r, 0);
                default -> value(r, depth - 1);
              });
        }
        yield new JsonValue.Arr(elements);
      }
    };
  }

  /// Objects with one key in an array: the shape that nested conditions and `a[].b` are made for.
  private static JsonValue twins(SplittableRandom r) {
    String key = pick(r, KEYS);
    List<JsonValue> elements = new ArrayList<>();
    for (int i = 0; i < 1 + r.nextInt(3); i++) {
      JsonValue value = value(r, 0);
      elements.add(
          new JsonValue.Obj(
              Map.of(key, r.nextBoolean() ? value : new JsonValue.Arr(List.of(value)))));
    }
    return new JsonValue.Arr(elements);
  }

  private static JsonValue geo(SplittableRandom r) {
    Map<String, JsonValue> members = new java.util.LinkedHashMap<>();
    members.put("lon", new JsonValue.Num(String.valueOf(pick(r, DEGREES))));
    if (r.nextInt(10) > 0) {
      members.put(
          "lat",
          r.nextInt(10) > 0
              ? new JsonValue.Num(String.valueOf(pick(r, DEGREES)))
              : new JsonValue.Text("10"));
    }
    return new JsonValue.Obj(members);
  }

  /// Canonical text, written without the code under test.
  public static String json(JsonValue value) {
    StringBuilder b = new StringBuilder();
    write(value, b);
    return b.toString();
  }

  public static PayloadBytes bytes(JsonValue.Obj value) {
    return PayloadBytes.of(json(value));
  }

  private static void write(JsonValue value, StringBuilder b) {
    switch (value) {
      case JsonValue.Obj(var members) -> {
        b.append('{');
        members.forEach((k, v) -> {
          if (b.charAt(b.length() - 1) != '{') {
            b.append(',');
          }
          quote(k, b);
          b.append(':');
          write(v, b);
        });
        b.append('}');
      }
      case JsonValue.Arr(var elements) -> {
        b.append('[');
        for (int i = 0; i < elements.size(); i++) {
          if (i > 0) {
            b.append(',');
          }
          write(elements.get(i), b);
        }
        b.append(']');
      }
      case JsonValue.Text(var text) -> quote(text, b);
      case JsonValue.Num(var text) -> b.append(text);
      case JsonValue.Bool(boolean v) -> b.append(v);
      case JsonValue.Null() -> b.append("null");
    }
  }

  private static void quote(String text, StringBuilder b) {
    b.append('"');
    for (char c : text.toCharArray()) {
      if (c == '"' || c == '\\') {
        b.append('\\').append(c);
      } else if (c == '\t') {
        b.append("\\t");
      } else if (c < 0x20) {
        b.append(String.format("\\u%04x", (int) c));
      } else {
        b.append(c);
      }
    }
    b.append('"');
  }

  /// Follows a payload downwards, with now and then a wrong turn.
  public static PayloadPath path(SplittableRandom r, JsonValue.Obj root) {
    List<Step> steps = new ArrayList<>();
    JsonValue here = root;
    while (true) {
      if (here instanceof JsonValue.Obj(var members)) {
        List<String> keys = new ArrayList<>(members.keySet());
        keys.removeIf(k -> k.contains("\""));
        String key = keys.isEmpty() || r.nextInt(12) == 0 ? otherKey(r) : pick(r, keys);
        steps.add(new Step.Key(key));
        here = members.getOrDefault(key, new JsonValue.Null());
      } else if (here instanceof JsonValue.Arr(var elements)) {
        int n = r.nextInt(elements.size() + 1);
        steps.add(r.nextInt(5) == 0 ? new Step.Index(n) : new Step.All());
        here = n < elements.size() ? elements.get(n) : new JsonValue.Null();
      } else {
        if (r.nextInt(15) == 0) {
          steps.add(r.nextBoolean() ? new Step.All() : new Step.Key(otherKey(r)));
        }
        return new PayloadPath(steps);
      }
      if (r.nextInt(3) == 0) {
        return new PayloadPath(steps);
      }
    }
  }

  private static String otherKey(SplittableRandom r) {
    String key = pick(r, KEYS);
    return key.contains("\"") ? "a" : key;
  }

  /// Where filters take their paths from.
  ///
  /// @param samples payloads, or elements of nested arrays
  public record Aim(List<JsonValue.Obj> samples, List<PointId> ids, List<String> vectors) {}

  public static Filter filter(SplittableRandom r, Aim aim, int depth) {
    List<Condition> must = conditions(r, aim, depth, 3);
    List<Condition> should = conditions(r, aim, depth, 3);
    List<Condition> mustNot = conditions(r, aim, depth, 2);
    Optional<Filter.MinShould> minShould = Optional.empty();
    if (r.nextInt(4) == 0) {
      List<Condition> some = new ArrayList<>(conditions(r, aim, depth, 5));
      if (!some.isEmpty() && r.nextInt(3) == 0) {
        some.add(some.getFirst());
      }
      minShould = Optional.of(new Filter.MinShould(some, 1 + r.nextInt(3)));
    }
    return new Filter(must, should, mustNot, minShould);
  }

  private static List<Condition> conditions(SplittableRandom r, Aim aim, int depth, int most) {
    List<Condition> list = new ArrayList<>();
    int count = r.nextInt(3) == 0 ? 0 : r.nextInt(most);
    for (int i = 0; i < count; i++) {
      list.add(condition(r, aim, depth));
    }
    return list;
  }

  public static Condition condition(SplittableRandom r, Aim aim, int depth) {
    JsonValue.Obj sample = aim.samples.isEmpty() ? object(r, 2) : pick(r, aim.samples);
    PayloadPath key = path(r, sample);
    if (r.nextInt(12) == 0) {
      return r.nextBoolean()
          ? new Condition.Contains(key, scalarAt(r, sample, key))
          : new Condition.Regex(
              key, new TextPattern(pick(r, List.of("", ".", "^x", "z$", "[xz]", "a|é", "ip.*m"))));
    }
    return switch (r.nextInt(depth > 0 ? 26 : 22)) {
      case 0 -> new Condition.MatchValue(key, scalar(r));
      case 1 -> new Condition.MatchValue(key, scalarAt(r, sample, key));
      case 2 -> new Condition.MatchAny(key, scalars(r, sample, key));
      case 3 -> new Condition.MatchExcept(key, scalars(r, sample, key));
      case 4 -> new Condition.MatchPrefix(key, part(r, true));
      case 5 -> new Condition.MatchText(key, part(r, false));
      case 6 ->
          new Condition.MatchTextAny(
              key, pick(r, List.of("", " ", "a zz", "zz", "x é", "ipsum\u3000q")));
      case 7 ->
          r.nextBoolean()
              ? new Condition.MatchPhrase(key, part(r, false))
              : new Condition.MatchSubstring(key, part(r, false));
      case 8, 9 -> new Condition.NumberRange(key, bound(r), bound(r), bound(r), bound(r));
      case 10 -> new Condition.DateRange(key, date(r), date(r), date(r), date(r));
      case 11 -> new Condition.ValuesCount(key, count(r), count(r), count(r), count(r));
      case 12 -> new Condition.IsEmpty(key);
      case 13 -> new Condition.IsNull(key);
      case 14 -> new Condition.FieldIsEmpty(key, r.nextBoolean());
      case 15 -> new Condition.FieldIsNull(key, r.nextBoolean());
      case 16, 17, 18 -> geo(r, sample);
      case 19 -> {
        Set<PointId> ids = new HashSet<>();
        int n = r.nextInt(8);
        for (int i = 0; i < n; i++) {
          ids.add(
              aim.ids.isEmpty() || r.nextInt(4) == 0
                  ? PointId.of(r.nextInt(50))
                  : pick(r, aim.ids));
        }
        yield new Condition.HasId(ids);
      }
      case 20 -> new Condition.HasVector(r.nextInt(4) == 0 ? "other" : pick(r, aim.vectors));
      case 21 -> {
        long total = 1 + r.nextInt(4);
        yield new Condition.Slice(total, r.nextLong(total));
      }
      case 22, 23 -> nested(r, aim, key, sample, depth);
      default -> new Condition.Clause(filter(r, aim, depth - 1));
    };
  }

  private static Condition nested(
      SplittableRandom r, Aim aim, PayloadPath key, JsonValue.Obj sample, int depth) {
    PayloadPath at = key;
    List<JsonValue.Obj> elements = elements(sample, at);
    for (int i = 0; i < 8 && elements.isEmpty() && !aim.samples.isEmpty(); i++) {
      JsonValue.Obj other = pick(r, aim.samples);
      at = path(r, other);
      elements = elements(other, at);
    }
    return new Condition.Nested(at, filter(r, new Aim(elements, aim.ids, aim.vectors), depth - 1));
  }

  private static List<JsonValue.Obj> elements(JsonValue.Obj sample, PayloadPath key) {
    List<JsonValue.Obj> found = new ArrayList<>();
    for (JsonValue v : PathEvaluator.values(sample, FilterEvaluator.elementsOf(key))) {
      if (v instanceof JsonValue.Obj o) {
        found.add(o);
      }
    }
    return found;
  }

  /// Around a position of the sample, if it has one, or around the same place beyond the date line.
  private static Condition geo(SplittableRandom r, JsonValue.Obj sample) {
    PayloadPath key = path(r, sample);
    double lat = pick(r, DEGREES);
    double lon = pick(r, DEGREES);
    for (int i = 0; i < 12; i++) {
      PayloadPath tried = path(r, sample);
      List<JsonValue> values = PathEvaluator.values(sample, tried);
      JsonValue value = values.isEmpty() ? new JsonValue.Null() : values.getFirst();
      if (value instanceof JsonValue.Arr(var elements) && !elements.isEmpty()) {
        value = elements.getFirst();
      }
      if (value instanceof JsonValue.Obj(var members)
          && members.get("lat") instanceof JsonValue.Num y
          && members.get("lon") instanceof JsonValue.Num x) {
        key = tried;
        lat = y.number();
        lon = x.number();
        break;
      }
    }
    lat = Math.clamp(lat + r.nextDouble(-2, 2), -90, 90);
    lon = Math.clamp((r.nextInt(2) == 0 ? -lon : lon) + r.nextDouble(-2, 2), -180, 180);
    return switch (r.nextInt(3)) {
      case 0 -> {
        double west = Math.clamp(lon - r.nextInt(5), -180, 180);
        double east = Math.clamp(lon + r.nextInt(5), -180, 180);
        boolean around = r.nextInt(3) == 0;
        yield new Condition.GeoBox(
            key,
            lat + r.nextInt(5),
            around ? east : west,
            lat - r.nextInt(5),
            around ? west : east);
      }
      case 1 ->
          new Condition.GeoRadius(
              key, lat, lon, r.nextInt(5) == 0 ? r.nextDouble(2.1e7) : r.nextDouble(6e5));
      default -> polygon(r, key, lat - r.nextInt(20), lon - r.nextInt(20));
    };
  }

  private static Condition polygon(SplittableRandom r, PayloadPath key, double lat, double lon) {
    double size = 1 + r.nextInt(100);
    List<Position> ring = ring(lat, lon, size);
    return new Condition.GeoPolygon(
        key,
        ring,
        r.nextBoolean() ? List.of() : List.of(ring(lat + size / 4, lon + size / 4, size / 2)));
  }

  private static List<Position> ring(double lat, double lon, double size) {
    return List.of(
        new Position(lat, lon),
        new Position(lat, lon + size),
        new Position(lat + size, lon + size / 2),
        new Position(lat, lon));
  }

  private static String part(SplittableRandom r, boolean prefix) {
    String text = pick(r, TEXTS);
    if (r.nextInt(20) == 0) {
      return "\ud83d";
    }
    if (!prefix && r.nextInt(3) == 0) {
      return text;
    }
    int from = prefix || text.isEmpty() ? 0 : r.nextInt(Math.min(text.length(), 8));
    int to = from + r.nextInt(text.length() - from + 1);
    return r.nextInt(8) == 0 ? "" : text.substring(from, to);
  }

  public static Scalar scalar(SplittableRandom r) {
    return switch (r.nextInt(3)) {
      case 0 -> new Scalar.Text(pick(r, TEXTS));
      case 1 -> new Scalar.Whole(r.nextInt(5) == 0 ? Long.MAX_VALUE : r.nextInt(6));
      default -> new Scalar.Bool(r.nextBoolean());
    };
  }

  private static Scalar scalarAt(SplittableRandom r, JsonValue.Obj sample, PayloadPath key) {
    List<JsonValue> values = PathEvaluator.values(sample, key);
    JsonValue value = values.isEmpty() ? new JsonValue.Null() : pick(r, values);
    if (value instanceof JsonValue.Arr(var elements) && !elements.isEmpty()) {
      value = pick(r, elements);
    }
    return switch (value) {
      case JsonValue.Text(var text) -> new Scalar.Text(text);
      case JsonValue.Num n when n.isWhole() -> new Scalar.Whole(n.whole());
      case JsonValue.Bool(boolean b) -> new Scalar.Bool(b);
      default -> scalar(r);
    };
  }

  private static List<Scalar> scalars(SplittableRandom r, JsonValue.Obj sample, PayloadPath key) {
    List<Scalar> list = new ArrayList<>();
    int count = r.nextInt(5);
    for (int i = 0; i < count; i++) {
      list.add(r.nextInt(3) == 0 ? scalar(r) : scalarAt(r, sample, key));
    }
    if (r.nextInt(10) == 0) {
      for (int i = 0; i < 40; i++) {
        list.add(new Scalar.Whole(i + 3));
      }
    }
    return list;
  }

  private static OptionalDouble bound(SplittableRandom r) {
    if (r.nextInt(3) > 0) {
      return OptionalDouble.empty();
    }
    double value = Double.parseDouble(pick(r, NUMBERS));
    return OptionalDouble.of(
        r.nextInt(4) == 0 ? Math.nextUp(value) : r.nextInt(4) == 0 ? Math.nextDown(value) : value);
  }

  private static OptionalLong date(SplittableRandom r) {
    return switch (r.nextInt(8)) {
      case 0 -> OptionalLong.of(1_706_695_200_000_000L); // 2024-01-31T10:00:00Z
      case 1 ->
          OptionalLong.of(1_706_695_200_000_000L + r.nextLong(-86_400_000_000L, 86_400_000_000L));
      case 2 -> OptionalLong.of(r.nextBoolean() ? Long.MIN_VALUE : Long.MAX_VALUE);
      default -> OptionalLong.empty();
    };
  }

  private static OptionalLong count(SplittableRandom r) {
    return r.nextInt(2) == 0 ? OptionalLong.empty() : OptionalLong.of(r.nextInt(4));
  }

  public static PointId id(SplittableRandom r) {
    return r.nextBoolean()
        ? PointId.of(r.nextInt(4) == 0 ? r.nextLong() : r.nextInt(200))
        : new PointId.Uuid(r.nextInt(3), r.nextLong());
  }
}
