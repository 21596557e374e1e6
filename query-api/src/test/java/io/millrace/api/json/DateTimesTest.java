package io.millrace.api.json;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DateTimesTest {
  @ParameterizedTest
  @CsvSource({
    "2014-01-01T00:00:00Z, 2014-01-01T00:00:00Z",
    "2014-01-01 00:00:00, 2014-01-01T00:00:00Z",
    "2014-01-01T01:02:03.1234567+02:30, 2013-12-31T22:32:03.123456Z",
    "2014-01-01T00:00:00-0130, 2014-01-01T01:30:00Z",
    "2014-01-01T00:00:00+02, 2013-12-31T22:00:00Z",
    "2014-01-01T05:06, 2014-01-01T05:06:00Z",
    "1969-12-31, 1969-12-31T00:00:00Z",
  })
  void the_accepted_forms(String text, String same) {
    Instant instant = Instant.parse(same);
    assertThat(DateTimes.parse(text))
        .hasValue(instant.getEpochSecond() * 1_000_000 + instant.getNano() / 1_000);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "12",
        "20140101",
        "2014-13-01",
        "2014-02-30",
        "2014-01-01T",
        "2014-01-01T25:00:00Z",
        "2014-01-01T00:00:00 PM",
        "2014-01-01T00:00:00.Z",
        "2014-01-01T00:00Z",
        "Wed, 01 Jan 2014 00:00:00 GMT"
      })
  void anything_else_is_refused(String text) {
    assertThat(DateTimes.parse(text)).isEqualTo(OptionalLong.empty());
  }

  @Test
  void a_leap_second_is_the_next_second() {
    assertThat(DateTimes.parse("2016-12-31T23:59:60Z"))
        .isEqualTo(DateTimes.parse("2017-01-01T00:00:00Z"));
  }
}
