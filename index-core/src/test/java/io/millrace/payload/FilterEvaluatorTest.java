package io.millrace.payload;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.millrace.model.Condition;
import io.millrace.model.Condition.Position;
import io.millrace.model.Filter;
import io.millrace.model.PayloadBytes;
import io.millrace.model.PayloadIndex;
import io.millrace.model.PayloadPath;
import io.millrace.model.PayloadSchema;
import io.millrace.model.PointId;
import io.millrace.model.Scalar;
import io.millrace.model.TextOptions;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// The tables of behaviour.md 10, row by row.
class FilterEvaluatorTest {
  private static final PointId ID = PointId.of(7);

  private static boolean matches(Condition condition, String payload) {
    return matches(Filter.must(condition), payload);
  }

  private static boolean matches(Filter filter, String payload) {
    return FilterEvaluator.matches(filter, PayloadBytes.of(payload), ID, Set.of("image", ""));
  }

  private static PayloadPath key(String text) {
    return PayloadPath.parse(text);
  }

  private static Condition is(String key, Object value) {
    return new Condition.MatchValue(key(key), scalar(value));
  }

  private static Scalar scalar(Object value) {
    return switch (value) {
      case String s -> new Scalar.Text(s);
      case Boolean b -> new Scalar.Bool(b);
      case Integer i -> new Scalar.Whole(i);
      case Long n -> new Scalar.Whole(n);
      default -> throw new IllegalArgumentException(value.toString());
    };
  }

  private static List<Scalar> scalars(Object... values) {
    return List.of(values).stream().map(FilterEvaluatorTest::scalar).toList();
  }

  /// What the condition says about each payload, as `+` and `-`.
  private static String verdicts(Condition condition, String... payloads) {
    return verdicts(IndexMeanings.NONE, condition, payloads);
  }

  private static String verdicts(IndexMeanings indexes, Condition condition, String... payloads) {
    StringBuilder b = new StringBuilder();
    for (String payload : payloads) {
      JsonValue.Obj value = JsonValue.parse(PayloadBytes.of(payload));
      var subject = new FilterEvaluator.Subject(value, ID, Set.of("image", ""), indexes);
      b.append(FilterEvaluator.matches(condition, subject) ? '+' : '-');
    }
    return b.toString();
  }

  private static final Condition YES = new Condition.HasId(Set.of(ID));
  private static final Condition NO = new Condition.HasId(Set.of());

  private static boolean holds(
      List<Condition> must, List<Condition> should, List<Condition> mustNot) {
    return matches(new Filter(must, should, mustNot, Optional.empty()), "{}");
  }

  private static boolean holds(int minCount, Condition... conditions) {
    return matches(
        new Filter(
            List.of(),
            List.of(),
            List.of(),
            Optional.of(new Filter.MinShould(List.of(conditions), minCount))),
        "{}");
  }

  @Test
  void a_filter_is_the_conjunction_of_its_clauses() {
    assertThat(matches(Filter.ALL, "{}")).isTrue();
    assertThat(holds(List.of(YES, YES), List.of(NO, YES), List.of(NO))).isTrue();
    assertThat(holds(List.of(YES, NO), List.of(), List.of())).isFalse();
    assertThat(holds(List.of(), List.of(NO, NO), List.of())).isFalse();
    assertThat(holds(List.of(), List.of(), List.of(NO, YES))).isFalse();
    assertThat(holds(1, NO, YES)).isTrue();
    assertThat(holds(2, NO, YES, YES)).isTrue();
    assertThat(holds(2, NO, NO, YES)).isFalse();
    assertThat(holds(3, YES, YES)).isFalse();
    assertThat(holds(1)).isFalse();
    assertThat(matches(new Condition.Clause(Filter.mustNot(YES)), "{}")).isFalse();
  }

  @Test
  void a_condition_looks_one_level_into_an_array() {
    Condition a = is("a", 1);
    assertThat(verdicts(a, "{\"a\":1}", "{\"a\":[0,1]}", "{\"a\":[[1]]}", "{\"a\":[]}", "{}"))
        .isEqualTo("++---");
    assertThat(
            verdicts(is("a[]", 1), "{\"a\":1}", "{\"a\":[1]}", "{\"a\":[[1]]}", "{\"a\":[[[1]]]}"))
        .isEqualTo("-++-");
    assertThat(verdicts(is("a.b", 1), "{\"a\":{\"b\":1}}", "{\"a\":[{\"b\":1}]}")).isEqualTo("+-");
    assertThat(verdicts(is("a[].b", 1), "{\"a\":{\"b\":1}}", "{\"a\":[{\"b\":1}]}"))
        .isEqualTo("-+");
    assertThat(verdicts(is("a[1].b", 1), "{\"a\":[{\"b\":1},{}]}", "{\"a\":[0,{\"b\":[1]}]}"))
        .isEqualTo("-+");
  }

  @Test
  void a_value_matches_without_coercion() {
    assertThat(verdicts(is("a", "x"), "{\"a\":\"x\"}", "{\"a\":\"X\"}", "{\"a\":\"xx\"}"))
        .isEqualTo("+--");
    assertThat(verdicts(is("a", "1"), "{\"a\":1}", "{\"a\":\"1\"}")).isEqualTo("-+");
    assertThat(verdicts(is("a", true), "{\"a\":true}", "{\"a\":1}", "{\"a\":\"true\"}"))
        .isEqualTo("+--");
    assertThat(verdicts(is("a", 0), "{\"a\":0}", "{\"a\":false}", "{\"a\":null}", "{\"a\":-0}"))
        .isEqualTo("+---");
    assertThat(verdicts(is("a", 5), "{\"a\":5}", "{\"a\":5.0}", "{\"a\":5e0}")).isEqualTo("+--");
    assertThat(
            verdicts(
                is("a", Long.MAX_VALUE),
                "{\"a\":9223372036854775807}",
                "{\"a\":9223372036854775808}",
                "{\"a\":9223372036854775806}"))
        .isEqualTo("+--");
    assertThat(matches(is("a", Long.MIN_VALUE), "{\"a\":-9223372036854775808}")).isTrue();
    assertThat(matches(is("a", "é\n"), "{\"a\":\"\\u00e9\\n\"}")).isTrue();
  }

  @Test
  void any_of_a_list_matches_and_an_empty_list_nothing() {
    Condition any = new Condition.MatchAny(key("a"), scalars("x", "y"));
    assertThat(verdicts(any, "{\"a\":\"y\"}", "{\"a\":[1,\"x\"]}", "{\"a\":\"z\"}", "{}"))
        .isEqualTo("++--");
    assertThat(matches(new Condition.MatchAny(key("a"), List.of()), "{\"a\":1}")).isFalse();
  }

  @Test
  void except_needs_a_value_outside_of_the_list() {
    Condition except = new Condition.MatchExcept(key("a"), scalars("x", "y"));
    assertThat(verdicts(except, "{}", "{\"a\":null}", "{\"a\":[]}", "{\"a\":\"x\"}"))
        .isEqualTo("----");
    assertThat(verdicts(except, "{\"a\":\"z\"}", "{\"a\":1}", "{\"a\":true}", "{\"a\":{}}"))
        .isEqualTo("++++");
    assertThat(
            verdicts(
                except,
                "{\"a\":[\"x\",\"y\"]}",
                "{\"a\":[\"x\",\"z\"]}",
                "{\"a\":[null]}",
                "{\"a\":[\"x\",null]}",
                "{\"a\":[[\"x\"]]}"))
        .isEqualTo("-+--+");
    Condition any = new Condition.MatchExcept(key("a"), List.of());
    assertThat(verdicts(any, "{\"a\":0}", "{\"a\":null}", "{}", "{\"a\":[]}")).isEqualTo("+---");
  }

  @Test
  void text_is_a_substring_with_its_case() {
    String[] payloads = {"{\"a\":\"An old Cat\"}", "{\"a\":[\"x\",\"old\"]}", "{\"a\":1}", "{}"};
    assertThat(verdicts(new Condition.MatchText(key("a"), "old"), payloads)).isEqualTo("++--");
    assertThat(verdicts(new Condition.MatchText(key("a"), "cat"), payloads)).isEqualTo("----");
    assertThat(verdicts(new Condition.MatchText(key("a"), ""), payloads)).isEqualTo("++--");
    assertThat(verdicts(new Condition.MatchPhrase(key("a"), "old Cat"), payloads))
        .isEqualTo("+---");
    assertThat(verdicts(new Condition.MatchTextAny(key("a"), " dog\u00a0old "), payloads))
        .isEqualTo("++--");
    assertThat(verdicts(new Condition.MatchTextAny(key("a"), "dog"), payloads)).isEqualTo("----");
    assertThat(verdicts(new Condition.MatchTextAny(key("a"), ""), payloads)).isEqualTo("----");
  }

  @Test
  void a_prefix_begins_strings_only() {
    Condition prefix = new Condition.MatchPrefix(key("a"), "ab");
    assertThat(verdicts(prefix, "{\"a\":\"abc\"}", "{\"a\":\"xab\"}", "{\"a\":[1,\"ab\"]}"))
        .isEqualTo("+-+");
    Condition any = new Condition.MatchPrefix(key("a"), "");
    assertThat(verdicts(any, "{\"a\":\"\"}", "{\"a\":1}", "{\"a\":[]}")).isEqualTo("+--");
  }

  @Test
  @Timeout(30)
  void a_long_list_costs_a_point_no_more_than_a_short_one() {
    List<Scalar> numbers = LongStream.range(0, 65_536).<Scalar>mapToObj(Scalar.Whole::new).toList();
    List<Scalar> strings =
        LongStream.range(0, 65_536).<Scalar>mapToObj(n -> new Scalar.Text("v" + n)).toList();
    List<IndexMeanings> declared =
        List.of(
            new IndexMeanings(PayloadSchema.NONE),
            new IndexMeanings(
                new PayloadSchema(
                    Map.of(
                        key("n"),
                        new PayloadIndex.Whole(true, true),
                        key("s"),
                        new PayloadIndex.Keyword(false, false)))));
    PayloadBytes payload = PayloadBytes.of("{\"n\":[65535,-1],\"s\":[\"v65535\",\"w\"]}");

    for (IndexMeanings indexes : declared) {
      var subject =
          new FilterEvaluator.Subject(JsonValue.parse(payload), PointId.of(1), Set.of(), indexes);
      for (Condition condition :
          List.of(
              new Condition.MatchAny(key("n"), numbers),
              new Condition.MatchAny(key("s"), strings),
              new Condition.MatchExcept(key("n"), numbers),
              new Condition.MatchExcept(key("s"), strings))) {
        long matched =
            LongStream.range(0, 50_000)
                .filter(point -> FilterEvaluator.matches(condition, subject))
                .count();
        assertThat(matched).isEqualTo(50_000);
      }
    }
  }

  @Test
  @Timeout(10)
  void ids_made_of_a_time_are_looked_up_as_quickly_as_others() {
    List<PointId> ids =
        LongStream.range(1_500_000_000_000L, 1_500_000_065_536L)
            .mapToObj(millis -> PointId.of(millis << 22))
            .toList();
    Condition condition = new Condition.HasId(new HashSet<>(ids));

    assertThat(ids.stream().filter(id -> matches(condition, id)).count()).isEqualTo(65_536);
    assertThat(
            ids.stream()
                .map(id -> PointId.of(((PointId.Num) id).value() + 1))
                .filter(id -> matches(condition, id)))
        .isEmpty();
  }

  private static boolean matches(Condition condition, PointId id) {
    return FilterEvaluator.matches(Filter.must(condition), PayloadBytes.EMPTY, id, Set.of());
  }

  @Test
  void a_substring_stands_in_strings_only_and_is_asked_of_each_alone() {
    String[] payloads = {
      "{}", "{\"a\":\"xAbc\"}", "{\"a\":\"ab\"}", "{\"a\":[1,\"Ab\"]}", "{\"a\":5}"
    };
    assertThat(verdicts(new Condition.MatchSubstring(key("a"), "Ab"), payloads)).isEqualTo("-+-+-");
    assertThat(verdicts(new Condition.MatchSubstring(key("a"), ""), payloads)).isEqualTo("-+++-");
    IndexMeanings indexed =
        new IndexMeanings(
            new PayloadSchema(Map.of(key("a"), new PayloadIndex.Text(TextOptions.DEFAULT))));
    assertThat(verdicts(indexed, new Condition.MatchSubstring(key("a"), "Ab"), payloads))
        .as("whatever index there is")
        .isEqualTo("-+-+-");
  }

  @Test
  void a_phrase_over_an_index_of_prefixes_has_them_in_a_row() {
    var options =
        new TextOptions(
            TextOptions.Tokenizer.PREFIX,
            true,
            false,
            List.of(),
            List.of("the"),
            Optional.empty(),
            OptionalInt.empty(),
            OptionalInt.empty(),
            true);
    IndexMeanings indexes =
        new IndexMeanings(new PayloadSchema(Map.of(key("a"), new PayloadIndex.Text(options))));
    String[] payloads = {
      "{\"a\":\"big dog\"}", "{\"a\":\"bi dog\"}", "{\"a\":\"the dogs\"}", "{\"a\":\"theory\"}"
    };
    BiFunction<Boolean, String, String> asked =
        (phrase, text) ->
            verdicts(
                indexes,
                phrase
                    ? new Condition.MatchPhrase(key("a"), text)
                    : new Condition.MatchText(key("a"), text),
                payloads);
    assertThat(asked.apply(true, "big dog")).isEqualTo("+---");
    assertThat(asked.apply(true, "big do")).isEqualTo("+---");
    assertThat(asked.apply(true, "bi dog")).isEqualTo("-+--");
    assertThat(asked.apply(true, "the dog")).as("without stop words").isEqualTo("+++-");
    assertThat(asked.apply(false, "the")).as("a stop word begins others").isEqualTo("---+");
    assertThat(asked.apply(false, "the dog")).isEqualTo("----");
  }

  private static Condition range(String gt, String gte, String lt, String lte) {
    return new Condition.NumberRange(key("a"), real(gt), real(gte), real(lt), real(lte));
  }

  private static OptionalDouble real(String text) {
    return text.isEmpty() ? OptionalDouble.empty() : OptionalDouble.of(Double.parseDouble(text));
  }

  @Test
  void a_range_compares_as_float64() {
    String[] payloads = {"{\"a\":1}", "{\"a\":2.0}", "{\"a\":[5,3]}", "{\"a\":\"2\"}", "{}"};
    assertThat(verdicts(range("1", "", "", ""), payloads)).isEqualTo("-++--");
    assertThat(verdicts(range("", "1", "2", ""), payloads)).isEqualTo("+----");
    assertThat(verdicts(range("", "", "", "2"), payloads)).isEqualTo("++---");
    assertThat(verdicts(range("", "", "", ""), payloads)).isEqualTo("+++--");
    assertThat(verdicts(range("3", "", "4", ""), payloads)).isEqualTo("-----");
    assertThat(verdicts(range("", "0", "", "0"), "{\"a\":-0.0}", "{\"a\":0}")).isEqualTo("++");
    assertThat(
            verdicts(range("1.7976931348623157e308", "", "", ""), "{\"a\":1e309}", "{\"a\":1e308}"))
        .isEqualTo("+-");
    assertThat(
            matches(
                range("", "9007199254740992", "", "9007199254740992"), "{\"a\":9007199254740993}"))
        .as("the nearest double is what is compared")
        .isTrue();
  }

  @Test
  void a_date_range_reads_strings_as_dates() {
    Condition range =
        new Condition.DateRange(
            key("a"),
            OptionalLong.empty(),
            DateTimes.parse("2024-01-31T10:00:00Z"),
            DateTimes.parse("2024-02-01"),
            OptionalLong.empty());
    assertThat(
            verdicts(
                range,
                "{\"a\":\"2024-01-31T12:00:00+02:00\"}",
                "{\"a\":\"2024-01-31 23:59:59.999999\"}",
                "{\"a\":\"2024-02-01\"}",
                "{\"a\":\"2024-01-31\"}",
                "{\"a\":\"soon\"}",
                "{\"a\":1706695200}"))
        .isEqualTo("++----");
  }

  private static Condition count(String gt, String gte, String lt, String lte) {
    return new Condition.ValuesCount(key("a"), whole(gt), whole(gte), whole(lt), whole(lte));
  }

  private static OptionalLong whole(String text) {
    return text.isEmpty() ? OptionalLong.empty() : OptionalLong.of(Long.parseLong(text));
  }

  @Test
  void values_are_counted_from_zero_for_missing_ones() {
    String[] payloads = {
      "{}",
      "{\"a\":null}",
      "{\"a\":[]}",
      "{\"a\":1}",
      "{\"a\":{\"x\":1,\"y\":2}}",
      "{\"a\":[null]}",
      "{\"a\":[1,2,3]}"
    };
    assertThat(verdicts(count("", "", "1", ""), payloads)).isEqualTo("+++----");
    assertThat(verdicts(count("", "1", "", "1"), payloads)).isEqualTo("---+++-");
    assertThat(verdicts(count("1", "", "", ""), payloads)).isEqualTo("------+");
  }

  @Test
  void empty_is_missing_null_or_an_empty_array() {
    String[] payloads = {
      "{}", "{\"a\":null}", "{\"a\":[]}", "{\"a\":\"\"}", "{\"a\":{}}", "{\"a\":[null]}"
    };
    assertThat(verdicts(new Condition.IsEmpty(key("a")), payloads)).isEqualTo("+++---");
    assertThat(verdicts(new Condition.FieldIsEmpty(key("a"), true), payloads)).isEqualTo("+++---");
    assertThat(verdicts(new Condition.FieldIsEmpty(key("a"), false), payloads)).isEqualTo("---+++");
  }

  @Test
  void of_several_values_is_empty_asks_all_and_the_field_form_any() {
    String mixed = "{\"a\":[1,null]}";
    assertThat(matches(new Condition.IsEmpty(key("a[]")), mixed)).isFalse();
    assertThat(matches(new Condition.IsEmpty(key("a[]")), "{\"a\":[null,[]]}")).isTrue();
    assertThat(matches(new Condition.FieldIsEmpty(key("a[]"), true), mixed)).isTrue();
    assertThat(matches(new Condition.FieldIsEmpty(key("a[]"), false), mixed)).isTrue();
  }

  @Test
  void null_is_not_missing() {
    String[] payloads = {
      "{}", "{\"a\":null}", "{\"a\":[1,null]}", "{\"a\":[]}", "{\"a\":[[null]]}"
    };
    assertThat(verdicts(new Condition.IsNull(key("a")), payloads)).isEqualTo("-+---");
    assertThat(verdicts(new Condition.IsNull(key("a[]")), payloads)).isEqualTo("--+--");
    assertThat(verdicts(new Condition.FieldIsNull(key("a"), true), payloads)).isEqualTo("-++--");
    assertThat(verdicts(new Condition.FieldIsNull(key("a"), false), payloads)).isEqualTo("+--++");
    assertThat(matches(new Condition.FieldIsNull(key("a[]"), true), "{\"a\":[1,null]}")).isTrue();
    assertThat(matches(new Condition.FieldIsNull(key("a[]"), false), "{\"a\":[1,null]}")).isTrue();
  }

  /// As Qdrant's index of nulls does, which every payload index brings along.
  @Test
  void with_an_index_the_field_forms_judge_all_values_together() {
    PayloadIndex index = new PayloadIndex.Keyword(false, false);
    IndexMeanings indexes =
        new IndexMeanings(new PayloadSchema(Map.of(key("a[].b"), index, key("a[]"), index)));
    String mixed = "{\"a\":[{\"b\":1},{\"b\":null},{\"b\":[]}]}";
    String full = "{\"a\":[{\"b\":1},{\"b\":[2]}]}";
    String empty = "{\"a\":[{\"b\":null},{\"b\":[]}]}";
    String inner = "{\"a\":[{\"b\":[null]},{\"b\":1}]}";
    String[] payloads = {"{}", mixed, full, empty, inner};
    PayloadPath key = key("a[].b");
    assertThat(verdicts(indexes, new Condition.FieldIsEmpty(key, true), payloads))
        .isEqualTo("+--+-");
    assertThat(verdicts(indexes, new Condition.FieldIsEmpty(key, false), payloads))
        .isEqualTo("-++-+");
    assertThat(verdicts(indexes, new Condition.FieldIsNull(key, true), payloads))
        .isEqualTo("-+-++");
    assertThat(verdicts(indexes, new Condition.FieldIsNull(key, false), payloads))
        .isEqualTo("+-+--");
    Condition inside =
        new Condition.Nested(key("a"), Filter.must(new Condition.FieldIsNull(key("b"), false)));
    assertThat(verdicts(indexes, inside, mixed, empty)).isEqualTo("++");
  }

  private static String at(double lat, double lon) {
    return "{\"a\":{\"lat\":" + lat + ",\"lon\":" + lon + "}}";
  }

  @Test
  void a_box_is_open_and_may_cross_the_date_line() {
    Condition box = new Condition.GeoBox(key("a"), 10, 20, 0, 30);
    assertThat(verdicts(box, at(5, 25), at(10, 25), at(0, 25), at(5, 20), at(5, 30)))
        .isEqualTo("+----");
    Condition pacific = new Condition.GeoBox(key("a"), 10, 170, 0, -170);
    assertThat(verdicts(pacific, at(5, 175), at(5, -175), at(5, 0), at(5, 170))).isEqualTo("++--");
    assertThat(
            verdicts(
                box,
                "{\"a\":[{\"lat\":50,\"lon\":0},{\"lat\":5,\"lon\":25}]}",
                "{\"a\":{\"lat\":5}}",
                "{\"a\":{\"lat\":\"5\",\"lon\":25}}",
                "{\"a\":[5,25]}"))
        .isEqualTo("+---");
  }

  @Test
  void a_radius_is_measured_on_the_sphere() {
    // Berlin to Moscow; the expected length is that of the angle between the two vectors in space.
    double d = Geo.distance(52.52197645, 13.413637435864272, 55.7536283, 37.62137960067377);
    assertThat(d).isCloseTo(1608452.754, within(0.01));
    Condition exactly = new Condition.GeoRadius(key("a"), 52.52197645, 13.413637435864272, d);
    Condition more = new Condition.GeoRadius(key("a"), 52.52197645, 13.413637435864272, d + 1e-3);
    assertThat(matches(exactly, at(55.7536283, 37.62137960067377))).isFalse();
    assertThat(matches(more, at(55.7536283, 37.62137960067377))).isTrue();
    assertThat(Geo.distance(0, 0, 0, 180)).isEqualTo(Math.PI * 6_371_008.8);
    assertThat(matches(new Condition.GeoRadius(key("a"), 0, 179.9, 50_000), at(0, -179.9)))
        .isTrue();
  }

  @Test
  void a_polygon_has_holes_and_its_boundary_is_outside() {
    List<Position> square = ring(0, 0, 10);
    Condition whole = new Condition.GeoPolygon(key("a"), square, List.of());
    assertThat(verdicts(whole, at(5, 5), at(0, 5), at(10, 10), at(5, 0), at(11, 5), at(-1, -1)))
        .isEqualTo("+-----");
    Condition holed = new Condition.GeoPolygon(key("a"), square, List.of(ring(4, 4, 2)));
    assertThat(verdicts(holed, at(5, 5), at(4, 5), at(3, 3), at(7, 7))).isEqualTo("--++");
  }

  private static List<Position> ring(double lat, double lon, double size) {
    return List.of(
        new Position(lat, lon),
        new Position(lat, lon + size),
        new Position(lat + size, lon + size),
        new Position(lat + size, lon),
        new Position(lat, lon));
  }

  @Test
  void identity_is_asked_of_the_point() {
    assertThat(matches(new Condition.HasId(Set.of(PointId.of(8), ID)), "{}")).isTrue();
    assertThat(matches(new Condition.HasId(Set.of(PointId.of(8))), "{}")).isFalse();
    assertThat(matches(new Condition.HasVector("image"), "{}")).isTrue();
    assertThat(matches(new Condition.HasVector(""), "{}")).isTrue();
    assertThat(matches(new Condition.HasVector("unknown"), "{}")).isFalse();
  }

  private static Condition nested(String key, Condition... must) {
    return new Condition.Nested(key(key), Filter.must(must));
  }

  @Test
  void nested_wants_one_element_that_satisfies_everything() {
    String both = "{\"a\":[{\"b\":1,\"c\":2},{\"b\":3,\"c\":4}]}";
    assertThat(matches(nested("a", is("b", 1), is("c", 2)), both)).isTrue();
    assertThat(matches(nested("a[]", is("b", 1), is("c", 2)), both)).isTrue();
    assertThat(matches(nested("a", is("b", 1), is("c", 4)), both)).isFalse();
    assertThat(matches(nested("a", is("b", 1)), "{\"a\":{\"b\":1}}")).isFalse();
    assertThat(matches(nested("a", is("b", 1)), "{\"a\":[1,\"b\"]}")).isFalse();
    Condition none = new Condition.Nested(key("a"), Filter.mustNot(is("b", 1), is("b", 3)));
    assertThat(verdicts(none, both, "{\"a\":[{\"b\":1},{}]}", "{\"a\":[]}", "{}"))
        .isEqualTo("-+--");
    assertThat(matches(nested("a", nested("b", is("c", 1))), "{\"a\":[{\"b\":[{\"c\":1}]}]}"))
        .isTrue();
  }

  @Test
  void nested_knows_no_identity_and_an_empty_filter_wants_an_object() {
    String one = "{\"a\":[{\"b\":1}]}";
    assertThat(matches(nested("a", YES), one)).isFalse();
    assertThat(matches(nested("a", new Condition.HasVector("image")), one)).isFalse();
    assertThat(matches(nested("a", new Condition.Slice(1, 0)), one)).isFalse();
    Condition any = new Condition.Nested(key("a"), Filter.ALL);
    assertThat(verdicts(any, one, "{\"a\":[{}]}", "{\"a\":[]}", "{\"a\":[1]}", "{\"a\":{}}", "{}"))
        .isEqualTo("++----");
    assertThat(matches(nested("a", new Condition.Clause(Filter.ALL)), one)).isTrue();
  }

  @Test
  void slices_part_all_points() {
    for (int total = 1; total <= 7; total++) {
      int found = 0;
      for (int index = 0; index < total; index++) {
        found += matches(new Condition.Slice(total, index), "{}") ? 1 : 0;
      }
      assertThat(found).isEqualTo(1);
    }
  }

  @Test
  void siphash_agrees_with_a_second_implementation() {
    // Computed by an implementation in Python, written from the paper; the first is also the value
    // that other libraries list for no input and the key zero.
    assertThat(Long.toHexString(SipHash.of(new byte[0]))).isEqualTo("1e924b9d737700d7");
    assertThat(Long.toHexString(SipHash.of(new byte[] {0, 0, 0, 0, 0, 0, 0, 0})))
        .isEqualTo("e849e8bb6ffe2567");
    assertThat(
            Long.toHexString(
                SipHash.of("abcdefghijk".getBytes(java.nio.charset.StandardCharsets.UTF_8))))
        .isEqualTo("51ae28071eb6f5fa");
  }
}
