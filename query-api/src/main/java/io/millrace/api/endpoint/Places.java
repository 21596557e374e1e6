package io.millrace.api.endpoint;

import io.millrace.model.Failure;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Optional;
import java.util.Queue;

/// How many may search at once, and who is next. Those who wait get their places in the order in
/// which they came: none is free as long as somebody waits. Safe for any thread; nothing blocks.
final class Places {
  private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

  private final int mostWaiting;
  private final Queue<Runnable> waiting = new ArrayDeque<>();
  private int free;
  private boolean closed;

  /// @param count searches at once
  /// @param mostWaiting for a place
  Places(int count, int mostWaiting) {
    this.free = count;
    this.mostWaiting = mostWaiting;
  }

  /// Takes a place, if one is free. Who has one must not ask for another, and has to [#leave] it.
  synchronized boolean take() {
    if (closed || free == 0) {
      return false;
    }
    free--;
    return true;
  }

  /// Takes a place and returns true, or has the work wait, which some [#leave] then returns. Throws
  /// [Failure.TooMuch] if too many wait, and [Failure.Unavailable] after the end.
  synchronized boolean takeOrWait(Runnable work) {
    if (closed) {
      throw new Failure.Unavailable("The server is stopping");
    }
    if (take()) {
      return true;
    }
    if (waiting.size() >= mostWaiting) {
      throw new Failure.TooMuch("Too many searches are waiting, try again", RETRY_AFTER);
    }
    waiting.add(work);
    return false;
  }

  /// Gives up a place: to the work that is returned, if some waits.
  synchronized Optional<Runnable> leave() {
    Optional<Runnable> next = Optional.ofNullable(waiting.poll());
    if (next.isEmpty()) {
      free++;
    }
    return next;
  }

  /// Has it wait no longer, if it does.
  synchronized void forget(Runnable work) {
    waiting.remove(work);
  }

  synchronized int free() {
    return free;
  }

  synchronized int waiting() {
    return waiting.size();
  }

  /// Gives no more places; returns what waited, now without one.
  synchronized List<Runnable> close() {
    closed = true;
    List<Runnable> rest = List.copyOf(waiting);
    waiting.clear();
    return rest;
  }
}
