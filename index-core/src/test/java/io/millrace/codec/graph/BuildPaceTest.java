package io.millrace.codec.graph;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.index.MergeRoom;
import io.millrace.index.PointIndex;
import io.millrace.model.CollectionConfig;
import io.millrace.model.Distance;
import io.millrace.model.Operation;
import io.millrace.model.PayloadBytes;
import io.millrace.model.Point;
import io.millrace.model.PointId;
import io.millrace.model.VectorConfig;
import io.millrace.model.VectorValue;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BuildPaceTest {
  private static final long MILLI = 1_000_000;

  private static final class HandClock implements BuildPace.Clock {
    long cpu = 5 * MILLI;
    long nanos = 70 * MILLI;
    long written;
    long rested;

    @Override
    public long cpuNanos() {
      return cpu;
    }

    @Override
    public long nanos() {
      return nanos;
    }

    @Override
    public long written() {
      return written;
    }

    @Override
    public void rest(long time) {
      rested += time;
      nanos += time;
    }

    /// Builds for a time, of which it has to wait for a processor some, while rows are written.
    void pass(long cpuMillis, long waitedMillis, long rows) {
      cpu += cpuMillis * MILLI;
      nanos += (cpuMillis + waitedMillis) * MILLI;
      written += rows;
    }
  }

  private final HandClock clock = new HandClock();

  @Test
  void it_builds_a_fifth_of_the_time_while_rows_are_written_and_processors_are_short() {
    BuildPace pace = new BuildPace(clock, 0, 10_000);

    for (int i = 0; i < 10; i++) {
      clock.pass(25, 15, 100);
      pace.giveWay();
    }

    assertThat(clock.rested).isEqualTo(10 * 4 * 25 * MILLI);
  }

  @Test
  void it_looks_only_now_and_then() {
    BuildPace pace = new BuildPace(clock, 0, 10_000);

    clock.pass(10, 10, 100);
    pace.giveWay();
    assertThat(clock.rested).isZero();
    clock.pass(12, 10, 100);
    pace.giveWay();

    assertThat(clock.rested).isEqualTo(4 * 22 * MILLI);
  }

  @Test
  void no_rest_is_so_long_that_the_end_of_a_build_would_wait_for_it() {
    BuildPace pace = new BuildPace(clock, 0, 10_000);

    clock.pass(3_000, 1_000, 100);
    pace.giveWay();

    assertThat(clock.rested).isEqualTo(200 * MILLI);
  }

  @Test
  void it_rests_for_nobody_when_nothing_is_written() {
    BuildPace pace = new BuildPace(clock, 0, 10_000);

    clock.pass(25, 15, 0);
    pace.giveWay();

    assertThat(clock.rested).isZero();
  }

  @Test
  void it_rests_not_where_a_processor_is_idle() {
    BuildPace pace = new BuildPace(clock, 0, 10_000);

    clock.pass(25, 2, 1_000);
    pace.giveWay();

    assertThat(clock.rested).isZero();
  }

  @Test
  void it_rests_no_more_once_many_rows_are_without_a_graph() {
    BuildPace pace = new BuildPace(clock, 0, 150_000);

    clock.pass(25, 15, 40_000);
    pace.giveWay();
    assertThat(clock.rested).isEqualTo(100 * MILLI);
    clock.pass(25, 15, 20_000);
    pace.giveWay();

    assertThat(clock.rested).isEqualTo(100 * MILLI);
  }

  @Test
  void rows_of_multivectors_are_written_rows_too(@TempDir Path folder) throws Exception {
    CollectionConfig config =
        CollectionConfig.of(
            Map.of(
                "a", VectorConfig.of(2, Distance.DOT),
                "m", VectorConfig.of(2, Distance.DOT).asMulti()),
            Map.of());
    try (PointIndex index =
        PointIndex.open(
            folder.resolve("index"),
            () -> config,
            (reader, filter) -> List.of(),
            1,
            new MergeRoom(() -> Long.MAX_VALUE))) {
      long before = BuildPace.rowsWritten();

      index.apply(
          0,
          new Operation.Upsert(
              List.of(
                  new Point(
                      PointId.of(1),
                      Map.of(
                          "a", new VectorValue.Dense(1, 2),
                          "m", new VectorValue.Multi(2, new float[] {1, 2, 3, 4, 5, 6})),
                      PayloadBytes.EMPTY))));

      assertThat(BuildPace.rowsWritten() - before).isEqualTo(1 + 3);
    }
  }
}
