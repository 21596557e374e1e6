package io.millrace.payload;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.model.Fetch.PayloadPart;
import io.millrace.model.PayloadBytes;
import io.millrace.model.PayloadPath;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// The rules of behaviour.md 9.
class PayloadSelectorTest {
  private static final String CITIES =
      "{\"country\":{\"name\":\"D\",\"cities\":[{\"name\":\"B\",\"size\":3.70},{\"name\":\"M\"}]},\"x\":1}";

  private static List<PayloadPath> paths(String... paths) {
    return Stream.of(paths).map(PayloadPath::parse).toList();
  }

  private static String include(String payload, String... paths) {
    return PayloadSelector.select(PayloadBytes.of(payload), new PayloadPart.Include(paths(paths)))
        .toString();
  }

  private static String exclude(String payload, String... paths) {
    return PayloadSelector.select(PayloadBytes.of(payload), new PayloadPart.Exclude(paths(paths)))
        .toString();
  }

  @Test
  void include_keeps_what_is_on_the_way_and_what_lies_below() {
    assertThat(include(CITIES, "x")).isEqualTo("{\"x\":1}");
    assertThat(include(CITIES, "country.name", "x"))
        .isEqualTo("{\"country\":{\"name\":\"D\"},\"x\":1}");
    assertThat(include(CITIES, "country.cities"))
        .isEqualTo("{\"country\":{\"cities\":[{\"name\":\"B\",\"size\":3.70},{\"name\":\"M\"}]}}");
    assertThat(include(CITIES, "country.cities[].size"))
        .isEqualTo("{\"country\":{\"cities\":[{\"size\":3.70},{}]}}");
    assertThat(include(CITIES, "missing", "country.missing")).isEqualTo("{\"country\":{}}");
    assertThat(include(CITIES, "missing")).isEqualTo("{}");
    assertThat(include(CITIES)).isEqualTo("{}");
    assertThat(include("{\"a\":5}", "a.b")).isEqualTo("{\"a\":5}");
  }

  @Test
  void an_array_entered_without_brackets_stays_but_is_empty() {
    assertThat(include("{\"a\":{\"b\":[{\"c\":1}]}}", "a.b.c")).isEqualTo("{\"a\":{\"b\":[]}}");
    assertThat(include(CITIES, "country.cities[0]")).isEqualTo("{\"country\":{\"cities\":[]}}");
    assertThat(include(CITIES, "country.cities[0].name"))
        .isEqualTo("{\"country\":{\"cities\":[]}}");
    assertThat(include("{\"a\":[1,[2,3]]}", "a[]")).isEqualTo("{\"a\":[1,[2,3]]}");
  }

  @Test
  void exclude_removes_exactly_the_subtree() {
    assertThat(exclude(CITIES, "country")).isEqualTo("{\"x\":1}");
    assertThat(exclude(CITIES, "country.cities[].name", "x"))
        .isEqualTo("{\"country\":{\"name\":\"D\",\"cities\":[{\"size\":3.70},{}]}}");
    assertThat(exclude(CITIES, "country.cities[]", "x"))
        .isEqualTo("{\"country\":{\"name\":\"D\",\"cities\":[]}}");
    assertThat(exclude(CITIES, "country.cities[0]", "country.cities.name", "y")).isEqualTo(CITIES);
    assertThat(exclude(CITIES)).isEqualTo(CITIES);
  }

  @Test
  void all_is_the_payload_and_none_the_empty_object() {
    assertThat(PayloadSelector.select(PayloadBytes.of(CITIES), new PayloadPart.All()).toString())
        .isEqualTo(CITIES);
    assertThat(PayloadSelector.select(PayloadBytes.of(CITIES), new PayloadPart.None()).toString())
        .isEqualTo("{}");
  }
}
