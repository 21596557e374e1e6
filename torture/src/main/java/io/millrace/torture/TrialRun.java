package io.millrace.torture;

import io.millrace.torture.checker.Checker;
import io.millrace.torture.checker.Violation;
import io.millrace.torture.fault.Server;
import io.millrace.torture.history.Event;
import io.millrace.torture.history.History;
import io.millrace.torture.workload.Draw;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// What a trial works with while it runs: its size, seed, folder, and the history that is judged
/// after every cycle.
final class TrialRun implements AutoCloseable {
  /// A start with what a cycle leaves behind (reliability R-01).
  private static final long MAX_START_MILLIS = 10_000;

  /// The same where other programs keep the processors busy: a start that hangs is found all the
  /// same.
  private static final long MAX_BUSY_START_MILLIS = 30_000;

  private final String id;
  private final Places places;
  private final Path folder;
  private final int cycles;
  private final long seed;
  private final long deadlineNanos;
  private final Draw draw;
  private final History history;
  private final Checker checker = new Checker();
  private final List<Violation> faults = new ArrayList<>();
  private final long beginNanos = System.nanoTime();
  private int done;

  /// Where the parts lie.
  ///
  /// @param home the packed server, `dist/millrace`
  /// @param kafkaLib the broker's jars, `dist/kafka/lib`
  record Places(Path home, Path kafkaLib) {}

  TrialRun(String id, Places places, Path folder, int cycles, long seed, long deadlineNanos) {
    this.id = id;
    this.places = places;
    this.folder = folder;
    this.cycles = cycles;
    this.seed = seed;
    this.deadlineNanos = deadlineNanos;
    // Each trial has its own sequence, so that `--only` repeats what a whole run did.
    this.draw = new Draw(seed * 31 + id.hashCode());
    try {
      Files.createDirectories(folder);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    this.history = new History(folder.resolve("history.ndjson"));
  }

  Path folder() {
    return folder;
  }

  Path data() {
    return folder.resolve("data");
  }

  Path kafkaLib() {
    return places.kafkaLib();
  }

  Draw draw() {
    return draw;
  }

  History history() {
    return history;
  }

  /// A server of this run. The intervals are drawn: sometimes the crash finds everything in the
  /// log, sometimes the log is cut off behind a commit every second.
  Server.Launch launch(String shape, Optional<Path> config) {
    return new Server.Launch(
        places.home(),
        shape,
        data(),
        config,
        List.of(
            "storage.commit_interval_sec=" + draw.of(List.of(1, 1, 2, 10)),
            "storage.refresh_interval_ms=" + draw.of(List.of(50, 200, 1000))),
        folder.resolve("server.log"));
  }

  /// The configuration of the next servers.
  Optional<Path> config(String yaml) {
    try {
      return Optional.of(Files.writeString(folder.resolve("millrace.yaml"), yaml));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// How long a healthy server may take for what it does within seconds.
  Duration patience() {
    return Duration.ofMillis(maxStartMillis());
  }

  Server start(Server.Launch launch) {
    Server server = Server.start(launch);
    history.add(
        new Event.Started("millrace " + launch.shape(), server.startMillis(), maxStartMillis()));
    return server;
  }

  /// A start keeps about two processors busy by itself.
  private static long maxStartMillis() {
    return isBusyNow() ? MAX_BUSY_START_MILLIS : MAX_START_MILLIS;
  }

  private static boolean isBusyNow() {
    var system = ManagementFactory.getOperatingSystemMXBean();
    return system.getSystemLoadAverage() > system.getAvailableProcessors() + 1.5;
  }

  /// Whether a figure of time says how fast the server is: not in the first cycle, which meets a
  /// cold server and is all that the quick run has, and not while other programs keep the
  /// processors busy. What hangs is found all the same, by a wider bound.
  boolean timesCount() {
    return done > 0 && !isBusyNow();
  }

  void makeFolder(Path more) {
    try {
      Files.createDirectories(more);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  void kill(Server server) {
    server.kill();
    history.add(new Event.Killed("millrace " + server.shape()));
  }

  /// Whether there is a next cycle: by count, by time, and only while nothing was found.
  boolean goesOn() {
    return done < cycles && System.nanoTime() < deadlineNanos && found() == 0;
  }

  int cycle() {
    return done;
  }

  void cycleDone(String what) {
    done++;
    history.replayNew(checker::accept);
    System.out.printf(
        Locale.ROOT,
        "%s cycle %d of %d: %s; %s%n",
        id,
        done,
        cycles,
        what,
        found() == 0 ? "clean" : found() + " violations");
    System.out.flush();
  }

  /// Something wrong that no line of the history shows.
  void fault(String text) {
    faults.add(new Violation(Violation.Kind.BEHAVIOUR, text));
  }

  long found() {
    return checker.violationCount() + faults.size();
  }

  Verdict verdict() {
    history.replayNew(checker::accept);
    List<Violation> all = new ArrayList<>(faults);
    all.addAll(checker.violations());
    return new Verdict(
        id,
        seed,
        done,
        cycles,
        (System.nanoTime() - beginNanos) / 1e9,
        checker.tally().figures(),
        found(),
        all);
  }

  @Override
  public void close() {
    history.close();
  }
}
