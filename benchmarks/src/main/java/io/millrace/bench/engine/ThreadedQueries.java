package io.millrace.bench.engine;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/// Runs the queries of an engine of this process over some threads, each taking every n-th, and
/// counts the CPU time of those threads alone: the compiler and the collector run on others.
final class ThreadedQueries {
  /// One query, by its number.
  interface Ask {
    int[] ask(int query) throws IOException;
  }

  private ThreadedQueries() {}

  static Engine.Round run(Ask ask, int queries, int threads, int passes)
      throws IOException, InterruptedException {
    int[][] found = new int[queries][];
    long start = System.nanoTime();
    long cpu = 0;
    if (threads == 1) {
      cpu = part(ask, found, 0, 1, passes);
    } else {
      try (ExecutorService pool =
          Executors.newFixedThreadPool(
              threads, Thread.ofPlatform().name("bench-query-", 0).factory())) {
        List<Callable<Long>> parts = new ArrayList<>();
        for (int t = 0; t < threads; t++) {
          int first = t;
          parts.add(() -> part(ask, found, first, threads, passes));
        }
        for (Future<Long> part : pool.invokeAll(parts)) {
          cpu += part.get();
        }
      } catch (ExecutionException e) {
        throw new IOException("a query failed", e.getCause());
      }
    }
    double each = 1e-3 / ((double) passes * queries);
    return new Engine.Round(cpu * each, (System.nanoTime() - start) * each, found);
  }

  private static long part(Ask ask, int[][] found, int first, int step, int passes)
      throws IOException {
    long start = cpuNanos();
    for (int pass = 0; pass < passes; pass++) {
      for (int q = first; q < found.length; q += step) {
        found[q] = ask.ask(q);
      }
    }
    return cpuNanos() - start;
  }

  /// CPU time of the calling thread.
  static long cpuNanos() {
    return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
  }

  /// CPU time of the whole process: what a build costs.
  static double processSeconds() {
    return ProcessHandle.current()
        .info()
        .totalCpuDuration()
        .map(spent -> spent.toNanos() / 1e9)
        .orElse(Double.NaN);
  }
}
