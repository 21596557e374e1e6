package io.millrace.collection;

import io.millrace.model.Failure;
import java.io.IOException;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;

/// Those who wait for a commit that holds everything up to a sequence, in the order of sequences.
final class Pinnings {
  private record Pinning(long sequence, CompletableFuture<Pinned> pinned) {}

  /// Holds on to the newest commit.
  interface Holding {
    Pinned hold() throws IOException;
  }

  private final Queue<Pinning> waiting = new ConcurrentLinkedQueue<>();

  /// Sequences of one call are not lower than those of the call before: callers hold a lock.
  CompletableFuture<Pinned> add(long sequence) {
    Pinning pinning = new Pinning(sequence, new CompletableFuture<>());
    waiting.add(pinning);
    return pinning.pinned();
  }

  boolean isDue(long applied) {
    Pinning first = waiting.peek();
    return first != null && first.sequence() <= applied;
  }

  /// Serves everybody whose sequence a commit just made holds.
  void serve(long committed, Holding holding) throws IOException {
    while (isDue(committed)) {
      Pinning next = waiting.remove();
      Pinned pinned = holding.hold();
      if (!next.pinned().complete(pinned)) {
        pinned.commit().close(); // nobody waits any more
      }
    }
  }

  void refuse(Failure reason) {
    for (Pinning next = waiting.poll(); next != null; next = waiting.poll()) {
      next.pinned().completeExceptionally(reason);
    }
  }
}
