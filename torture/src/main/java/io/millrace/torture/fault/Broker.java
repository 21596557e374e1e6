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
                "0",
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

  @Override
  public void close() {
    child.close();
  }
}
