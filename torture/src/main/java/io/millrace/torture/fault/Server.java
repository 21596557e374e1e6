package io.millrace.torture.fault;

import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/// A process of the packed product over a data folder.
public final class Server implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  /// What to start.
  ///
  /// @param home the packed folder, `dist/millrace`
  /// @param shape `serve`, `ingest` or `query`
  /// @param config a configuration file
  /// @param settings `key=value`, each by `--set`
  /// @param log where its output goes
  public record Launch(
      Path home, String shape, Path data, Optional<Path> config, List<String> settings, Path log) {
    public Launch {
      settings = List.copyOf(settings);
    }

    public Launch as(String otherShape) {
      return new Launch(home, otherShape, data, config, settings, log);
    }

    /// The same over another folder.
    public Launch on(Path otherData, Path otherLog) {
      return new Launch(home, shape, otherData, config, settings, otherLog);
    }

    public Launch with(Optional<Path> otherConfig) {
      return new Launch(home, shape, data, otherConfig, settings, log);
    }

    public Launch with(List<String> otherSettings) {
      return new Launch(home, shape, data, config, otherSettings, log);
    }

    boolean listens() {
      return !shape.equals("ingest");
    }
  }

  private final Launch launch;
  private final Child child;
  private final int port;
  private final long startMillis;

  private Server(Launch launch, Child child, int port, long startMillis) {
    this.launch = launch;
    this.child = child;
    this.port = port;
    this.startMillis = startMillis;
  }

  /// Starts it and waits until it is ready: `/readyz`, or its ready line where it does not listen.
  public static Server start(Launch launch) {
    int port = Child.freePort();
    long begin = System.nanoTime();
    Child child = spawn(launch, port);
    long end = begin + PATIENCE.toNanos();
    while (System.nanoTime() < end && child.isAlive()) {
      if (launch.listens() ? isReady(port) : child.output().contains("Ready ")) {
        return new Server(launch, child, port, (System.nanoTime() - begin) / 1_000_000);
      }
      Pause.millis(15);
    }
    String words = child.lastWords();
    child.close();
    throw new DoesNotStart("millrace " + launch.shape() + " does not start: " + words);
  }

  /// Starts it without waiting, for those that are meant to refuse.
  public static Child spawn(Launch launch, int port) {
    List<String> command = new ArrayList<>();
    command.add(launch.home().resolve("bin").resolve("millrace").toString());
    command.add(launch.shape());
    command.add("--data-dir");
    command.add(launch.data().toString());
    if (launch.listens()) {
      command.addAll(List.of("--host", "127.0.0.1", "--port", Integer.toString(port)));
    }
    launch.config().ifPresent(file -> command.addAll(List.of("--config", file.toString())));
    launch.settings().forEach(setting -> command.addAll(List.of("--set", setting)));
    return Child.start(
        command,
        Map.of(
            "JAVA_HOME",
            System.getProperty("java.home"),
            // Assertions on. Both compilers: without the second one there are no vector kernels.
            "MILLRACE_JAVA_OPTS",
            "-ea -Xmx512m"),
        launch.log());
  }

  /// A server that was expected to start ended, or is not ready in a minute.
  public static final class DoesNotStart extends RuntimeException {
    private static final long serialVersionUID = 1;

    DoesNotStart(String message) {
      super(message);
    }
  }

  public String shape() {
    return launch.shape();
  }

  public String url() {
    return "http://127.0.0.1:" + port;
  }

  public long pid() {
    return child.pid();
  }

  public long startMillis() {
    return startMillis;
  }

  public boolean isAlive() {
    return child.isAlive();
  }

  /// SIGKILL.
  public void kill() {
    child.kill();
  }

  /// SIGTERM; the exit code, or empty when it takes longer.
  public OptionalInt stop(Duration patience) {
    child.terminate();
    return child.exitWithin(patience);
  }

  public String output() {
    return child.output();
  }

  public String lastWords() {
    return child.lastWords();
  }

  @Override
  public void close() {
    child.close();
  }

  private static boolean isReady(int port) {
    try {
      var connection =
          (HttpURLConnection)
              URI.create("http://127.0.0.1:" + port + "/readyz").toURL().openConnection();
      connection.setConnectTimeout(1_000);
      connection.setReadTimeout(1_000);
      int status = connection.getResponseCode();
      connection.disconnect();
      return status == 200;
    } catch (IOException e) {
      return false; // not yet
    }
  }
}
