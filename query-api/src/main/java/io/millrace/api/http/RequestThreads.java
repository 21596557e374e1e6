package io.millrace.api.http;

import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/// The threads of requests. Each has one at once, whatever the others do: the first ones at work
/// have platform threads, on which they may search themselves, and those beyond get virtual ones.
/// So no number of requests that wait, for their bodies or for a write, needs as many threads of
/// the system.
final class RequestThreads implements Executor {
  private static final int IDLE_SECONDS = 60;

  private final ExecutorService virtual =
      Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("request").factory());
  private final ExecutorService platform;

  /// @param platformThreads at most; of use are as many as may search at once
  RequestThreads(int platformThreads) {
    platform =
        new ThreadPoolExecutor(
            0,
            platformThreads,
            IDLE_SECONDS,
            TimeUnit.SECONDS,
            new SynchronousQueue<>(),
            Thread.ofPlatform().daemon().name("request-", 1).factory(),
            (request, full) -> virtual.execute(request));
  }

  @Override
  public void execute(Runnable request) {
    platform.execute(request);
  }

  /// Takes no more; running ones go on.
  void shutdown() {
    platform.shutdown();
    virtual.shutdown();
  }
}
