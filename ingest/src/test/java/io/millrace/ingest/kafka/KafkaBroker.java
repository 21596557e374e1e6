package io.millrace.ingest.kafka;

import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.serialization.StringSerializer;

/// A real single-node Kafka broker in a child process. Its jars are a folder of their own
/// (`-Dmillrace.kafka.lib=DIR`, made by `scripts/kafka --prepare`); without it tests skip. Can be
/// stopped, killed and started again over the same data and port.
public final class KafkaBroker implements AutoCloseable {
  private static final String SKIP =
      "no broker: -Dmillrace.kafka.lib names no folder of Kafka's jars (scripts/kafka --prepare)";

  private final Path folder;
  private final String classPath;
  private final int port;
  private final int controllerPort;
  private Process process;

  /// Why there can be no broker, empty when there can.
  public static Optional<String> reasonToSkip() {
    String lib = System.getProperty("millrace.kafka.lib", "");
    return lib.isEmpty() || !Files.isDirectory(Path.of(lib)) ? Optional.of(SKIP) : Optional.empty();
  }

  /// Formats a new cluster in the folder; call [#start].
  public KafkaBroker(Path folder) throws IOException, InterruptedException {
    this.folder = folder;
    this.classPath =
        Path.of(System.getProperty("millrace.kafka.lib")).toAbsolutePath() + File.separator + "*";
    try (ServerSocket a = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        ServerSocket b = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      this.port = a.getLocalPort();
      this.controllerPort = b.getLocalPort();
    }
    Files.createDirectories(folder);
    format();
  }

  private void format() throws IOException, InterruptedException {
    Files.writeString(
        folder.resolve("server.properties"),
        """
        process.roles=broker,controller
        node.id=1
        controller.quorum.voters=1@127.0.0.1:%2$d
        listeners=PLAINTEXT://127.0.0.1:%1$d,CONTROLLER://127.0.0.1:%2$d
        advertised.listeners=PLAINTEXT://127.0.0.1:%1$d
        controller.listener.names=CONTROLLER
        listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
        log.dirs=%3$s
        offsets.topic.num.partitions=1
        offsets.topic.replication.factor=1
        transaction.state.log.num.partitions=1
        transaction.state.log.replication.factor=1
        transaction.state.log.min.isr=1
        share.coordinator.state.topic.num.partitions=1
        share.coordinator.state.topic.replication.factor=1
        share.coordinator.state.topic.min.isr=1
        group.initial.rebalance.delay.ms=0
        auto.create.topics.enable=false
        log.cleaner.dedupe.buffer.size=2097152
        """
            .formatted(port, controllerPort, folder.resolve("data")));
    // Never begins with a dash, which the tool would take for an option.
    String clusterId = Uuid.randomUuid().toString();
    Process formatting =
        java("kafka.tools.StorageTool", "format", "-t", clusterId, "-c", "server.properties");
    if (!formatting.waitFor(60, TimeUnit.SECONDS) || formatting.exitValue() != 0) {
      throw new IOException("formatting failed, see " + folder.resolve("out.log"));
    }
  }

  private Process java(String... mainAndArguments) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(
        List.of(
            "-Xms64m",
            "-Xmx256m",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-cp",
            classPath));
    command.addAll(List.of(mainAndArguments));
    return new ProcessBuilder(command)
        .directory(folder.toFile())
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.appendTo(folder.resolve("out.log").toFile()))
        .start();
  }

  /// Returns when the broker answers.
  public KafkaBroker start() throws IOException, InterruptedException {
    process = java("kafka.Kafka", "server.properties");
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (true) {
      try (Admin admin = admin()) {
        admin.describeCluster().nodes().get(5, TimeUnit.SECONDS);
        return this;
      } catch (ExecutionException | TimeoutException notYet) {
        if (!process.isAlive() || System.nanoTime() - deadline > 0) {
          throw new IOException("the broker did not start, see " + folder.resolve("out.log"));
        }
      }
    }
  }

  /// As `kill -9` does it.
  public void kill() throws InterruptedException {
    process.destroyForcibly().waitFor();
  }

  public void stop() throws InterruptedException {
    process.destroy();
    if (!process.waitFor(20, TimeUnit.SECONDS)) {
      kill();
    }
  }

  public String bootstrap() {
    return "127.0.0.1:" + port;
  }

  public Admin admin() {
    Properties properties = new Properties();
    properties.put("bootstrap.servers", bootstrap());
    properties.put("request.timeout.ms", "5000");
    properties.put("default.api.timeout.ms", "20000");
    return Admin.create(properties);
  }

  public void createTopic(String name, int partitions) throws InterruptedException {
    get(admin ->
        admin.createTopics(List.of(new NewTopic(name, partitions, (short) 1))).all().get());
  }

  public void deleteTopic(String name) throws InterruptedException {
    get(admin -> admin.deleteTopics(List.of(name)).all().get());
  }

  /// As retention does it.
  public void deleteRecordsBelow(String topic, int partition, long offset)
      throws InterruptedException {
    get(admin ->
        admin
            .deleteRecords(
                Map.of(new TopicPartition(topic, partition), RecordsToDelete.beforeOffset(offset)))
            .all()
            .get());
  }

  private interface Question {
    Object ask(Admin admin) throws ExecutionException, InterruptedException;
  }

  private void get(Question question) throws InterruptedException {
    try (Admin admin = admin()) {
      question.ask(admin);
    } catch (ExecutionException e) {
      throw new IllegalStateException(e.getCause());
    }
  }

  /// @param transactionalId empty = without transactions
  public KafkaProducer<String, String> producer(Optional<String> transactionalId) {
    Properties properties = new Properties();
    properties.put("bootstrap.servers", bootstrap());
    properties.put("acks", "all");
    properties.put("linger.ms", "5");
    transactionalId.ifPresent(id -> properties.put("transactional.id", id));
    return new KafkaProducer<>(properties, new StringSerializer(), new StringSerializer());
  }

  /// Sends and waits. Headers are name, value, name, value, …
  public long send(String topic, int partition, String key, String value, String... headers) {
    try (KafkaProducer<String, String> producer = producer(Optional.empty())) {
      ProducerRecord<String, String> record = new ProducerRecord<>(topic, partition, key, value);
      for (int i = 0; i < headers.length; i += 2) {
        record.headers().add(headers[i], headers[i + 1].getBytes(StandardCharsets.UTF_8));
      }
      return producer.send(record).get(20, TimeUnit.SECONDS).offset();
    } catch (InterruptedException | ExecutionException | TimeoutException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() throws InterruptedException {
    if (process != null && process.isAlive()) {
      stop();
    }
  }
}
