package io.millrace.ingest.pipeline;

import io.millrace.ingest.deadletter.DeadLetter;
import io.millrace.ingest.deadletter.DeadLetters;
import io.millrace.model.Failure;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;

/// Dead letters in memory, one per id; unavailable for as many calls as asked for.
public final class FakeDeadLetters implements DeadLetters {
  private final Map<String, DeadLetter> letters = new LinkedHashMap<>();
  private final AtomicInteger failures = new AtomicInteger();
  private final Semaphore failed = new Semaphore(0);

  public void failNext(int calls) {
    failures.set(calls);
  }

  /// Returns after so many calls failed.
  public void awaitFailures(int calls) throws InterruptedException {
    failed.acquire(calls);
  }

  @Override
  public void write(List<DeadLetter> more) {
    if (failures.getAndUpdate(n -> Math.max(0, n - 1)) > 0) {
      failed.release();
      throw new Failure.Unavailable("no place for dead letters");
    }
    synchronized (letters) {
      more.forEach(letter -> letters.put(letter.id(), letter));
    }
  }

  /// `<number>:<code>` in the order of writing.
  public List<String> codes() {
    synchronized (letters) {
      return letters.values().stream()
          .map(letter -> letter.record().number() + ":" + letter.reason().code())
          .toList();
    }
  }

  @Override
  public List<Kept> kept(int limit) {
    throw new UnsupportedOperationException();
  }

  @Override
  public Count count() {
    synchronized (letters) {
      return new Count(OptionalLong.of(letters.size()), 0);
    }
  }

  @Override
  public void close() {}
}
