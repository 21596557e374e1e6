package io.millrace.collection;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.index.PointIndex;
import io.millrace.model.CollectionConfig;
import io.millrace.model.Distance;
import io.millrace.model.PayloadIndex;
import io.millrace.model.PayloadPath;
import io.millrace.model.PayloadSchema;
import io.millrace.model.TextOptions;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TextFillingTest {
  private static final PayloadSchema TEXT =
      new PayloadSchema(Map.of(PayloadPath.parse("t"), new PayloadIndex.Text(TextOptions.DEFAULT)));

  private final TextFilling filling = new TextFilling();

  @TempDir Path folder;

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
    CollectionConfig config = CollectionConfig.unnamed(2, Distance.DOT);
    try (PointIndex index =
        PointIndex.open(
            folder, () -> config, (reader, filter) -> List.of(), 1, () -> Long.MAX_VALUE)) {
      filling.begin(TEXT);

      assertThat(filling.step(index)).isFalse();
      assertThat(filling.isDue(true)).isFalse();

      filling.begin(TEXT);

      assertThat(filling.isDue(true)).isTrue();
    }
  }
}
