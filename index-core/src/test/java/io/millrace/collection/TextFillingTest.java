package io.millrace.collection;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.index.MergeRoom;
import io.millrace.index.PointIndex;
import io.millrace.meter.Jobs;
import io.millrace.model.CollectionConfig;
import io.millrace.model.Distance;
import io.millrace.model.Operation;
import io.millrace.model.PayloadBytes;
import io.millrace.model.PayloadIndex;
import io.millrace.model.PayloadPath;
import io.millrace.model.PayloadSchema;
import io.millrace.model.Point;
import io.millrace.model.PointId;
import io.millrace.model.TextOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.assertj.core.groups.Tuple;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TextFillingTest {
  private static final PayloadSchema TEXT = schema("t");

  private final Jobs jobs = new Jobs(Clock.systemUTC());
  private final TextFilling filling = new TextFilling("c", jobs);

  @TempDir Path folder;
  private CollectionConfig config = CollectionConfig.unnamed(2, Distance.DOT);

  @Test
  void without_a_text_index_no_step_is_due() {
    filling.begin(PayloadSchema.NONE);

    assertThat(filling.isOpen()).isFalse();
    assertThat(filling.isDue(true)).isFalse();
  }

  @Test
  void beside_other_work_every_64th_step_is_due_and_without_it_each() {
    filling.begin(TEXT);

    List<Integer> taken =
        IntStream.rangeClosed(1, 200).filter(turn -> filling.isDue(false)).boxed().toList();

    assertThat(taken).containsExactly(64, 128, 192);
    assertThat(filling.isDue(true)).isTrue();
    assertThat(filling.isDue(true)).isTrue();
  }

  @Test
  void it_ends_with_the_step_that_finds_no_point_and_begins_again_with_the_next_change()
      throws Exception {
    try (PointIndex index = open()) {
      filling.begin(TEXT);

      assertThat(filling.step(index)).isFalse();
      assertThat(filling.isDue(true)).isFalse();
      assertThat(jobs.all()).as("nothing was to be filled").isEmpty();

      filling.begin(TEXT);

      assertThat(filling.isDue(true)).isTrue();
    }
  }

  @Test
  void each_index_is_a_job_with_the_points_that_it_lacks() throws Exception {
    try (PointIndex index = open()) {
      for (int id = 0; id < 1_500; id++) {
        String payload = id < 1_200 ? "{\"t\":\"a b\"}" : "{\"t\":\"a b\",\"s\":\"c\"}";
        index.apply(
            id,
            new Operation.Upsert(
                List.of(new Point(PointId.of(id), Map.of(), PayloadBytes.of(payload)))));
      }
      index.refresh();
      declare(TEXT);
      filling.count(index);
      assertThat(jobs.all())
          .extracting(Jobs.Job::field, Jobs.Job::of)
          .containsExactly(of("t", 1_500));

      assertThat(filling.step(index)).isTrue();
      index.refresh();
      assertThat(jobs.all()).extracting(Jobs.Job::done).containsExactly(1_024L);

      declare(schema("t", "s"));
      filling.count(index);
      assertThat(jobs.all())
          .extracting(Jobs.Job::field, Jobs.Job::of)
          .as("one goes on, one begins")
          .containsExactly(of("t", 1_500), of("s", 300));

      assertThat(filling.step(index)).isTrue();
      index.refresh();
      assertThat(jobs.all()).extracting(Jobs.Job::done).containsExactly(1_500L, 300L);
      assertThat(filling.isOpen()).as("what is found out by the next step").isTrue();
      assertThat(filling.step(index)).isFalse();
      assertThat(filling.isOpen()).isFalse();
      assertThat(jobs.ended(Jobs.Kind.INDEX, Jobs.Outcome.DONE)).isEqualTo(2);
    }
  }

  @Test
  void the_job_of_an_index_that_is_deleted_or_declared_otherwise_is_cancelled() throws Exception {
    try (PointIndex index = open()) {
      index.apply(
          0,
          new Operation.Upsert(
              List.of(
                  new Point(
                      PointId.of(1), Map.of(), PayloadBytes.of("{\"t\":\"a\",\"s\":\"b\"}")))));
      index.refresh();
      declare(schema("t", "s"));
      filling.count(index);

      declare(new PayloadSchema(Map.of(PayloadPath.parse("s"), new PayloadIndex.Bool())));
      filling.count(index);

      assertThat(filling.isOpen()).isFalse();
      assertThat(jobs.ended(Jobs.Kind.INDEX, Jobs.Outcome.CANCELLED)).isEqualTo(2);
    }
  }

  private PointIndex open() throws IOException {
    return PointIndex.open(
        folder,
        () -> config,
        (reader, filter) -> List.of(),
        1,
        new MergeRoom(() -> Long.MAX_VALUE));
  }

  private void declare(PayloadSchema schema) {
    config = config.withPayloadSchema(schema);
    filling.begin(schema);
  }

  private static PayloadSchema schema(String... paths) {
    return new PayloadSchema(
        Stream.of(paths)
            .collect(
                Collectors.toMap(
                    PayloadPath::parse, _ -> new PayloadIndex.Text(TextOptions.DEFAULT))));
  }

  private static Tuple of(String field, long points) {
    return Tuple.tuple(field, points);
  }
}
