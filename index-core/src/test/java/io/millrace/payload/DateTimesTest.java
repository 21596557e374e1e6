package io.millrace.payload;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class DateTimesTest {
  private static long micros(String rfc3339) {
    return ChronoUnit.MICROS.between(
        OffsetDateTime.of(1970, 1, 1, 0, 0, 0, 0, ZoneOffset.UTC), OffsetDateTime.parse(rfc3339));
  }

  private static void reads(String text, String rfc3339) {
    assertThat(DateTimes.parse(text)).as(text).isEqualTo(OptionalLong.of(micros(rfc3339)));
  }

  @Test
  void every_accepted_form_is_read() {
    reads("2024-01-31T10:11:12Z", "2024-01-31T10:11:12Z");
    reads("2024-01-31t10:11:12z", "2024-01-31T10:11:12Z");
    reads("2024-01-31T10:11:12.5Z", "2024-01-31T10:11:12.5Z");
    reads("2024-01-31T10:11:12.123456789Z", "2024-01-31T10:11:12.123456Z");
    reads("2024-01-31T10:11:12+02:00", "2024-01-31T08:11:12Z");
    reads("2024-01-31T10:11:12-0230", "2024-01-31T12:41:12Z");
    reads("2024-01-31 10:11:12.000001+02", "2024-01-31T08:11:12.000001Z");
    reads("2024-01-31 10:11:12", "2024-01-31T10:11:12Z");
    reads("2024-01-31T10:11", "2024-01-31T10:11:00Z");
    reads("2024-01-31 10:11", "2024-01-31T10:11:00Z");
    reads("2024-01-31", "2024-01-31T00:00:00Z");
    reads("2016-12-31T23:59:60Z", "2017-01-01T00:00:00Z");
    reads("1969-12-31T23:59:59.999999Z", "1969-12-31T23:59:59.999999Z");
    reads("0000-01-01", "0000-01-01T00:00:00Z");
    reads("2024-1-31", "2024-01-31T00:00:00Z");
    reads(" 2024-01-31", "2024-01-31T00:00:00Z");
    reads("2024-01-31T10:1", "2024-01-31T10:01:00Z");
    reads("2024-01-31T9:05:07Z", "2024-01-31T09:05:07Z");
    reads("2024-01-31\t10:11:12", "2024-01-31T10:11:12Z");
    reads("2024-01-31  10:11:12", "2024-01-31T10:11:12Z");
    reads("2024-01-31T10:11:12 Z", "2024-01-31T10:11:12Z");
    reads("2024-01-31 10:11:12 UTC", "2024-01-31T10:11:12Z");
    reads("2024-01-31 10:11:12 +0200", "2024-01-31T08:11:12Z");
    reads("2024-01-31T10:11:12+02:", "2024-01-31T08:11:12Z");
    assertThat(DateTimes.parse("9999-12-31T23:59:59Z").getAsLong() + 86_340_000_000L)
        .isEqualTo(DateTimes.parse("9999-12-31T23:59:59-23:59").getAsLong());
  }

  @Test
  void everything_else_is_refused() {
    for (String text :
        new String[] {
          "",
          "20240131",
          "1706695200",
          "2024",
          "2024-01-31T",
          "2024-01-31T10",
          "2024-01-31T10:11Z",
          "2024-01-31T10:11+02",
          "2024-01-31T10:11:12.Z",
          "2024-01-31T10:11:12+2",
          "2024-01-31T10:11:12+02:0",
          "2024-01-31T10:11:12+24",
          "2024-01-31T10:11:12+02:60",
          "2024-01-31T24:00:00Z",
          "2024-01-31T10:60:00Z",
          "2024-01-31T10:11:61Z",
          "2024-00-10",
          "2024-13-01",
          "2024-01-32",
          "2024-02-30",
          "2023-02-29",
          "1900-02-29",
          "2024-04-31",
          "2024-01-31 10:11 PM",
          "Wed, 31 Jan 2024 10:11:12 GMT",
          "20240131T101112Z",
          "2024-01-31Z",
          "2024-01-31 ",
          "2024-01-31 10:11:12 ",
          "2024-01-31 10:11:12 CET",
          "-",
          "2024-",
          "2024/01/31",
          "+024-01-31",
          "２０24-01-31",
          "2024-01-31_10:11:12"
        }) {
      assertThat(DateTimes.parse(text)).as(text).isEmpty();
    }
  }

  @Test
  void days_of_ten_thousand_years_are_the_days_of_the_calendar() {
    LocalDate day = LocalDate.of(0, 1, 1);
    long expected = day.toEpochDay() * 86_400_000_000L;
    while (day.getYear() < 10_000) {
      assertThat(DateTimes.parse(day.toString()).getAsLong()).isEqualTo(expected);
      day = day.plusDays(9);
      expected += 9 * 86_400_000_000L;
    }
  }
}
