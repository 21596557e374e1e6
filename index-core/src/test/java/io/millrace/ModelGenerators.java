package io.millrace;

import io.millrace.model.CollectionConfig;
import io.millrace.model.Condition;
import io.millrace.model.Distance;
import io.millrace.model.Filter;
import io.millrace.model.Operation;
import io.millrace.model.Operation.PointVectors;
import io.millrace.model.Operation.Precondition;
import io.millrace.model.PayloadBytes;
import io.millrace.model.PayloadIndex;
import io.millrace.model.PayloadPath;
import io.millrace.model.PayloadSchema;
import io.millrace.model.Placement;
import io.millrace.model.Point;
import io.millrace.model.PointId;
import io.millrace.model.Scalar;
import io.millrace.model.Selection;
import io.millrace.model.SparseConfig;
import io.millrace.model.StreamSpan;
import io.millrace.model.TextOptions;
import io.millrace.model.TextPattern;
import io.millrace.model.VectorConfig;
import io.millrace.model.VectorDatatype;
import io.millrace.model.VectorValue;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.BiFunction;

/// Random values of the model for [Props]; `size` bounds how large and how deep. Awkward values are
/// common: ends of ranges, −0.0 and subnormals, empty lists, texts with quotes, dots, lone
/// surrogates.
public final class ModelGenerators {
  private ModelGenerators() {}

  private static final long[] LONGS = {
    0, 1, -1, Long.MAX_VALUE, Long.MIN_VALUE, (1L << 53) + 1, -(1L << 53) - 1, 255, 256
  };

  private static final double[] DOUBLES = {
    0.0,
    -0.0,
    1.0,
    Double.MAX_VALUE,
    -Double.MAX_VALUE,
    Double.MIN_VALUE,
    Double.POSITIVE_INFINITY,
    Double.NEGATIVE_INFINITY,
    9007199254740993.0,
    0.1
  };

  private static final float[] FLOATS = {
    0f, -0f, 1f, -1f, Float.MAX_VALUE, -Float.MAX_VALUE, Float.MIN_VALUE, Float.MIN_NORMAL, 0.1f
  };

  private static final String[] TEXTS = {
    "",
    "a",
    ".",
    "a.b",
    "a[]",
    " ",
    "\"",
    "\\",
    "\u0000",
    "\n",
    "é",
    "e\u0301",
    "日本",
    "😀",
    "\uD83D", // lone surrogates
    "\uDE00x",
    "x\uDE00\uD83D",
    "\uFFFF",
    "\uFEFFbom",
    "null",
    "0"
  };

  private static final String[] JSON_VALUES = {
    "null",
    "true",
    "false",
    "0",
    "-0.0",
    "9007199254740993",
    "18446744073709551615",
    "123456789012345678901234567890",
    "1e400",
    "0.1",
    "\"\"",
    "\"a\"",
    "\"\\ud83d\"",
    "\"\\u0000\"",
    "\"2024-02-29T23:59:60Z\"",
    "[]",
    "{}",
    "[null]",
    "[1,\"1\",true,null,[2]]",
    "{\"lat\":52.5,\"lon\":13.4}",
    "[{\"b\":1},{\"b\":2}]"
  };

  /// Any long; the ends of ranges are common.
  public static long anyLong(SplittableRandom r) {
    return switch (r.nextInt(3)) {
      case 0 -> LONGS[r.nextInt(LONGS.length)];
      case 1 -> r.nextInt(100);
      default -> r.nextLong();
    };
  }

  public static double anyDouble(SplittableRandom r) {
    return r.nextBoolean() ? DOUBLES[r.nextInt(DOUBLES.length)] : r.nextDouble(-1e6, 1e6);
  }

  /// Finite.
  public static float anyFloat(SplittableRandom r) {
    return r.nextInt(4) == 0 ? FLOATS[r.nextInt(FLOATS.length)] : (float) r.nextDouble(-1, 1);
  }

  public static String text(SplittableRandom r, int size) {
    if (r.nextInt(3) == 0) {
      return TEXTS[r.nextInt(TEXTS.length)];
    }
    int length = r.nextInt(Math.min(size, 40) + 1);
    StringBuilder b = new StringBuilder(length);
    for (int i = 0; i < length; i++) {
      b.append((char) ('a' + r.nextInt(26)));
    }
    return b.toString();
  }

  public static PointId pointId(SplittableRandom r) {
    return r.nextInt(3) > 0
        ? new PointId.Num(anyLong(r))
        : new PointId.Uuid(anyLong(r), anyLong(r));
  }

  public static float[] floats(SplittableRandom r, int length) {
    float[] values = new float[length];
    for (int i = 0; i < length; i++) {
      values[i] = anyFloat(r);
    }
    return values;
  }

  public static VectorValue vector(SplittableRandom r, int size) {
    return switch (r.nextInt(4)) {
      case 0 -> {
        TreeSet<Integer> indices = new TreeSet<>(Integer::compareUnsigned);
        for (int i = r.nextInt(size + 1); i > 0; i--) {
          indices.add(r.nextBoolean() ? r.nextInt() : r.nextInt(100));
        }
        int[] sorted = indices.stream().mapToInt(Integer::intValue).toArray();
        yield new VectorValue.Sparse(sorted, floats(r, sorted.length));
      }
      case 1 -> {
        int dimension = 1 + r.nextInt(size + 1);
        yield new VectorValue.Multi(dimension, floats(r, dimension * (1 + r.nextInt(4))));
      }
      default -> new VectorValue.Dense(floats(r, r.nextInt(size + 2)));
    };
  }

  public static Map<String, VectorValue> vectors(SplittableRandom r, int size) {
    Map<String, VectorValue> vectors = new HashMap<>();
    if (r.nextInt(4) > 0) {
      vectors.put("", vector(r, size));
    }
    for (int i = r.nextInt(3); i > 0; i--) {
      vectors.put(text(r, size), vector(r, size));
    }
    return vectors;
  }

  /// A JSON object without insignificant white space, a few levels deep.
  public static PayloadBytes payload(SplittableRandom r, int size) {
    return PayloadBytes.of(object(r, size, 3));
  }

  private static String object(SplittableRandom r, int size, int depth) {
    StringBuilder b = new StringBuilder("{");
    int keys = r.nextInt(Math.min(size, 6) + 1);
    for (int i = 0; i < keys; i++) {
      b.append(i == 0 ? "" : ",").append('"').append((char) ('a' + i)).append(r.nextInt(3));
      b.append("\":").append(value(r, size, depth));
    }
    return b.append('}').toString();
  }

  private static String value(SplittableRandom r, int size, int depth) {
    if (depth > 0 && r.nextInt(4) == 0) {
      return object(r, size, depth - 1);
    }
    return r.nextInt(3) == 0
        ? Long.toString(anyLong(r))
        : JSON_VALUES[r.nextInt(JSON_VALUES.length)];
  }

  public static Point point(SplittableRandom r, int size) {
    return new Point(pointId(r), vectors(r, size), payload(r, size));
  }

  public static PayloadPath path(SplittableRandom r, int size) {
    List<PayloadPath.Step> steps = new ArrayList<>();
    steps.add(new PayloadPath.Step.Key(text(r, size)));
    for (int i = r.nextInt(3); i > 0; i--) {
      steps.add(
          switch (r.nextInt(3)) {
            case 0 -> new PayloadPath.Step.Index(r.nextInt(1_000));
            case 1 -> new PayloadPath.Step.All();
            default -> new PayloadPath.Step.Key(text(r, size));
          });
    }
    return new PayloadPath(steps);
  }

  public static Scalar scalar(SplittableRandom r, int size) {
    return switch (r.nextInt(3)) {
      case 0 -> new Scalar.Text(text(r, size));
      case 1 -> new Scalar.Whole(anyLong(r));
      default -> new Scalar.Bool(r.nextBoolean());
    };
  }

  /// Every kind of condition and clause; nested less than `size` and four levels deep.
  public static Filter filter(SplittableRandom r, int size) {
    return filter(r, size, Math.min(size, 4));
  }

  private static Filter filter(SplittableRandom r, int size, int depth) {
    return new Filter(
        conditions(r, size, depth),
        conditions(r, size, depth),
        conditions(r, size, depth),
        r.nextInt(4) == 0
            ? Optional.of(new Filter.MinShould(conditions(r, size, depth), anyLong(r)))
            : Optional.empty());
  }

  private static List<Condition> conditions(SplittableRandom r, int size, int depth) {
    int count = r.nextInt(3) == 0 ? r.nextInt(Math.min(size, 3) + 1) : 0;
    return list(r, count, (random, s) -> condition(random, size, depth));
  }

  private static <T> List<T> list(
      SplittableRandom r, int count, BiFunction<SplittableRandom, Integer, T> item) {
    List<T> list = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      list.add(item.apply(r, count));
    }
    return list;
  }

  public static Condition condition(SplittableRandom r, int size, int depth) {
    PayloadPath key = path(r, size);
    return switch (r.nextInt(depth > 0 ? 25 : 22)) {
      case 0 -> new Condition.MatchValue(key, scalar(r, size));
      case 1 -> new Condition.MatchAny(key, scalars(r, size));
      case 2 -> new Condition.MatchExcept(key, scalars(r, size));
      case 3 -> new Condition.MatchPrefix(key, text(r, size));
      case 4 -> new Condition.MatchText(key, text(r, size));
      case 5 -> new Condition.MatchTextAny(key, text(r, size));
      case 6 -> new Condition.MatchPhrase(key, text(r, size));
      case 7 ->
          new Condition.NumberRange(
              key, maybeDouble(r), maybeDouble(r), maybeDouble(r), maybeDouble(r));
      case 8 ->
          new Condition.DateRange(key, maybeLong(r), maybeLong(r), maybeLong(r), maybeLong(r));
      case 9 ->
          new Condition.ValuesCount(key, maybeLong(r), maybeLong(r), maybeLong(r), maybeLong(r));
      case 10 -> new Condition.IsEmpty(key);
      case 11 -> new Condition.IsNull(key);
      case 12 -> new Condition.FieldIsEmpty(key, r.nextBoolean());
      case 13 -> new Condition.FieldIsNull(key, r.nextBoolean());
      case 14 -> new Condition.GeoBox(key, anyDouble(r), anyDouble(r), anyDouble(r), anyDouble(r));
      case 15 -> new Condition.GeoRadius(key, anyDouble(r), anyDouble(r), anyDouble(r));
      case 16 ->
          new Condition.GeoPolygon(
              key, ring(r, size), list(r, r.nextInt(3), (random, s) -> ring(random, size)));
      case 17 ->
          new Condition.HasId(
              new HashSet<>(list(r, r.nextInt(size + 1), (random, s) -> pointId(random))));
      case 18 -> new Condition.HasVector(text(r, size));
      case 19 -> new Condition.Slice(anyLong(r), anyLong(r));
      case 20 ->
          r.nextBoolean()
              ? new Condition.Contains(key, scalar(r, size))
              : new Condition.MatchSubstring(key, text(r, size));
      case 21 -> new Condition.Regex(key, new TextPattern(text(r, size)));
      case 22 -> new Condition.Nested(key, filter(r, size, depth - 1));
      default -> new Condition.Clause(filter(r, size, depth - 1));
    };
  }

  private static List<Scalar> scalars(SplittableRandom r, int size) {
    return list(r, r.nextInt(Math.min(size, 5) + 1), (random, s) -> scalar(random, size));
  }

  private static List<Condition.Position> ring(SplittableRandom r, int size) {
    return list(
        r,
        r.nextInt(Math.min(size, 5) + 1),
        (random, s) -> new Condition.Position(anyDouble(random), anyDouble(random)));
  }

  private static OptionalDouble maybeDouble(SplittableRandom r) {
    return r.nextBoolean() ? OptionalDouble.empty() : OptionalDouble.of(anyDouble(r));
  }

  private static OptionalLong maybeLong(SplittableRandom r) {
    return r.nextBoolean() ? OptionalLong.empty() : OptionalLong.of(anyLong(r));
  }

  public static Selection selection(SplittableRandom r, int size) {
    return r.nextBoolean()
        ? new Selection.Matching(filter(r, size))
        : new Selection.Ids(list(r, r.nextInt(size + 1), (random, s) -> pointId(random)));
  }

  public static Precondition precondition(SplittableRandom r, int size) {
    Precondition.Mode[] modes = Precondition.Mode.values();
    return r.nextBoolean()
        ? Precondition.NONE
        : new Precondition(
            modes[r.nextInt(modes.length)],
            r.nextBoolean() ? Optional.empty() : Optional.of(filter(r, size)));
  }

  /// All eight kinds.
  public static Operation operation(SplittableRandom r, int size) {
    int few = Math.min(size, 5);
    return switch (r.nextInt(10)) {
      case 0 -> new Operation.Delete(selection(r, size));
      case 1 ->
          new Operation.SetPayload(
              selection(r, size),
              payload(r, size),
              r.nextBoolean() ? Optional.empty() : Optional.of(path(r, size)));
      case 2 -> new Operation.OverwritePayload(selection(r, size), payload(r, size));
      case 3 ->
          new Operation.DeletePayload(
              selection(r, size), list(r, r.nextInt(few + 1), (random, s) -> path(random, size)));
      case 4 -> new Operation.ClearPayload(selection(r, size));
      case 5 ->
          new Operation.UpdateVectors(
              list(
                  r,
                  r.nextInt(few + 1),
                  (random, s) -> new PointVectors(pointId(random), vectors(random, size))),
              precondition(r, size));
      case 6 ->
          new Operation.DeleteVectors(
              selection(r, size), list(r, r.nextInt(few + 1), (random, s) -> text(random, size)));
      default ->
          new Operation.Upsert(
              list(r, r.nextInt(few + 1), (random, s) -> point(random, size)),
              precondition(r, size));
    };
  }

  /// At least one.
  public static List<Operation> operations(SplittableRandom r, int size) {
    return list(r, 1 + r.nextInt(Math.min(size, 6) + 1), (random, s) -> operation(random, size));
  }

  public static StreamSpan span(SplittableRandom r, int size) {
    return new StreamSpan(
        text(r, size), anyLong(r), text(r, size), anyLong(r), anyLong(r), r.nextInt(20) - 1);
  }

  public static List<StreamSpan> spans(SplittableRandom r, int size) {
    return list(r, r.nextInt(Math.min(size, 4) + 1), (random, s) -> span(random, size));
  }

  /// Vector names are well-formed Unicode.
  public static CollectionConfig collectionConfig(SplittableRandom r, int size) {
    TreeMap<String, VectorConfig> vectors = new TreeMap<>();
    for (int i = r.nextInt(3); i >= 0; i--) {
      Distance[] distances = Distance.values();
      vectors.put(
          i == 0 ? "" : "v" + r.nextInt(100),
          new VectorConfig(
              1 + r.nextInt(65_536),
              distances[r.nextInt(distances.length)],
              r.nextInt(65),
              r.nextInt(1_000),
              anyLong(r),
              r.nextBoolean()
                  ? new VectorConfig.Quantization.None()
                  : new VectorConfig.Quantization.Scalar(0.5f + r.nextInt(50) / 100f),
              VectorDatatype.values()[r.nextInt(4)],
              r.nextBoolean(),
              anyLong(r),
              r.nextInt(65),
              new Placement(r.nextBoolean(), r.nextBoolean(), r.nextBoolean())));
    }
    TreeMap<String, SparseConfig> sparse = new TreeMap<>();
    for (int i = r.nextInt(3); i > 0; i--) {
      sparse.put("s" + r.nextInt(100), new SparseConfig(r.nextBoolean(), anyLong(r)));
    }
    return new CollectionConfig(
        vectors, sparse, anyLong(r), r.nextBoolean(), payload(r, size), payloadSchema(r));
  }

  /// Up to four indexes of any kind.
  public static PayloadSchema payloadSchema(SplittableRandom r) {
    Map<PayloadPath, PayloadIndex> indexes = new HashMap<>();
    for (int i = r.nextInt(5); i > 0; i--) {
      indexes.put(
          PayloadPath.parse("a" + r.nextInt(9) + (r.nextBoolean() ? "[].\"b c\"" : "")),
          payloadIndex(r));
    }
    return new PayloadSchema(indexes);
  }

  public static PayloadIndex payloadIndex(SplittableRandom r) {
    return switch (r.nextInt(8)) {
      case 0 -> new PayloadIndex.Keyword(r.nextBoolean(), r.nextBoolean());
      case 1 -> new PayloadIndex.Whole(r.nextBoolean(), r.nextBoolean());
      case 2 -> new PayloadIndex.Decimal();
      case 3 -> new PayloadIndex.Geo();
      case 4 -> new PayloadIndex.Bool();
      case 5 -> new PayloadIndex.DateTime();
      case 6 -> new PayloadIndex.Uuid(r.nextBoolean());
      default -> new PayloadIndex.Text(textOptions(r));
    };
  }

  public static TextOptions textOptions(SplittableRandom r) {
    TextOptions.Tokenizer[] tokenizers = TextOptions.Tokenizer.values();
    return new TextOptions(
        tokenizers[r.nextInt(tokenizers.length)],
        r.nextBoolean(),
        r.nextBoolean(),
        r.nextBoolean() ? List.of("english") : List.of(),
        r.nextBoolean() ? List.of("x", "Ä") : List.of(),
        r.nextBoolean() ? Optional.of("english") : Optional.empty(),
        r.nextBoolean() ? OptionalInt.of(r.nextInt(4)) : OptionalInt.empty(),
        r.nextBoolean() ? OptionalInt.of(1 + r.nextInt(6)) : OptionalInt.empty(),
        r.nextBoolean());
  }
}
