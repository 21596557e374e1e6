import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/// Fills a topic with 1,000 records, sends points to one, or counts what is in it.
///
/// ```
/// Topic fill HOST:PORT NAME
/// Topic points HOST:PORT NAME FROM TO   ids FROM to TO - 1, vectors of 2
/// Topic count HOST:PORT NAME            partition 0; fails where there is no such topic
/// ```
public final class Topic {
  public static void main(String[] args) throws Exception {
    Map<String, Object> config =
        Map.of("bootstrap.servers", args[1], "allow.auto.create.topics", "false");
    switch (args[0]) {
      case "fill" -> fill(config, args[2]);
      case "points" ->
          points(config, args[2], Integer.parseInt(args[3]), Integer.parseInt(args[4]));
      case "count" -> count(config, args[2]);
      default -> throw new IllegalArgumentException(args[0]);
    }
  }

  private static void fill(Map<String, Object> config, String topic) throws Exception {
    try (Admin admin = Admin.create(config);
        var producer =
            new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer())) {
      admin.createTopics(List.of(new NewTopic(topic, 1, (short) 1))).all().get();
      for (int i = 0; i < 1_000; i++) {
        producer.send(new ProducerRecord<>(topic, new byte[] {1}, new byte[100]));
      }
      producer.flush();
      System.out.println("sent 1000");
    }
  }

  private static void points(Map<String, Object> config, String topic, int from, int to) {
    try (var producer =
        new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer())) {
      for (int id = from; id < to; id++) {
        String record =
            "{\"id\":" + id + ",\"vector\":[" + id + ",1],\"payload\":{\"n\":" + id + "}}";
        byte[] key = Integer.toString(id).getBytes(StandardCharsets.UTF_8);
        producer.send(new ProducerRecord<>(topic, key, record.getBytes(StandardCharsets.UTF_8)));
      }
    }
    System.out.println("sent " + (to - from));
  }

  private static void count(Map<String, Object> config, String topic) {
    var partition = new TopicPartition(topic, 0);
    try (var consumer =
        new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      consumer.assign(List.of(partition));
      consumer.seekToBeginning(List.of(partition));
      if (consumer.partitionsFor(topic).isEmpty()) {
        throw new IllegalStateException("no topic " + topic);
      }
      long end = consumer.endOffsets(List.of(partition)).get(partition);
      int found = 0;
      long deadline = System.nanoTime() + Duration.ofSeconds(30).toNanos();
      while (consumer.position(partition) < end && System.nanoTime() < deadline) {
        found += consumer.poll(Duration.ofMillis(200)).count();
      }
      System.out.println("found " + found);
    }
  }
}
