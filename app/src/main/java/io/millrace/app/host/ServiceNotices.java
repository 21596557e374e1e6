package io.millrace.app.host;

import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Tells a service manager (systemd, `Type=notify`) how the server is. Without `NOTIFY_SOCKET` in
/// the environment it is silent.
///
/// ```
/// starting   EXTEND_TIMEOUT_USEC every 10 s: replaying a long log is not a hang
///    -> ready       READY=1
/// ready      WATCHDOG=1 twice per WATCHDOG_USEC, as long as a new virtual thread gets to run
///    -> reloading   RELOADING=1, then READY=1
///    -> stopping    STOPPING=1
/// ```
///
/// A request runs on a virtual thread: where none gets to run, no request is answered, and the
/// missing message makes the service manager restart the server.
public final class ServiceNotices implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ServiceNotices.class);

  private static final Duration STARTING_EVERY = Duration.ofSeconds(10);

  /// Three messages may be lost before a start counts as hung.
  private static final Duration STARTING_GRACE = STARTING_EVERY.multipliedBy(3);

  private final Optional<NotifySocket> socket;
  private final Optional<Duration> watchdog;
  private final CountDownLatch ready = new CountDownLatch(1);
  private final CountDownLatch closed = new CountDownLatch(1);

  private ServiceNotices(Optional<NotifySocket> socket, Optional<Duration> watchdog) {
    this.socket = socket;
    this.watchdog = watchdog;
  }

  /// @param environment `NOTIFY_SOCKET`, `WATCHDOG_USEC`, `WATCHDOG_PID`
  public static ServiceNotices start(Map<String, String> environment) {
    Optional<NotifySocket> socket =
        Optional.ofNullable(environment.get("NOTIFY_SOCKET")).flatMap(NotifySocket::at);
    var notices = new ServiceNotices(socket, watchdog(environment));
    if (socket.isPresent()) {
      Thread.ofPlatform().name("service-notices").daemon(true).start(notices::run);
    }
    return notices;
  }

  /// Half of what the service manager waits, if it waits for this process.
  private static Optional<Duration> watchdog(Map<String, String> environment) {
    String micros = environment.getOrDefault("WATCHDOG_USEC", "");
    String pid = environment.getOrDefault("WATCHDOG_PID", "");
    try {
      boolean ours = pid.isEmpty() || Long.parseLong(pid) == ProcessHandle.current().pid();
      long half = micros.isEmpty() ? 0 : Long.parseLong(micros) / 2;
      return ours && half > 0
          ? Optional.of(Duration.ofNanos(TimeUnit.MICROSECONDS.toNanos(half)))
          : Optional.empty();
    } catch (NumberFormatException notOurs) {
      return Optional.empty();
    }
  }

  public void ready(String status) {
    send("READY=1\nSTATUS=" + status);
    ready.countDown();
  }

  /// @param status what was taken over, known only afterwards
  public void reloaded(String status) {
    send("RELOADING=1\nMONOTONIC_USEC=" + TimeUnit.NANOSECONDS.toMicros(System.nanoTime()));
    send("READY=1\nSTATUS=" + status);
  }

  public void stopping() {
    send("STOPPING=1\nSTATUS=stopping");
  }

  private void run() {
    try {
      do {
        if (closed.getCount() == 0) {
          return;
        }
        send("EXTEND_TIMEOUT_USEC=" + STARTING_GRACE.toNanos() / 1_000 + "\nSTATUS=starting");
      } while (!ready.await(STARTING_EVERY.toMillis(), TimeUnit.MILLISECONDS));
      if (watchdog.isPresent()) {
        watch(watchdog.get());
      }
    } catch (InterruptedException meansStop) {
      Thread.currentThread().interrupt();
    }
  }

  private void watch(Duration every) throws InterruptedException {
    do {
      if (isAlive(every)) {
        send("WATCHDOG=1");
      } else {
        LOG.error(
            "No virtual thread got to run, the service manager is not told millis={}",
            every.toMillis());
      }
    } while (!closed.await(every.toMillis(), TimeUnit.MILLISECONDS));
  }

  private static boolean isAlive(Duration within) throws InterruptedException {
    var ran = new CountDownLatch(1);
    Thread.ofVirtual().name("watchdog").start(ran::countDown);
    return ran.await(within.toMillis(), TimeUnit.MILLISECONDS);
  }

  private void send(String message) {
    socket.ifPresent(s -> {
      try {
        s.send(message);
      } catch (IOException e) {
        LOG.warn(
            "The service manager was not told message={} reason={}",
            message.lines().findFirst().orElse(""),
            e.getMessage());
      }
    });
  }

  @Override
  public void close() {
    closed.countDown();
  }
}
