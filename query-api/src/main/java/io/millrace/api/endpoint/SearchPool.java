package io.millrace.api.endpoint;

import io.millrace.api.metrics.Admissions;
import io.millrace.model.Deadline;
import io.millrace.model.Failure;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.Scope;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/// Where searches run, a bounded number at once. A search runs on the thread that asks, if that is
/// a platform thread and a place is free: each change of thread wakes up a processor
/// (`docs/performance.md`, "A request"). Else it runs on a thread of the pool: one that has to
/// wait, so that places go on without a change of thread, and one of a virtual thread, since a page
/// fault on mapped memory would block the carrier and with it every other request.
public final class SearchPool implements AutoCloseable {
  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();
  private static final AttributeKey<Long> QUEUED = AttributeKey.longKey("millrace.queued_micros");

  private final Places places;

  /// Gets only work that has a place, so its queue is never longer than there are places.
  private final ThreadPoolExecutor threads;

  private final int parallelPerRequest;
  private final Tracer tracer;
  private final Admissions admissions;

  /// @param atOnce searches that run at once
  /// @param queued searches that may wait for a place; more are refused with [Failure.TooMuch]
  /// @param tracer gets a span `search` per piece of work
  /// @param admissions is told who waited, who was refused and what searches cost
  public SearchPool(int atOnce, int queued, Tracer tracer, Admissions admissions) {
    this(
        atOnce,
        queued,
        tracer,
        admissions,
        Math.max(1, Runtime.getRuntime().availableProcessors()));
  }

  /// @param parallelPerRequest pieces of work of one call that run at once
  SearchPool(int atOnce, int queued, Tracer tracer, Admissions admissions, int parallelPerRequest) {
    this.tracer = tracer;
    this.admissions = admissions;
    this.parallelPerRequest = parallelPerRequest;
    places = new Places(atOnce, queued);
    AtomicInteger number = new AtomicInteger();
    threads =
        new ThreadPoolExecutor(
            atOnce,
            atOnce,
            0,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            task -> {
              Thread thread = new Thread(task, "search-" + number.incrementAndGet());
              thread.setDaemon(true);
              return thread;
            },
            // It closed just after the work got its place.
            (work, closed) -> work.run());
  }

  /// Runs the work and waits for it. Work that has begun is waited for to its end, since it uses
  /// what the caller closes: it has to look at the deadline itself. Work must not call this.
  public <T> T run(Deadline deadline, Supplier<T> work) {
    deadline.check();
    if (!takeHere()) {
      NeedsThread.check();
      return await(start(work), deadline);
    }
    admissions.searchWaits().add(0);
    try {
      return traced(work).get();
    } finally {
      leaveHere();
    }
  }

  /// Runs several pieces of work, at most as many at once as there are processors, and returns
  /// their results in order.
  public <T> List<T> runAll(Deadline deadline, List<Supplier<T>> works) {
    if (works.size() == 1) {
      return List.of(run(deadline, works.getFirst()));
    }
    NeedsThread.check();
    List<Started<T>> started = new ArrayList<>();
    List<T> results = new ArrayList<>();
    try {
      for (Supplier<T> work : works) {
        deadline.check();
        // After the last one of a round the calling thread would wait; it can as well do it.
        boolean isLast =
            started.size() - results.size() == parallelPerRequest - 1
                || started.size() == works.size() - 1;
        started.add(isLast && takeHere() ? runHere(work) : start(work));
        while (isDue(started, results.size())) {
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

  /// Whether the next result is there, or no more may be started without it.
  private <T> boolean isDue(List<Started<T>> started, int results) {
    return results < started.size()
        && (started.size() - results >= parallelPerRequest || started.get(results).task.isDone());
  }

  /// Whether a search that comes now is not one too many at once.
  public boolean hasPlace() {
    return places.free() > 0;
  }

  /// Searches that wait for a place.
  public int queued() {
    return places.waiting();
  }

  /// Takes a place for the calling thread; not for a virtual one.
  private boolean takeHere() {
    return !Thread.currentThread().isVirtual() && places.take();
  }

  private void leaveHere() {
    places.leave().ifPresent(this::handOver);
  }

  /// With a place, which is given up after.
  private <T> Started<T> runHere(Supplier<T> work) {
    try {
      Started<T> started = new Started<>(traced(work), admissions);
      started.task.run();
      return started;
    } finally {
      leaveHere();
    }
  }

  private <T> Started<T> start(Supplier<T> work) {
    Started<T> started = new Started<>(traced(work), admissions);
    try {
      if (places.takeOrWait(started.task)) {
        handOver(started.task);
      }
    } catch (Failure.TooMuch full) {
      admissions.count(Admissions.Refusal.SEARCH_QUEUE);
      throw full;
    }
    return started;
  }

  /// To a thread of the pool, together with a place: it does what waits for that one as well.
  private void handOver(Runnable work) {
    threads.execute(() -> {
      Optional<Runnable> next = Optional.of(work);
      while (next.isPresent()) {
        next.get().run();
        next = places.leave();
      }
    });
  }

  private <T> Supplier<T> traced(Supplier<T> work) {
    return counted(spanned(work));
  }

  private <T> Supplier<T> counted(Supplier<T> work) {
    return () -> {
      long before = THREADS.getCurrentThreadCpuTime();
      try {
        return work.get();
      } catch (Failure.TimedOut tooLate) {
        admissions.count(Admissions.Cancellation.TIMEOUT);
        throw tooLate;
      } finally {
        admissions.countSearchCpu(THREADS.getCurrentThreadCpuTime() - before);
      }
    };
  }

  /// Below the span of the request that asks. It begins when a thread does; the wait for one is an
  /// attribute.
  private <T> Supplier<T> spanned(Supplier<T> work) {
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
          // Not begun: it shall not keep others from waiting either.
          places.forget(started.task);
          admissions.count(Admissions.Cancellation.QUEUE);
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
      admissions.count(Admissions.Cancellation.STOPPING);
      Thread.currentThread().interrupt();
      throw new Failure.Unavailable("The server is stopping");
    }
  }

  /// A piece of work that either a thread begins or its owner gives up, never both.
  private static final class Started<T> {
    private final AtomicBoolean claimed = new AtomicBoolean();
    private final FutureTask<T> task;

    Started(Supplier<T> work, Admissions admissions) {
      long asked = System.nanoTime();
      Callable<T> guarded =
          () -> {
            if (!claim()) {
              throw new Failure.TimedOut("given up before it began");
            }
            admissions.searchWaits().addSecondsSince(asked);
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

  /// Refuses what comes from now on; what waits is still done.
  @Override
  public void close() {
    for (Runnable work : places.close()) {
      threads.execute(work);
    }
    threads.shutdown();
  }
}
