package io.millrace.torture;

import io.millrace.torture.fault.Child;
import io.millrace.torture.fault.Server;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;

/// a second server on a folder in use refuses and names the holder; the lock of a killed one
/// needs no hand.
final class SecondServer implements Trial {
  private static final Duration REFUSAL = Duration.ofSeconds(2);
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  @Override
  public void run(TrialRun run) {
    while (run.goesOn()) {
      Server.Launch launch = run.launch("serve", Optional.empty());
      String second = run.draw().percent(50) ? "serve" : "ingest";
      try (Server first = run.start(launch)) {
        long begin = System.nanoTime();
        try (Child refused = Server.spawn(launch.as(second), Child.freePort())) {
          OptionalInt exit = refused.exitWithin(PATIENCE);
          Duration took = Duration.ofNanos(System.nanoTime() - begin);
          check(run, first, refused, exit, took);
        }
        if (!first.isAlive()) {
          run.fault("the first server ended when a second one came: " + first.lastWords());
        }
        run.kill(first);
      }
      try (Server after = run.start(launch)) {
        run.kill(after);
      }
      run.cycleDone("a second millrace " + second + " on the folder");
    }
  }

  /// A refusal takes as long as a process takes to begin, so it is allowed what the first one took.
  private static void check(
      TrialRun run, Server first, Child refused, OptionalInt exit, Duration took) {
    String words = refused.output();
    if (exit.isEmpty() || exit.getAsInt() == 0) {
      run.fault("a second server does not refuse: exit " + exit + ", " + words);
    }
    if (took.compareTo(REFUSAL) > 0 && took.toMillis() > first.startMillis()) {
      run.fault("a second server refuses only after " + took.toMillis() + " ms");
    }
    if (!words.contains(Long.toString(first.pid()))) {
      run.fault("the refusal does not name process " + first.pid() + ": " + words);
    }
  }
}
