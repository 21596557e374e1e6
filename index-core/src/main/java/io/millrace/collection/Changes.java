package io.millrace.collection;

import io.millrace.model.Failure;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// Steps that wait for the apply thread to come between two entries. Each is run by that thread or
/// taken back by the one who waits for it, never both.
final class Changes {
  /// How long a change waits for the operations before it.
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  /// @param after runs when this sequence is applied
  record Change(long after, Runnable step, CompletableFuture<Void> done) {}

  private final ConcurrentLinkedQueue<Change> waiting = new ConcurrentLinkedQueue<>();

  Change add(long after, Runnable step) {
    Change change = new Change(after, step, new CompletableFuture<>());
    waiting.add(change);
    return change;
  }

  void takeBack(Change change) {
    waiting.remove(change);
  }

  /// The first change, no longer waiting, if `applied` is far enough for it.
  Optional<Change> due(long applied) {
    Change first = waiting.peek();
    return first != null && applied >= first.after() && waiting.remove(first)
        ? Optional.of(first)
        : Optional.empty();
  }

  /// Waits until the change is done; throws what it threw.
  void await(Change change) {
    try {
      change.done().get(PATIENCE.toNanos(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      if (waiting.remove(change)) {
        throw new Failure.TimedOut("The operations before the change were not applied in time");
      }
      throw new Failure.Unavailable("The change takes longer than expected");
    } catch (ExecutionException e) {
      if (e.getCause() instanceof Failure cause) {
        throw cause;
      }
      throw new IllegalStateException("a change failed", e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Failure.Unavailable("Interrupted while waiting for a change");
    }
  }

  void refuse(Failure why) {
    for (Change change = waiting.poll(); change != null; change = waiting.poll()) {
      change.done().completeExceptionally(why);
    }
  }
}
