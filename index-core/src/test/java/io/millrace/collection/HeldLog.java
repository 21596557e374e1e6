package io.millrace.collection;

import io.millrace.index.MergeRoom;
import io.millrace.index.PointIndex;
import io.millrace.log.EncodedBatch;
import io.millrace.log.LogEntry;
import io.millrace.log.OperationLog;
import io.millrace.meter.Histogram;
import io.millrace.meter.Jobs;
import io.millrace.model.CollectionConfig;
import io.millrace.model.Distance;
import io.millrace.model.Failure;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/// A log whose appends are durable when the test says so.
final class HeldLog implements OperationLog {
  /// What the next append returns.
  volatile CompletableFuture<Void> held = new CompletableFuture<>();

  volatile Optional<Failure> failure = Optional.empty();

  /// The writing half of an empty collection over this log.
  Applier applier(String name, Path folder) throws IOException {
    CollectionConfig config = CollectionConfig.unnamed(2, Distance.DOT);
    return new Applier(
        name,
        () -> config,
        StoreSettings.defaults(),
        this,
        PointIndex.open(
            folder,
            () -> config,
            (reader, filter) -> List.of(),
            1,
            new MergeRoom(() -> Long.MAX_VALUE)),
        new Views(),
        new WriterFacts(),
        new Jobs(Clock.systemUTC()),
        Clock.systemUTC(),
        thrown -> new Breakdown(new Failure.Unavailable("the disk is gone", thrown), true),
        why -> {});
  }

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
  public long bytes() {
    return 0;
  }

  @Override
  public Histogram groups() {
    return Histogram.ofCounts();
  }

  @Override
  public Optional<Failure> failure() {
    return failure;
  }

  @Override
  public void close() {}
}
