package io.millrace.torture.fault;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/// A Kafka broker of one node, from the jars that `scripts/kafka --prepare` lays out.
public final class Broker implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final Child child;
  private final String address;

  private Broker(Child child, String address) {
    this.child = child;
    this.address = address;
  }

  public static Broker start(Path lib, Path folder) {
    return start(lib, folder, 0, 0);
  }

  /// @param port 0 = a free one
  /// @param advertised the port that clients are told, 0 = the same
  public static Broker start(Path lib, Path folder, int port, int advertised) {
    Child child =
        Child.start(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xms64m",
                "-Xmx512m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "--sun-misc-unsafe-memory-access=allow",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                lib.resolve("*").toString(),
                "io.millrace.broker.KafkaBroker",
                "--port",
                Integer.toString(port),
                "--advertise",
                Integer.toString(advertised),
                "--data",
                folder.resolve("kafka").toString()),
            Map.of(),
            folder.resolve("kafka.log"));
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (System.nanoTime() < end && child.isAlive()) {
      for (String line : child.output().split("\n")) {
        if (line.startsWith("ready ")) {
          return new Broker(child, line.substring("ready ".length()).strip());
        }
      }
      Pause.millis(50);
    }
    String words = child.lastWords();
    child.close();
    throw new IllegalStateException("the broker does not start: " + words);
  }

  /// `host:port`.
  public String address() {
    return address;
  }

  /// SIGKILL. Another start on the folder has everything that was acknowledged.
  public void kill() {
    child.kill();
  }

  @Override
  public void close() {
    child.close();
  }
}
