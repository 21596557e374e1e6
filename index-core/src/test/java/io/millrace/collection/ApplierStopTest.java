package io.millrace.collection;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.model.Failure;
import io.millrace.model.Operation;
import io.millrace.model.PayloadBytes;
import io.millrace.model.Point;
import io.millrace.model.PointId;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What the apply thread does once nothing can be written any more.
class ApplierStopTest {
  @TempDir Path folder;

  /// One write is applied and not committed when the log fails at the next. The commit stays due
  /// for as long as the collection is not opened again, which may be long on a full disk.
  @Test
  void the_apply_thread_sleeps_though_a_commit_is_due() throws Exception {
    HeldLog log = new HeldLog();
    try (Applier applier = log.applier("stopped", folder)) {
      log.held = CompletableFuture.completedFuture(null);
      submit(applier).applied().join();
      log.held = CompletableFuture.failedFuture(new Failure.Unavailable("the disk is gone"));
      submit(applier);
      assertThat(isSoon(() -> applier.failure().isPresent())).isTrue();

      Thread thread =
          Thread.getAllStackTraces().keySet().stream()
              .filter(t -> t.getName().equals("apply-stopped"))
              .findAny()
              .orElseThrow();

      assertThat(isSoon(() -> thread.getState() == Thread.State.WAITING))
          .as("waits without an end")
          .isTrue();
    }
  }

  private static Submission submit(Applier applier) {
    Point point = new Point(PointId.of(1), Map.of(), PayloadBytes.EMPTY);
    return applier.submit(
        new WriteBatch(
            WriteBatch.Lane.STREAM, List.of(new Operation.Upsert(List.of(point))), List.of()),
        bytes -> {});
  }

  private static boolean isSoon(BooleanSupplier condition) {
    long end = System.nanoTime() + Duration.ofSeconds(30).toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - end > 0) {
        return false;
      }
      Thread.onSpinWait();
    }
    return true;
  }
}
