package io.millrace.api.json;

import static io.millrace.api.json.PointJsonTest.fault;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.model.Condition;
import io.millrace.model.Filter;
import io.millrace.model.PayloadPath;
import io.millrace.model.PointId;
import io.millrace.model.Scalar;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.Test;

class FilterJsonTest {
  private static final PayloadPath A = PayloadPath.parse("a");

  private static Condition condition(String json) {
    return FilterJson.parse("{\"must\":[" + json + "]}").must().getFirst();
  }

  private static Condition onA(String predicate) {
    return condition("{\"key\":\"a\"," + predicate + "}");
  }

  private static String wrong(String condition) {
    return fault(
        "{\"must\":[" + condition + "]}", in -> FilterJson.read(in, At.BODY.field("filter")));
  }

  @Test
  void clauses_take_one_condition_or_many_and_empty_ones_restrict_nothing() {
    Condition hasOne = new Condition.HasId(Set.of(PointId.of(1)));
    assertThat(
            FilterJson.parse(
                "{\"must\":{\"has_id\":[1]},\"should\":[{\"has_id\":[1]}],\"must_not\":null,"
                    + "\"min_should\":{\"conditions\":[{\"has_id\":[1]}],\"min_count\":1}}"))
        .isEqualTo(
            new Filter(
                List.of(hasOne),
                List.of(hasOne),
                List.of(),
                Optional.of(new Filter.MinShould(List.of(hasOne), 1))));
    assertThat(FilterJson.parse("{}").isEmpty()).isTrue();
    assertThat(FilterJson.parse("{\"must\":[],\"should\":[],\"must_not\":[]}").isEmpty()).isTrue();
  }

  @Test
  void every_match_is_read() {
    assertThat(onA("\"match\":{\"value\":\"x\"}"))
        .isEqualTo(new Condition.MatchValue(A, new Scalar.Text("x")));
    assertThat(onA("\"match\":{\"value\":-3}"))
        .isEqualTo(new Condition.MatchValue(A, new Scalar.Whole(-3)));
    assertThat(onA("\"match\":{\"value\":false}"))
        .isEqualTo(new Condition.MatchValue(A, new Scalar.Bool(false)));
    assertThat(onA("\"match\":{\"any\":[\"x\",\"y\"]}"))
        .isEqualTo(new Condition.MatchAny(A, List.of(new Scalar.Text("x"), new Scalar.Text("y"))));
    assertThat(onA("\"match\":{\"except\":[1]}"))
        .isEqualTo(new Condition.MatchExcept(A, List.of(new Scalar.Whole(1))));
    assertThat(onA("\"match\":{\"any\":[]}")).isEqualTo(new Condition.MatchAny(A, List.of()));
    assertThat(onA("\"match\":{\"text\":\"x\"}")).isEqualTo(new Condition.MatchText(A, "x"));
    assertThat(onA("\"match\":{\"text_any\":\"x\"}")).isEqualTo(new Condition.MatchTextAny(A, "x"));
    assertThat(onA("\"match\":{\"phrase\":\"x\"}")).isEqualTo(new Condition.MatchPhrase(A, "x"));
    assertThat(onA("\"match\":{\"prefix\":\"x\"}")).isEqualTo(new Condition.MatchPrefix(A, "x"));
    assertThat(onA("\"match\":{\"substring\":\"x\"}"))
        .isEqualTo(new Condition.MatchSubstring(A, "x"));
  }

  @Test
  void ranges_are_of_numbers_or_of_dates() {
    assertThat(onA("\"range\":{\"gt\":1,\"lte\":2.5,\"gte\":null}"))
        .isEqualTo(
            new Condition.NumberRange(
                A,
                OptionalDouble.of(1),
                OptionalDouble.empty(),
                OptionalDouble.empty(),
                OptionalDouble.of(2.5)));
    assertThat(onA("\"range\":{\"gte\":\"1970-01-01T00:00:01Z\"}"))
        .isEqualTo(
            new Condition.DateRange(
                A,
                OptionalLong.empty(),
                OptionalLong.of(1_000_000),
                OptionalLong.empty(),
                OptionalLong.empty()));
    assertThat(wrong("{\"key\":\"a\",\"range\":{\"gt\":\"12\"}}"))
        .isEqualTo(
            "FORMAT '12' does not match accepted datetime format (RFC3339)."
                + " Example: 2014-01-01T00:00:00Z");
    assertThat(wrong("{\"key\":\"a\",\"range\":{\"gt\":\"2014-01-01\",\"lt\":5}}"))
        .startsWith("FORMAT invalid type: integer `5`");
  }

  @Test
  void several_predicates_in_one_condition_are_alternatives() {
    assertThat(onA("\"match\":{\"value\":1},\"range\":{\"lt\":0}"))
        .isEqualTo(
            new Condition.Clause(
                Filter.should(
                    new Condition.MatchValue(A, new Scalar.Whole(1)),
                    new Condition.NumberRange(
                        A,
                        OptionalDouble.empty(),
                        OptionalDouble.empty(),
                        OptionalDouble.of(0),
                        OptionalDouble.empty()))));
  }

  @Test
  void counts_and_absence_take_precedence_over_the_rest() {
    assertThat(onA("\"match\":{\"value\":1},\"values_count\":{\"gte\":2},\"is_empty\":true"))
        .isEqualTo(
            new Condition.ValuesCount(
                A,
                OptionalLong.empty(),
                OptionalLong.of(2),
                OptionalLong.empty(),
                OptionalLong.empty()));
    assertThat(onA("\"match\":{\"value\":1},\"is_empty\":false,\"is_null\":true"))
        .isEqualTo(new Condition.FieldIsEmpty(A, false));
    assertThat(onA("\"match\":{\"value\":1},\"is_null\":true"))
        .isEqualTo(new Condition.FieldIsNull(A, true));
  }

  @Test
  void the_conditions_without_a_key_are_read() {
    assertThat(condition("{\"is_empty\":{\"key\":\"a\"}}")).isEqualTo(new Condition.IsEmpty(A));
    assertThat(condition("{\"is_null\":{\"key\":\"a\"}}")).isEqualTo(new Condition.IsNull(A));
    assertThat(condition("{\"has_vector\":\"\"}")).isEqualTo(new Condition.HasVector(""));
    assertThat(
            condition(
                "{\"nested\":{\"key\":\"a\",\"filter\":{\"must\":{\"key\":\"a\",\"is_null\":true}}}}"))
        .isEqualTo(new Condition.Nested(A, Filter.must(new Condition.FieldIsNull(A, true))));
    assertThat(condition("{\"slice\":{\"total\":4,\"index\":3}}"))
        .isEqualTo(new Condition.Slice(4, 3));
    assertThat(condition("{\"should\":[{\"has_id\":[]}]}"))
        .isEqualTo(new Condition.Clause(Filter.should(new Condition.HasId(Set.of()))));
  }

  @Test
  void an_empty_should_restricts_nothing_but_within_nested_nothing_satisfies_it() {
    String inner = "{\"must\":[],\"should\":[],\"must_not\":[]}";
    assertThat(condition(inner)).isEqualTo(new Condition.Clause(Filter.ALL));
    Filter never = Filter.should(new Condition.HasId(Set.of()));
    assertThat(condition("{\"nested\":{\"key\":\"a\",\"filter\":" + inner + "}}"))
        .isEqualTo(new Condition.Nested(A, never));
    assertThat(condition("{\"nested\":{\"key\":\"a\",\"filter\":{\"must\":" + inner + "}}}"))
        .isEqualTo(new Condition.Nested(A, Filter.must(new Condition.Clause(never))));
    assertThat(condition("{\"nested\":{\"key\":\"a\",\"filter\":{\"must\":[]}}}"))
        .isEqualTo(new Condition.Nested(A, Filter.ALL));
  }

  @Test
  void places_are_checked() {
    assertThat(
            onA(
                "\"geo_bounding_box\":{\"top_left\":{\"lon\":1,\"lat\":4},"
                    + "\"bottom_right\":{\"lon\":3,\"lat\":2}}"))
        .isEqualTo(new Condition.GeoBox(A, 4, 1, 2, 3));
    assertThat(onA("\"geo_radius\":{\"center\":{\"lon\":1,\"lat\":2},\"radius\":3.5}"))
        .isEqualTo(new Condition.GeoRadius(A, 2, 1, 3.5));
    String open =
        "{\"points\":[{\"lon\":0,\"lat\":0},{\"lon\":1,\"lat\":0},{\"lon\":1,\"lat\":1},"
            + "{\"lon\":0,\"lat\":%s}]}";
    assertThat(onA("\"geo_polygon\":{\"exterior\":" + open.formatted("0") + "}"))
        .isInstanceOf(Condition.GeoPolygon.class);
    assertThat(wrong("{\"key\":\"a\",\"geo_polygon\":{\"exterior\":" + open.formatted("1") + "}}"))
        .startsWith("FORMAT polygon invalid, the first and the last");
    assertThat(
            wrong(
                "{\"key\":\"a\",\"geo_radius\":{\"center\":{\"lon\":181,\"lat\":2},"
                    + "\"radius\":3}}"))
        .startsWith("FORMAT ");
  }

  @Test
  void what_is_no_condition_is_a_format_error() {
    assertThat(wrong("{\"kee\":\"a\"}"))
        .isEqualTo(
            "FORMAT unknown field `kee`, expected one of `should`, `min_should`, `must`,"
                + " `must_not`");
    assertThat(wrong("{\"key\":5,\"match\":{\"value\":1}}"))
        .contains("filter condition 'key' must be a string");
    assertThat(wrong("{\"key\":\"a..b\",\"match\":{\"value\":1}}"))
        .isEqualTo("FORMAT Invalid json path: 'a..b'");
    for (String match :
        List.of(
            "{\"value\":1.5}",
            "{\"value\":[1]}",
            "{\"any\":[1,\"x\"]}",
            "{\"any\":\"x\"}",
            "{\"except\":[1.5]}",
            "{\"integer\":1}",
            "{}")) {
      assertThat(wrong("{\"key\":\"a\",\"match\":" + match + "}")).as(match).startsWith("FORMAT ");
    }
    assertThat(wrong("{\"slice\":{\"total\":0,\"index\":0}}")).startsWith("FORMAT ");
    assertThat(wrong("{\"slice\":{\"total\":4294967296,\"index\":0}}"))
        .startsWith("FORMAT invalid value: integer `4294967296`, expected u32");
    assertThat(fault("{\"min_should\":{\"conditions\":[]}}", in -> FilterJson.read(in, At.BODY)))
        .isEqualTo("FORMAT missing field `min_count`");
  }

  @Test
  void values_out_of_range_name_their_place() {
    assertThat(wrong("{\"key\":\"a\"}"))
        .isEqualTo(
            "VALIDATION filter.must[0]: Validation error: At least one field condition must be"
                + " specified [{}]");
    assertThat(
            fault(
                "{\"min_should\":{\"conditions\":[],\"min_count\":0}}",
                in -> FilterJson.read(in, At.BODY.field("filter"))))
        .isEqualTo("VALIDATION filter.min_should.min_count: min_count must be greater than 0");
    assertThat(
            fault(
                "{\"should\":{\"key\":\"a\"}}", in -> FilterJson.read(in, At.BODY.field("filter"))))
        .startsWith("VALIDATION filter.should[0]: ");
    assertThat(wrong("{\"slice\":{\"total\":4,\"index\":4}}"))
        .endsWith("Slice index must be less than the total number of slices [{}]");
  }

  @Test
  void a_filter_is_bounded_in_depth_and_number() {
    String deep = "{\"must\":[".repeat(40) + "]}".repeat(40);
    assertThat(fault(deep, in -> FilterJson.read(in, At.BODY))).startsWith("BAD_REQUEST ");
    String wide = "{\"must\":[" + "{\"has_id\":[]},".repeat(4_096) + "{\"has_id\":[]}]}";
    assertThat(fault(wide, in -> FilterJson.read(in, At.BODY))).startsWith("BAD_REQUEST ");
    String list = "1,".repeat((1 << 20) - 1) + "1";
    assertThat(onA("\"match\":{\"any\":[" + list + "]}")).isInstanceOf(Condition.MatchAny.class);
    assertThat(condition("{\"has_id\":[" + list + "]}"))
        .isEqualTo(new Condition.HasId(Set.of(PointId.of(1))));
    assertThat(wrong("{\"has_id\":[" + list + ",1]}")).startsWith("BAD_REQUEST List `has_id` has ");
  }
}
