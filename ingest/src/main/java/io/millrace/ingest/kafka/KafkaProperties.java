package io.millrace.ingest.kafka;

import io.millrace.ingest.config.SourceConfig.KafkaSource;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/// Properties of the clients: the user's, unchanged, under ours. Values may be `${env:X}` or
/// `${file:/path}`.
public final class KafkaProperties {
  private KafkaProperties() {}

  /// Ours, with the reason why they cannot be set.
  private static final Map<String, String> REFUSED =
      Map.of(
          "enable.auto.commit", "positions come from our own log",
          "auto.offset.reset", "a position out of range is never skipped silently",
          "isolation.level", "aborted records are never read",
          "key.deserializer", "records are read as bytes",
          "value.deserializer", "records are read as bytes",
          "max.poll.records", "it follows from the memory budget",
          "allow.auto.create.topics", "reading makes no topics",
          "interceptor.classes", "records are read as they are",
          "partition.assignment.strategy", "partitions are assigned by us",
          "group.id", "use 'group' of the source");

  private static final Map<String, String> REFUSED_SIZES =
      Map.of(
          "fetch.max.bytes", "it follows from the memory budget",
          "max.partition.fetch.bytes", "it follows from the memory budget");

  /// One sentence per property that cannot be set.
  public static List<String> faults(Map<String, String> properties) {
    return properties.keySet().stream()
        .sorted()
        .filter(name -> REFUSED.containsKey(name) || REFUSED_SIZES.containsKey(name))
        .map(name ->
            "'"
                + name
                + "' cannot be set: "
                + REFUSED.getOrDefault(name, REFUSED_SIZES.getOrDefault(name, "")))
        .toList();
  }

  /// The same for properties that come by the API: none may load code or read files of the server.
  public static List<String> faultsFromOutside(Map<String, String> properties) {
    List<String> faults = new java.util.ArrayList<>(faults(properties));
    properties.forEach((name, value) -> {
      if (name.contains("jaas")
          || name.contains(".class")
          || name.contains("location")
          || name.contains("classes")
          || value.contains("${")) {
        faults.add(
            "'" + name + "' names code or a file; it can be set in the configuration file only");
      }
    });
    return faults;
  }

  static Properties consumer(KafkaSource source, long budgetBytes, String client) {
    Properties p = common(source, client);
    p.put(ConsumerConfig.KEY_DESERIALIZER_CLASS_CONFIG, ByteArrayDeserializer.class.getName());
    p.put(ConsumerConfig.VALUE_DESERIALIZER_CLASS_CONFIG, ByteArrayDeserializer.class.getName());
    p.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, "false");
    p.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "none");
    p.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
    p.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, "false");
    p.put(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, "5000");
    p.put(ConsumerConfig.FETCH_MAX_BYTES_CONFIG, "" + Math.min(16L << 20, budgetBytes / 4));
    p.put(ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG, "" + (1 << 20));
    return p;
  }

  static Properties admin(KafkaSource source, String client) {
    Properties p = common(source, client);
    // A cluster that does not answer shall be seen within seconds.
    p.put(CommonClientConfigs.REQUEST_TIMEOUT_MS_CONFIG, "4000");
    p.put(CommonClientConfigs.DEFAULT_API_TIMEOUT_MS_CONFIG, "5000");
    return p;
  }

  static Properties producer(KafkaSource source, String client) {
    Properties p = common(source, client);
    p.put(ProducerConfig.KEY_SERIALIZER_CLASS_CONFIG, ByteArraySerializer.class.getName());
    p.put(ProducerConfig.VALUE_SERIALIZER_CLASS_CONFIG, ByteArraySerializer.class.getName());
    p.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, "true");
    p.put(ProducerConfig.ACKS_CONFIG, "all");
    p.put(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, "" + (16 << 20));
    p.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, "10000");
    p.put(ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, "10000");
    p.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, "30000");
    return p;
  }

  private static Properties common(KafkaSource source, String client) {
    Map<String, Object> p = new HashMap<>();
    // Back within two seconds of a broker that returns.
    p.put(CommonClientConfigs.RECONNECT_BACKOFF_MAX_MS_CONFIG, "2000");
    p.put(CommonClientConfigs.METADATA_MAX_AGE_CONFIG, "30000");
    p.put(CommonClientConfigs.CLIENT_ID_CONFIG, client);
    source.properties().forEach((name, value) -> p.put(name, expanded(value)));
    p.put(CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG, source.bootstrap());
    Properties properties = new Properties();
    properties.putAll(p);
    return properties;
  }

  static String expanded(String value) {
    StringBuilder out = new StringBuilder();
    int at = 0;
    int open = value.indexOf("${");
    while (open >= 0) {
      int close = value.indexOf('}', open);
      if (close < 0) {
        break;
      }
      String inside = value.substring(open + 2, close);
      out.append(value, at, open);
      if (inside.startsWith("env:")) {
        String found = System.getenv(inside.substring(4));
        if (found == null) {
          throw new IllegalArgumentException(
              "The environment has no " + inside.substring(4) + ", which a Kafka property names");
        }
        out.append(found);
      } else if (inside.startsWith("file:")) {
        out.append(content(Path.of(inside.substring(5))));
      } else {
        out.append(value, open, close + 1);
      }
      at = close + 1;
      open = value.indexOf("${", at);
    }
    return out.append(value, at, value.length()).toString();
  }

  private static String content(Path file) {
    try {
      return Files.readString(file).strip();
    } catch (IOException e) {
      throw new UncheckedIOException(
          "A Kafka property names " + file + ", which cannot be read", e);
    }
  }
}
