package io.millrace.collection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.model.Failure;
import io.millrace.model.Operation;
import io.millrace.model.PayloadBytes;
import io.millrace.model.Point;
import io.millrace.model.PointId;
import io.millrace.model.StreamSpan;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What a source is told of its position while appends are on their way. A position that a crash
/// would take back makes the source skip records for good.
class ApplierPositionTest {
  @TempDir Path folder;

  @Test
  void a_position_is_told_once_its_entry_is_durable() throws Exception {
    HeldLog log = new HeldLog();
    try (Applier applier = log.applier("c", folder)) {
      submit(applier, 7);

      CompletableFuture<Long> asked =
          CompletableFuture.supplyAsync(
              () -> applier.position("orders", 1, "products/0").getAsLong());
      assertThat(asked).isNotDone();
      log.held.complete(null);

      assertThat(asked.join()).isEqualTo(7);
    }
  }

  @Test
  void no_position_is_told_after_an_append_failed() throws Exception {
    HeldLog log = new HeldLog();
    try (Applier applier = log.applier("c", folder)) {
      submit(applier, 7);
      log.failure = Optional.of(new Failure.Unavailable("the disk is gone"));
      log.held.completeExceptionally(log.failure.get());

      assertThatThrownBy(() -> applier.position("orders", 1, "products/0"))
          .isInstanceOf(Failure.Unavailable.class)
          .hasMessageContaining("the disk is gone");
    }
  }

  private static void submit(Applier applier, long last) {
    Point point = new Point(PointId.of(1), Map.of(), PayloadBytes.EMPTY);
    applier.submit(
        new WriteBatch(
            WriteBatch.Lane.STREAM,
            List.of(new Operation.Upsert(List.of(point))),
            List.of(new StreamSpan("orders", 1, "products/0", 0, last, -1))),
        bytes -> {});
  }
}
