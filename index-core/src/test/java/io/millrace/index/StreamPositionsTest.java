package io.millrace.index;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.model.StreamSpan;
import org.junit.jupiter.api.Test;

class StreamPositionsTest {
  @Test
  void files_far_behind_are_forgotten_and_nothing_else_is() {
    StreamPositions positions = new StreamPositions();
    positions.add(new StreamSpan("inbox", 1, "products/0", 0, 7, -1));
    positions.add(new StreamSpan("other", 1, "file/1", 1, 3, -1));
    positions.add(new StreamSpan("inbox", 1, "file/name", 1, 3, -1));
    int files = 20_000;
    for (int i = 1; i <= files; i++) {
      positions.add(new StreamSpan("inbox", 1, "file/" + i, 1, 2, -1));
    }

    int[] kept = {0};
    positions.forEach((stream, position) -> kept[0]++);
    assertThat(kept[0]).isLessThan(3 * StreamPositions.FILES_KEPT);
    assertThat(positions.last("inbox", 1, "products/0")).hasValue(7);
    assertThat(positions.last("other", 1, "file/1")).hasValue(3);
    assertThat(positions.last("inbox", 1, "file/name")).hasValue(3);
    for (int i = files - StreamPositions.FILES_KEPT; i <= files; i++) {
      assertThat(positions.last("inbox", 1, "file/" + i)).hasValue(2);
    }
    assertThat(positions.last("inbox", 1, "file/1")).isEmpty();
  }
}
