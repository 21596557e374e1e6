package io.millrace.bench.demo;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.bench.Dataset;
import io.millrace.bench.Samples;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class SampleRecordsTest {
  private final Dataset sample = Samples.dataset();
  private final SampleRecords records = new SampleRecords(sample);

  @Test
  void a_record_holds_id_vector_and_payload_exactly() {
    JsonNode record = JsonMapper.shared().readTree(records.json(7));

    assertThat(record.propertyNames()).containsExactly("id", "vector", "payload");
    assertThat(record.path("id").intValue()).isEqualTo(7);
    float[] vector = sample.vector(7);
    assertThat(record.path("vector").size()).isEqualTo(vector.length);
    for (int i = 0; i < vector.length; i++) {
      assertThat(record.path("vector").path(i).floatValue()).isEqualTo(vector[i]);
    }
    assertThat(record.path("payload").toString()).isEqualTo(sample.payload(7));
  }

  @Test
  void the_files_hold_the_odd_ids_once_and_nothing_else_is_left(@TempDir Path folder)
      throws IOException {
    int files = records.toFolder(folder.resolve("inbox"));

    List<Path> found;
    try (Stream<Path> list = Files.list(folder.resolve("inbox"))) {
      found = list.sorted().toList();
    }
    assertThat(found).hasSize(files).allMatch(file -> file.toString().endsWith(".ndjson"));
    var ids = new ArrayList<Integer>();
    for (Path file : found) {
      for (String line : Files.readAllLines(file)) {
        ids.add(JsonMapper.shared().readTree(line).path("id").intValue());
      }
    }
    assertThat(ids)
        .isEqualTo(IntStream.range(0, sample.points()).filter(i -> i % 2 == 1).boxed().toList());
  }
}
