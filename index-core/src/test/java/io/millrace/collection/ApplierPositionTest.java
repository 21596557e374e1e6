package io.millrace.collection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.index.PointIndex;
import io.millrace.log.EncodedBatch;
import io.millrace.log.LogEntry;
import io.millrace.log.OperationLog;
import io.millrace.model.CollectionConfig;
import io.millrace.model.Distance;
import io.millrace.model.Failure;
import io.millrace.model.Operation;
import io.millrace.model.PayloadBytes;
import io.millrace.model.Point;
import io.millrace.model.PointId;
import io.millrace.model.StreamSpan;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What a source is told of its position while appends are on their way. A position that a crash
/// would take back makes the source skip records for good.
class ApplierPositionTest {
  @TempDir Path folder;

  @Test
  void a_position_is_told_once_its_entry_is_durable() throws Exception {
    HeldLog log = new HeldLog();
    try (Applier applier = applier(log)) {
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
    try (Applier applier = applier(log)) {
      submit(applier, 7);
      log.failure = Optional.of(new Failure.Unavailable("the disk is gone"));
      log.held.completeExceptionally(log.failure.get());

      assertThatThrownBy(() -> applier.position("orders", 1, "products/0"))
          .isInstanceOf(Failure.Unavailable.class)
          .hasMessageContaining("the disk is gone");
    }
  }

  private Applier applier(OperationLog log) throws Exception {
    CollectionConfig config = CollectionConfig.unnamed(2, Distance.DOT);
    PointIndex index =
        PointIndex.open(
            folder, () -> config, (reader, filter) -> List.<PointId>of(), 1, () -> Long.MAX_VALUE);
    return new Applier(
        "c",
        () -> config,
        StoreSettings.defaults(),
        log,
        index,
        new Views(),
        Clock.systemUTC(),
        thrown -> new Breakdown(new Failure.Unavailable("the disk is gone", thrown), true),
        why -> {});
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

  /// A log whose one append is durable when the test says so.
  private static final class HeldLog implements OperationLog {
    private final CompletableFuture<Void> held = new CompletableFuture<>();
    private volatile Optional<Failure> failure = Optional.empty();

    @Override
    public CompletableFuture<Void> append(long first, long timeMillis, EncodedBatch batch) {
      return held;
    }

    @Override
    public long nextSequence() {
      return 0;
    }

    @Override
    public CompletableFuture<Void> force() {
      return CompletableFuture.completedFuture(null);
    }

    @Override
    public void replay(long fromSequence, Consumer<LogEntry> consumer) {}

    @Override
    public void trimTo(long sequence) {}

    @Override
    public long bytesSince(long sequence) {
      return 0;
    }

    @Override
    public Optional<Failure> failure() {
      return failure;
    }

    @Override
    public void close() {}
  }
}
