package io.millrace.app.command;

import io.millrace.app.config.BadConfiguration;
import io.millrace.app.config.Configuration;
import io.millrace.app.host.ServiceNotices;
import java.io.PrintStream;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import sun.misc.Signal;

/// The life of a server process.
///
/// ```
/// starting   configuration is read and the server started
///    -> failed      a sentence, exit 1 (2 for a wrong configuration)
///    -> stopping    SIGTERM or SIGINT: there is nothing to drain yet, exit 0
/// running    until SIGTERM or SIGINT; SIGHUP reads the configuration again
///    -> stopping    closes the server, exit 0
/// stopping   at most 10 s
///    -> halted      past that, or at a second signal: exit 1; the log makes this safe
/// ```
///
/// Java's own answer to SIGTERM is exit code 143 whatever the hooks do; hence the handlers and
/// `halt`.
final class ServerProcess {
  private static final Logger LOG = LoggerFactory.getLogger(ServerProcess.class);

  /// What an orchestrator waits before it kills is longer by a good deal; people expect this.
  private static final Duration STOP_WITHIN = Duration.ofSeconds(10);

  private final Shape shape;
  private final Server.Start start;
  private final CountDownLatch stopAsked = new CountDownLatch(1);
  private final Semaphore reloadAsked = new Semaphore(0);
  private final AtomicInteger signals = new AtomicInteger();
  private volatile boolean running;

  ServerProcess(Shape shape, Server.Start start) {
    this.shape = shape;
    this.start = start;
  }

  int run(ServerFlags flags) {
    Configuration configuration;
    try {
      configuration = flags.configuration();
    } catch (BadConfiguration bad) {
      bad.faults().forEach(fault -> System.err.println("millrace: " + fault));
      return CommandLine.ExitCode.USAGE;
    }
    if (flags.isCheckOnly()) {
      print(configuration);
      return CommandLine.ExitCode.OK;
    }
    Logs.ofServer(configuration.settings().logging());
    configuration.warnings().forEach(LOG::warn);
    configuration.file().ifPresent(file -> LOG.info("Configuration read file={}", file));
    Signal.handle(new Signal("TERM"), this::onSignal);
    Signal.handle(new Signal("INT"), this::onSignal);
    Signal.handle(new Signal("HUP"), signal -> reloadAsked.release());
    ServiceNotices notices = ServiceNotices.start(System.getenv());
    Server server = start.start(shape, configuration.settings());
    running = true;
    notices.ready("ready");
    var reloads = new Reloads(flags, server, configuration);
    Thread.ofPlatform().name("reload").daemon(true).start(() -> reloadWhenAsked(reloads, notices));
    awaitStop();
    notices.stopping();
    stop(server);
    return CommandLine.ExitCode.OK;
  }

  private static void print(Configuration configuration) {
    PrintStream out = System.out;
    out.println(
        "# file: "
            + configuration.file().map(Object::toString).orElse("(none)")
            + "; a change needs a restart, or SIGHUP where it is named");
    configuration.warnings().forEach(warning -> out.println("# warning: " + warning));
    configuration.listing().forEach(out::println);
  }

  private void onSignal(Signal signal) {
    if (signals.incrementAndGet() > 1) {
      LOG.warn("Second signal, stopping at once signal={}", signal.getName());
      Runtime.getRuntime().halt(CommandLine.ExitCode.SOFTWARE);
    }
    LOG.info("Stopping signal={}", signal.getName());
    stopAsked.countDown();
    if (!running) {
      Runtime.getRuntime().halt(CommandLine.ExitCode.OK);
    }
  }

  private void reloadWhenAsked(Reloads reloads, ServiceNotices notices) {
    try {
      while (true) {
        reloadAsked.acquire();
        reloadAsked.drainPermits();
        notices.reloaded("ready, " + reloaded(reloads));
      }
    } catch (InterruptedException meansStop) {
      Thread.currentThread().interrupt();
    }
  }

  /// A fault of one reload is not the end of those after it.
  private static String reloaded(Reloads reloads) {
    try {
      return reloads.reload();
    } catch (RuntimeException e) {
      LOG.error("Taking over the configuration failed, in part or as a whole", e);
      return "the last configuration was not taken over as a whole";
    }
  }

  private void awaitStop() {
    try {
      stopAsked.await();
    } catch (InterruptedException meansStop) {
      Thread.currentThread().interrupt();
    }
  }

  private static void stop(Server server) {
    var done = new CountDownLatch(1);
    Thread.ofPlatform()
        .name("stop")
        .start(() -> {
          try {
            server.close();
            LOG.info("Stopped");
          } catch (RuntimeException e) {
            LOG.error("Stopping went wrong; the next start replays the log", e);
          } finally {
            done.countDown();
          }
        });
    boolean inTime = false;
    try {
      inTime = done.await(STOP_WITHIN.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException meansStop) {
      Thread.currentThread().interrupt();
    }
    if (!inTime) {
      LOG.error("Not stopped in time, halting; the next start replays the log");
    }
    Logs.end();
    Runtime.getRuntime().halt(inTime ? CommandLine.ExitCode.OK : CommandLine.ExitCode.SOFTWARE);
  }
}
