package io.millrace.api.endpoint;

import io.millrace.model.Deadline;
import io.millrace.model.Failure;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.Scope;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/// The platform threads that search. Requests have virtual threads, but work on mapped memory does
/// not run there: a page fault would block the carrier and with it every other request.
public final class SearchPool implements AutoCloseable {
  private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

  private static final AttributeKey<Long> QUEUED = AttributeKey.longKey("millrace.queued_micros");

  private final ThreadPoolExecutor threads;
  private final int parallelPerRequest;
  private final Tracer tracer;

  /// @param queued searches that may wait for a thread; more are refused with [Failure.TooMuch]
  /// @param tracer gets a span `search` per piece of work
  public SearchPool(int threadCount, int queued, Tracer tracer) {
    this.tracer = tracer;
    AtomicInteger number = new AtomicInteger();
    threads =
        new ThreadPoolExecutor(
            threadCount,
            threadCount,
            0,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(queued),
            task -> {
              Thread thread = new Thread(task, "search-" + number.incrementAndGet());
              thread.setDaemon(true);
              return thread;
            });
    parallelPerRequest = Math.max(1, Runtime.getRuntime().availableProcessors());
  }

  /// Runs the work and waits for it. Work that has begun is waited for to its end, since it uses
  /// what the caller closes: it has to look at the deadline itself.
  public <T> T run(Deadline deadline, Supplier<T> work) {
    return await(start(work), deadline);
  }

  /// Runs several pieces of work, at most as many at once as there are processors, and returns
  /// their results in order.
  public <T> List<T> runAll(Deadline deadline, List<Supplier<T>> works) {
    if (works.size() == 1) {
      return List.of(run(deadline, works.getFirst()));
    }
    List<Started<T>> started = new ArrayList<>();
    List<T> results = new ArrayList<>();
    try {
      for (Supplier<T> work : works) {
        started.add(start(work));
        if (started.size() - results.size() >= parallelPerRequest) {
          results.add(await(started.get(results.size()), deadline));
        }
      }
      while (results.size() < works.size()) {
        results.add(await(started.get(results.size()), deadline));
      }
      return results;
    } finally {
      for (int i = results.size(); i < started.size(); i++) {
        started.get(i).abandon();
      }
    }
  }

  public int queued() {
    return threads.getQueue().size();
  }

  private <T> Started<T> start(Supplier<T> work) {
    Started<T> started = new Started<>(traced(work));
    try {
      threads.execute(started.task);
    } catch (RejectedExecutionException e) {
      if (threads.isShutdown()) {
        throw new Failure.Unavailable("The server is stopping");
      }
      throw new Failure.TooMuch("Too many searches are waiting, try again", RETRY_AFTER);
    }
    return started;
  }

  /// Below the span of the request that asks. It begins when a thread does; the wait for one is an
  /// attribute.
  private <T> Supplier<T> traced(Supplier<T> work) {
    Context asking = Context.current();
    if (!Span.fromContext(asking).isRecording()) {
      return work;
    }
    long asked = System.nanoTime();
    return () -> {
      Span span =
          tracer
              .spanBuilder("search")
              .setParent(asking)
              .setAttribute(QUEUED, (System.nanoTime() - asked) / 1_000)
              .startSpan();
      try (Scope scope = span.makeCurrent()) {
        return work.get();
      } catch (RuntimeException failure) {
        span.setStatus(StatusCode.ERROR, failure.getClass().getSimpleName());
        throw failure;
      } finally {
        span.end();
      }
    };
  }

  private <T> T await(Started<T> started, Deadline deadline) {
    try {
      try {
        return started.task.get(deadline.remainingNanos(), TimeUnit.NANOSECONDS);
      } catch (TimeoutException e) {
        if (started.claim()) {
          // Not begun: it shall not keep a place in the queue either.
          threads.remove(started.task);
          deadline.check();
        }
        return started.task.get();
      }
    } catch (ExecutionException e) {
      switch (e.getCause()) {
        case RuntimeException failure -> throw failure;
        case Error error -> throw error;
        case null, default -> throw new IllegalStateException("a search failed", e);
      }
    } catch (InterruptedException e) {
      started.abandon();
      Thread.currentThread().interrupt();
      throw new Failure.Unavailable("The server is stopping");
    }
  }

  /// A piece of work that either a thread of the pool begins or its owner gives up, never both.
  private static final class Started<T> {
    private final AtomicBoolean claimed = new AtomicBoolean();
    private final FutureTask<T> task;

    Started(Supplier<T> work) {
      Callable<T> guarded =
          () -> {
            if (!claim()) {
              throw new Failure.TimedOut("given up before it began");
            }
            return work.get();
          };
      task = new FutureTask<>(guarded);
    }

    boolean claim() {
      return claimed.compareAndSet(false, true);
    }

    /// Keeps it from beginning, or waits for its end.
    void abandon() {
      boolean interrupted = false;
      while (!claim() && !task.isDone()) {
        try {
          task.get();
        } catch (ExecutionException e) {
          break;
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  @Override
  public void close() {
    threads.shutdown();
  }
}
