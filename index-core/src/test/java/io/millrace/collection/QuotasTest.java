package io.millrace.collection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.model.Failure;
import io.millrace.model.QuotaConfig;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class QuotasTest {
  private QuotaConfig config = QuotaConfig.OFF;
  private OptionalInt memory = OptionalInt.of(40);
  private OptionalInt disk = OptionalInt.of(70);
  private Runnable beforeReading = () -> {};
  private long nanos;
  private int readings;
  private final Quotas quotas =
      new Quotas(
          () -> config,
          new Quotas.Readings() {
            @Override
            public OptionalInt residentMemory() {
              readings++;
              beforeReading.run();
              return memory;
            }

            @Override
            public OptionalInt diskUsage() {
              return disk;
            }
          },
          () -> nanos);

  private static QuotaConfig of(int memory, int disk, OptionalInt margin) {
    return new QuotaConfig(
        true,
        memory == 0 ? OptionalInt.empty() : OptionalInt.of(memory),
        disk == 0 ? OptionalInt.empty() : OptionalInt.of(disk),
        margin);
  }

  private void later() {
    nanos += TimeUnit.SECONDS.toNanos(1);
  }

  @Test
  void limits_count_only_when_they_are_enabled() {
    config = new QuotaConfig(false, OptionalInt.of(1), OptionalInt.of(1), OptionalInt.empty());
    assertThatCode(quotas::check).doesNotThrowAnyException();
    assertThat(readings).as("nothing is read for nothing").isZero();
    assertThat(quotas.exceeded())
        .isEqualTo(new Quotas.Exceeded(Optional.empty(), Optional.empty()));
    assertThat(quotas.usage()).isEqualTo(new Quotas.Usage(memory, disk));
  }

  @Test
  void a_limit_is_reached_at_its_value_and_the_text_says_what_to_do() {
    config = of(0, 71, OptionalInt.empty());
    assertThatCode(quotas::check).doesNotThrowAnyException();
    assertThat(quotas.exceeded())
        .isEqualTo(new Quotas.Exceeded(Optional.empty(), Optional.of(false)));

    config = of(0, 70, OptionalInt.empty());
    assertThatThrownBy(quotas::check)
        .isInstanceOf(Failure.StorageFull.class)
        .hasMessage(
            "Disk usage is at 70% of total capacity, exceeding the configured limit of 70%."
                + " Help: Reduce disk usage (e.g. delete points or drop collections), or raise"
                + " `max_disk_usage_percent` in the global quota config.");

    config = of(30, 0, OptionalInt.empty());
    assertThatThrownBy(quotas::check)
        .hasMessage(
            "Resident memory usage is at 40% of total memory, exceeding the configured limit of"
                + " 30%. Help: Reduce memory usage (e.g. delete points or drop collections), or"
                + " raise `max_resident_memory_percent` in the global quota config.");
    assertThat(quotas.exceeded())
        .isEqualTo(new Quotas.Exceeded(Optional.of(true), Optional.empty()));
  }

  @Test
  void writes_are_taken_again_below_the_margin_only() {
    config = of(0, 70, OptionalInt.of(10));
    assertThatThrownBy(quotas::check).isInstanceOf(Failure.StorageFull.class);

    disk = OptionalInt.of(60);
    later();
    assertThatThrownBy(quotas::check)
        .hasMessageStartingWith(
            "Disk usage is at 60% of total capacity. It reached the configured limit of 70% and has"
                + " to fall below 60% before this node takes writes again. Help: ");
    assertThat(quotas.exceeded().diskUsage()).contains(true);

    disk = OptionalInt.of(59);
    later();
    assertThatCode(quotas::check).doesNotThrowAnyException();
    disk = OptionalInt.of(69);
    later();
    assertThatCode(quotas::check).doesNotThrowAnyException();
  }

  @Test
  void the_margin_is_5_unless_it_is_said_and_0_releases_below_the_limit() {
    config = of(0, 70, OptionalInt.empty());
    assertThatThrownBy(quotas::check).isInstanceOf(Failure.StorageFull.class);
    disk = OptionalInt.of(65);
    later();
    assertThatThrownBy(quotas::check).hasMessageContaining("has to fall below 65%");

    config = of(0, 65, OptionalInt.of(0));
    assertThatThrownBy(quotas::check).isInstanceOf(Failure.StorageFull.class);
    disk = OptionalInt.of(64);
    later();
    assertThatCode(quotas::check).doesNotThrowAnyException();
  }

  @Test
  void another_configuration_judges_anew_and_at_once() {
    config = of(0, 70, OptionalInt.of(50));
    assertThatThrownBy(quotas::check).isInstanceOf(Failure.StorageFull.class);
    config = of(0, 71, OptionalInt.of(50));
    assertThatCode(quotas::check).as("nothing is held from before").doesNotThrowAnyException();
  }

  @Test
  void what_cannot_be_read_forbids_nothing_and_is_not_called_within_limits() {
    memory = OptionalInt.empty();
    config = of(1, 0, OptionalInt.empty());
    assertThatCode(quotas::check).doesNotThrowAnyException();
    assertThat(quotas.exceeded())
        .isEqualTo(new Quotas.Exceeded(Optional.empty(), Optional.empty()));
  }

  @Test
  void the_machine_is_asked_a_few_times_a_second_however_many_write() {
    config = of(90, 0, OptionalInt.empty());
    for (int i = 0; i < 1_000; i++) {
      nanos += TimeUnit.MILLISECONDS.toNanos(1);
      quotas.check();
    }
    assertThat(readings).isBetween(2, 10);
  }

  @Test
  void mapped_files_are_not_counted_as_resident() {
    List<String> status =
        List.of(
            "Name:\tjava",
            "VmRSS:\t  9000000 kB",
            "RssAnon:\t     2000 kB",
            "RssFile:\t  8997000 kB",
            "RssShmem:\t     1000 kB");
    assertThat(ResidentMemory.percent(status, 0, 30_000L << 10)).hasValue(10);
    assertThat(ResidentMemory.percent(List.of(), 0, 30_000L << 10)).isEmpty();
    assertThat(ResidentMemory.percent(status, 0, 0)).isEmpty();
  }

  @Test
  void room_that_a_collection_left_free_in_the_heap_is_not_counted() {
    List<String> status = List.of("RssAnon:\t     3000 kB");
    assertThat(ResidentMemory.percent(status, 1_500L << 10, 30_000L << 10)).hasValue(5);
    assertThat(ResidentMemory.percent(status, 9_000L << 10, 30_000L << 10)).hasValue(0);
  }

  @Test
  void of_two_readings_at_once_the_first_one_kept_counts() {
    config = of(80, 0, OptionalInt.of(5));
    memory = OptionalInt.of(79);
    beforeReading =
        () -> {
          beforeReading = () -> {};
          memory = OptionalInt.of(80);
          assertThatThrownBy(quotas::check).isInstanceOf(Failure.StorageFull.class);
          memory = OptionalInt.of(79);
        };

    assertThatThrownBy(quotas::check).isInstanceOf(Failure.StorageFull.class);
    later();
    assertThatThrownBy(quotas::check).as("79 % is not below 75").hasMessageContaining("75%");
  }

  @Test
  void percentages_are_rounded_down_and_overflow_nowhere() {
    assertThat(Quotas.percent(999, 1_000)).hasValue(99);
    assertThat(Quotas.percent(Long.MAX_VALUE, Long.MAX_VALUE)).hasValue(100);
    assertThat(Quotas.percent(5, 0)).isEmpty();
  }
}
