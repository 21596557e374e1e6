package io.millrace.bench.demo;

import io.millrace.bench.Dataset;
import io.millrace.bench.Points;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.serialization.StringSerializer;
import org.jspecify.annotations.Nullable;

/// The points of a data set as records of shape S2: `id`, `vector`, `payload`. Even ids go to
/// Kafka, odd ids into files.
final class SampleRecords {
  private static final int LINES_PER_FILE = 1_000;

  private final Dataset dataset;

  SampleRecords(Dataset dataset) {
    this.dataset = dataset;
  }

  /// Sends the even ids, keyed by their id, so that all records of a point are in one partition.
  ///
  /// @return the number of records, all of them acknowledged by the broker
  int toKafka(String bootstrap, String topic) {
    Map<String, Object> config =
        Map.of(
            ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
            bootstrap,
            ProducerConfig.LINGER_MS_CONFIG,
            20,
            ProducerConfig.BATCH_SIZE_CONFIG,
            256 << 10,
            // A topic that does not exist is found out soon.
            ProducerConfig.MAX_BLOCK_MS_CONFIG,
            20_000);
    var failure = new AtomicReference<@Nullable Exception>();
    int sent = 0;
    try (var producer =
        new KafkaProducer<>(config, new StringSerializer(), new StringSerializer())) {
      for (int id = 0; id < dataset.points(); id += 2) {
        producer.send(
            new ProducerRecord<>(topic, Integer.toString(id), json(id)),
            (done, refused) -> {
              if (refused != null) {
                failure.compareAndSet(null, refused);
              }
            });
        sent++;
      }
      producer.flush();
    }
    Exception refused = failure.get();
    if (refused != null) {
      throw new KafkaException("a record was not taken", refused);
    }
    return sent;
  }

  /// Drops the odd ids as NDJSON. A file is written under a name that the inbox leaves alone and
  /// then renamed, so it is never seen half written.
  ///
  /// @return the number of files
  int toFolder(Path inbox) throws IOException {
    Files.createDirectories(inbox);
    int files = 0;
    for (int first = 1; first < dataset.points(); first += 2 * LINES_PER_FILE) {
      files++;
      String name = "words-%02d.ndjson".formatted(files);
      Path part = inbox.resolve("." + name + ".part");
      try (BufferedWriter lines = Files.newBufferedWriter(part, StandardCharsets.UTF_8)) {
        int end = Math.min(dataset.points(), first + 2 * LINES_PER_FILE);
        for (int id = first; id < end; id += 2) {
          lines.write(json(id));
          lines.write('\n');
        }
      }
      Files.move(part, inbox.resolve(name), StandardCopyOption.ATOMIC_MOVE);
    }
    return files;
  }

  String json(int id) {
    var json = new StringBuilder(8 << 10);
    json.append("{\"id\":").append(id).append(",\"vector\":");
    Points.append(json, dataset.vector(id));
    return json.append(",\"payload\":").append(dataset.payload(id)).append('}').toString();
  }
}
