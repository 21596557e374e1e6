package io.millrace.torture.workload;

import io.millrace.torture.history.Payload;
import io.millrace.torture.history.PointValue;
import io.millrace.torture.history.Vectors;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Points in which every write can be told from every other: the number of the write is in the
/// vector and in the payload.
final class Values {
  static final int GROUPS = 6;

  /// Payload values that do not survive a parser which thinks in doubles, or one that tidies up.
  private static final List<String> AWKWARD =
      List.of(
          "9007199254740993",
          "18446744073709551615",
          "-9223372036854775808",
          "2.0",
          "1e30",
          "-0.0",
          "0.1000",
          "\"\"",
          "\"caf\u00e9 \u2603 \ud83d\ude00\"",
          "\"a\\\"b\\\\c\\u0000\\n\"",
          "null",
          "[]",
          "[[1,[2,[]]],{\"k\":[null,true]}]",
          "{\"a.b\":{\"\":0},\"z\":false,\"a\":-1.5e-3}");

  private Values() {}

  /// A vector that names a write: exact in float32, so that it comes back as it was sent.
  static List<Float> components(int writer, int number, int size) {
    List<Float> all =
        List.of(
            (float) writer,
            (float) (number % 1024),
            (float) (number / 1024),
            number % 7 / 8f,
            (float) -writer,
            number % 3 / 4f);
    return all.subList(0, size);
  }

  /// The vectors of a collection: name to size.
  static Vectors vectors(Map<String, Integer> sizes, int writer, int number) {
    Map<String, List<Float>> byName = new LinkedHashMap<>();
    sizes.forEach((name, size) -> byName.put(name, components(writer, number, size)));
    return new Vectors(byName);
  }

  /// Writer, group and number, and something awkward now and then.
  static Payload payload(Draw draw, int writer, int number) {
    Map<String, String> fields = new LinkedHashMap<>();
    fields.put("c", Integer.toString(writer));
    fields.put("g", Integer.toString(draw.below(GROUPS)));
    fields.put("n", Integer.toString(number));
    if (draw.percent(30)) {
      fields.put("w", draw.of(AWKWARD));
    }
    return Payload.of(fields);
  }

  static PointValue point(
      Draw draw, String id, Map<String, Integer> sizes, int writer, int number) {
    return new PointValue(id, vectors(sizes, writer, number), payload(draw, writer, number));
  }

  /// Id `index` of a writer: a number for even ones, a UUID for odd ones.
  static String id(int writer, int index) {
    return index % 2 == 0
        ? Integer.toString(writer * 1_000 + index)
        : "\"%08x-0000-4000-8000-%012x\"".formatted(writer, index);
  }
}
