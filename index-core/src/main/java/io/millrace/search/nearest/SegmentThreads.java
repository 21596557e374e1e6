package io.millrace.search.nearest;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/// Threads that search large segments beside the thread that asks, shared by all searches of a
/// process. Nothing waits for one: where none is free the asking thread does the work itself. They
/// are platform threads, as reading mapped files can block.
public final class SegmentThreads implements AutoCloseable {
  private static final long IDLE_SECONDS = 60;

  private final ThreadPoolExecutor threads;

  /// @param count threads at most, at least 1
  public SegmentThreads(int count) {
    AtomicInteger number = new AtomicInteger();
    threads =
        new ThreadPoolExecutor(
            count,
            count,
            IDLE_SECONDS,
            TimeUnit.SECONDS,
            new SynchronousQueue<>(),
            task -> {
              Thread thread = new Thread(task, "segments-" + number.incrementAndGet());
              thread.setDaemon(true);
              return thread;
            },
            (task, pool) -> task.run());
    threads.allowCoreThreadTimeOut(true);
  }

  /// Results in the order of the works, the last of which the calling thread does. Returns once all
  /// have ended, whatever came of them, since they use what the caller closes; then throws what the
  /// first that failed threw.
  <T> List<T> all(List<Callable<T>> works) throws IOException {
    List<FutureTask<T>> tasks = new ArrayList<>();
    for (Callable<T> work : works) {
      tasks.add(new FutureTask<>(work));
    }
    for (FutureTask<T> task : tasks.subList(0, tasks.size() - 1)) {
      threads.execute(task);
    }
    tasks.getLast().run();
    boolean interrupted = false;
    for (FutureTask<T> task : tasks) {
      interrupted |= awaitEnd(task);
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    List<T> results = new ArrayList<>();
    for (FutureTask<T> task : tasks) {
      results.add(result(task));
    }
    return results;
  }

  /// Whether the caller was interrupted meanwhile.
  private static boolean awaitEnd(FutureTask<?> task) {
    boolean interrupted = false;
    while (true) {
      try {
        task.get();
        return interrupted;
      } catch (ExecutionException e) {
        return interrupted;
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
  }

  private static <T> T result(FutureTask<T> ended) throws IOException {
    if (ended.state() == Future.State.SUCCESS) {
      return ended.resultNow();
    }
    switch (ended.exceptionNow()) {
      case IOException failure -> throw failure;
      case RuntimeException failure -> throw failure;
      case Error error -> throw error;
      case Throwable other ->
          throw new IllegalStateException("the search of a segment failed", other);
    }
  }

  @Override
  public void close() {
    threads.shutdown();
  }
}
