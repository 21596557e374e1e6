package io.millrace.collection;

import io.millrace.index.StreamPositions;
import io.millrace.model.StreamSpan;
import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// How far each stream is durable in the log. A source that is told more skips records after a
/// crash for good. Safe for use by several threads.
final class DurablePositions {
  private static final Logger LOG = LoggerFactory.getLogger(DurablePositions.class);

  /// How long a question waits for appends on their way; a slow disk takes seconds.
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  private final String collection;
  private final ReentrantLock lock = new ReentrantLock(); // never held over a wait
  private final StreamPositions positions; // under lock
  private volatile CompletableFuture<Void> newest = CompletableFuture.completedFuture(null);

  DurablePositions(String collection, StreamPositions start) {
    this.collection = collection;
    this.positions = start.copy();
  }

  /// Counts the positions once their append is durable. Called in the order of the appends.
  void expect(CompletableFuture<Void> durable, List<StreamSpan> spans) {
    newest = durable.thenRun(() -> add(spans));
  }

  /// On the log's append thread.
  private void add(List<StreamSpan> spans) {
    lock.lock();
    try {
      spans.forEach(positions::add);
    } finally {
      lock.unlock();
    }
  }

  /// Waits a bounded moment for what is on its way.
  void settle() {
    try {
      newest.get(PATIENCE.toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException | TimeoutException notDurable) {
      LOG.warn("positions on their way did not become durable collection={}", collection);
    }
  }

  OptionalLong last(String source, long epoch, String stream) {
    lock.lock();
    try {
      return positions.last(source, epoch, stream);
    } finally {
      lock.unlock();
    }
  }
}
