package io.millrace.broker;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.TopicExistsException;

/// One broker that is its own controller (KRaft), on 127.0.0.1.
///
/// ```
/// java -cp 'dist/kafka/lib/*' io.millrace.broker.KafkaBroker [--port P] [--advertise P] [--data DIR] [--topic NAME:PARTITIONS]...
///
/// --port P    default 9092; 0 = a free one
/// --advertise P  the port that clients are told, for a proxy in between; 0 = the same
/// --data DIR  default data/kafka; formatted at the first start, kept ever after
/// --topic     a topic to make before the broker is called ready, unless it exists
/// ```
///
/// Prints `ready 127.0.0.1:PORT` once the broker takes requests. That is later than the open port:
/// a broker which the controller has not let in yet refuses new topics. SIGTERM stops it in order;
/// after `kill -9` the next start on the same folder has all data.
public final class KafkaBroker {

  private static final long READY_SECONDS = 60;

  private KafkaBroker() {}

  public static void main(String[] args) throws IOException {
    int port = 9092;
    int advertised = 0;
    Path data = Path.of("data", "kafka");
    List<NewTopic> topics = new ArrayList<>();
    for (int i = 0; i < args.length; i += 2) {
      if (i + 1 == args.length) {
        usage(args[i] + " needs a value");
      }
      switch (args[i]) {
        case "--port" -> port = port(args[i + 1]);
        case "--advertise" -> advertised = port(args[i + 1]);
        case "--data" -> data = Path.of(args[i + 1]);
        case "--topic" -> topics.add(topic(args[i + 1]));
        default -> usage("unknown option " + args[i]);
      }
    }
    if (port == 0) {
      port = freePort();
    } else if (taken(port)) {
      System.err.println("kafka: port " + port + " is taken; another one: --port P");
      System.exit(1);
    }

    Path logs = Files.createDirectories(data.toAbsolutePath().resolve("log"));
    Path properties = data.toAbsolutePath().resolve("server.properties");
    Files.writeString(
        properties,
        serverProperties(port, advertised == 0 ? port : advertised, otherFreePort(port), logs));
    if (!Files.exists(logs.resolve("meta.properties"))) {
      format(properties);
    }

    String address = "127.0.0.1:" + port;
    Thread announce = new Thread(() -> announce(address, topics), "announce");
    announce.setDaemon(true);
    announce.start();
    kafka.Kafka.main(new String[] {properties.toString()});
  }

  /// The smallest set that runs alone: one replica of everything, topics only when asked for.
  private static String serverProperties(int port, int advertised, int controllerPort, Path logs) {
    // Backslashes are escapes in a properties file.
    String folder = logs.toString().replace("\\", "\\\\");
    return """
    process.roles=broker,controller
    node.id=1
    controller.quorum.voters=1@127.0.0.1:%2$d
    listeners=PLAINTEXT://127.0.0.1:%1$d,CONTROLLER://127.0.0.1:%2$d
    advertised.listeners=PLAINTEXT://127.0.0.1:%4$d
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
        .formatted(port, controllerPort, folder, advertised);
  }

  private static void format(Path properties) {
    String[] args = {
      "format", "-t", Uuid.randomUuid().toString(), "-c", properties.toString(),
    };
    int status =
        kafka.tools.StorageTool.execute(args, new PrintStream(OutputStream.nullOutputStream()));
    if (status != 0) {
      System.err.println("kafka: could not format the folder named in " + properties);
      System.exit(status);
    }
  }

  private static void announce(String address, List<NewTopic> topics) {
    Map<String, Object> config =
        Map.of(
            AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, address,
            AdminClientConfig.RECONNECT_BACKOFF_MS_CONFIG, 20,
            AdminClientConfig.RECONNECT_BACKOFF_MAX_MS_CONFIG, 100);
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(READY_SECONDS);
    try (Admin admin = Admin.create(config)) {
      while (System.nanoTime() < deadline) {
        if (hasBroker(admin) && hasTopics(admin, topics)) {
          System.out.println("ready " + address);
          System.out.flush();
          return;
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return;
    }
    System.err.println("kafka: not ready after " + READY_SECONDS + " s");
    Runtime.getRuntime().halt(1);
  }

  /// Only brokers that the controller has let in are listed.
  private static boolean hasBroker(Admin admin) throws InterruptedException {
    try {
      if (!admin.describeCluster().nodes().get(5, TimeUnit.SECONDS).isEmpty()) {
        return true;
      }
      Thread.sleep(20);
      return false;
    } catch (ExecutionException | TimeoutException e) {
      return false; // not yet; the deadline of the caller ends this
    }
  }

  private static boolean hasTopics(Admin admin, List<NewTopic> topics) throws InterruptedException {
    for (NewTopic topic : topics) {
      try {
        admin.createTopics(List.of(topic)).all().get(5, TimeUnit.SECONDS);
      } catch (ExecutionException e) {
        if (!(e.getCause() instanceof TopicExistsException)) {
          return false;
        }
      } catch (TimeoutException e) {
        return false;
      }
    }
    return true;
  }

  private static boolean taken(int port) {
    try (ServerSocket socket = new ServerSocket()) {
      socket.setReuseAddress(true); // connections of a killed broker may linger
      socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
      return false;
    } catch (IOException e) {
      return true;
    }
  }

  /// The system may hand out the same free port twice in a row.
  private static int otherFreePort(int port) {
    int other;
    do {
      other = freePort();
    } while (other == port);
    return other;
  }

  private static int freePort() {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static int port(String text) {
    try {
      int port = Integer.parseInt(text);
      if (port >= 0 && port <= 65_535) {
        return port;
      }
    } catch (NumberFormatException e) {
      // falls through to the sentence below
    }
    usage("--port " + text + " is not a port (0 to 65535)");
    throw new AssertionError("usage ends the process");
  }

  private static NewTopic topic(String text) {
    int colon = text.lastIndexOf(':');
    try {
      int partitions = Integer.parseInt(text.substring(colon + 1));
      if (colon > 0 && partitions > 0) {
        return new NewTopic(text.substring(0, colon), partitions, (short) 1);
      }
    } catch (NumberFormatException e) {
      // falls through to the sentence below
    }
    usage("--topic " + text + " is not NAME:PARTITIONS");
    throw new AssertionError("usage ends the process");
  }

  private static void usage(String fault) {
    System.err.println("kafka: " + fault);
    System.err.println(
        "usage: kafka [--port P] [--advertise P] [--data DIR] [--topic NAME:PARTITIONS]...");
    System.exit(2);
  }
}
