package io.millrace.torture.workload;

import io.millrace.torture.fault.Pause;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;

/// Several clients at work, each on a thread of its own.
public final class RestLoad {
  /// A client waits at most this long for an answer, so its thread ends soon after.
  private static final long PATIENCE_MILLIS = 60_000;

  private final List<Thread> threads = new ArrayList<>();
  private final ConcurrentLinkedQueue<Integer> lastStatuses = new ConcurrentLinkedQueue<>();
  private final AtomicBoolean stop = new AtomicBoolean();

  private RestLoad() {}

  /// Returns when the first answer is there.
  public static RestLoad start(List<RestClient> clients, Api api) {
    var load = new RestLoad();
    for (RestClient client : clients) {
      Thread thread =
          new Thread(
              () -> load.lastStatuses.add(client.work(api, load.stop)),
              "client-" + load.threads.size());
      load.threads.add(thread);
    }
    long before = clients.stream().mapToLong(RestClient::answered).sum();
    load.threads.forEach(Thread::start);
    // A server that has just started answers the first request late; a crash before that tests
    // nothing.
    Pause.until(
        Duration.ofSeconds(20),
        () -> clients.stream().mapToLong(RestClient::answered).sum() > before);
    return load;
  }

  /// Waits until every client has stopped. Those that no fault has stopped are told to.
  public List<Integer> awaitEnd() {
    stop.set(true);
    try {
      for (Thread thread : threads) {
        thread.join(PATIENCE_MILLIS);
        if (thread.isAlive()) {
          throw new IllegalStateException(thread.getName() + " does not end");
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
    if (lastStatuses.size() != threads.size()) {
      throw new IllegalStateException("a client ended by an exception, see above");
    }
    return List.copyOf(lastStatuses);
  }
}
