package io.millrace.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class DatasetTest {
  private final Dataset sample = Samples.dataset();

  @Test
  void the_sample_has_the_size_it_says() {
    assertThat(sample.points()).isEqualTo(12_000);
    assertThat(sample.queries()).isEqualTo(200);
    assertThat(sample.dimension()).isEqualTo(384);
    assertThat(sample.answers())
        .extracting(ExactAnswers::name)
        .containsExactly(
            "none",
            "hash-50",
            "hash-10",
            "hash-1",
            "hash-0.1",
            "own-50",
            "own-10",
            "own-1",
            "own-0.1",
            "far-50",
            "far-10",
            "far-1");
  }

  @Test
  void rows_have_almost_length_one() {
    for (int point : List.of(0, 1, 5_999, 11_999)) {
      double squares = 0;
      for (float component : sample.vector(point)) {
        squares += (double) component * component;
      }
      assertThat(Math.sqrt(squares)).isCloseTo(1, within(0.001));
    }
  }

  @Test
  void a_payload_is_an_object_without_the_id() {
    JsonNode payload = JsonMapper.shared().readTree(sample.payload(11_999));

    assertThat(payload.isObject()).isTrue();
    assertThat(payload.has("id")).isFalse();
    assertThat(payload.path("lemmas").size()).isPositive();
  }

  /// A second implementation of the answers, which shares nothing with the script that wrote them.
  @Test
  void the_exact_answers_are_what_a_scan_in_double_finds() {
    ExactAnswers none = answers("none");
    ExactAnswers hash10 = answers("hash-10");
    var buckets = new ArrayList<Integer>();
    for (int point = 0; point < sample.points(); point++) {
      buckets.add(JsonMapper.shared().readTree(sample.payload(point)).path("bucket").intValue());
    }

    for (int query = 0; query < 20; query++) {
      assertThat(none.filter(query)).isEmpty();
      assertThat(none.top(query, 10)).isEqualTo(scan(query, point -> true));
      assertThat(hash10.filter(query).orElseThrow().toString())
          .isEqualTo("{\"must\":[{\"key\":\"bucket\",\"range\":{\"lt\":100}}]}");
      assertThat(hash10.top(query, 10)).isEqualTo(scan(query, point -> buckets.get(point) < 100));
    }
  }

  @Test
  void a_filter_may_depend_on_the_query() {
    ExactAnswers own = answers("own-1");

    for (int query = 0; query < sample.queries(); query++) {
      String category = sample.queryFacts(query).path("category").stringValue();
      assertThat(own.filter(query).orElseThrow().toString()).contains("\"" + category + "\"");
    }
  }

  @Test
  void float32_files_are_read_too(@TempDir Path folder) throws IOException {
    write(folder, "f32", new byte[] {0, 0, (byte) 0x80, 0x3f, 0, 0, 0, (byte) 0xc0});

    assertThat(Dataset.open(folder).vector(0)).containsExactly(1f, -2f);
  }

  @Test
  void float16_files_are_little_endian(@TempDir Path folder) throws IOException {
    write(folder, "f16", new byte[] {0, 0x3c, 0, (byte) 0xc0});

    assertThat(Dataset.open(folder).vector(0)).containsExactly(1f, -2f);
  }

  @Test
  void a_file_that_does_not_fit_the_counts_is_named(@TempDir Path folder) throws IOException {
    write(folder, "f16", new byte[] {0, 0x3c});
    Files.writeString(folder.resolve("truth.json"), "{\"points\":2,\"queries\":1,\"filters\":[]}");

    assertThatThrownBy(() -> Dataset.open(folder))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("vectors.f16");
  }

  private ExactAnswers answers(String name) {
    return sample.answers().stream().filter(a -> a.name().equals(name)).findFirst().orElseThrow();
  }

  private List<Integer> scan(int query, IntPredicate passes) {
    return IntStream.range(0, sample.points())
        .filter(passes)
        .boxed()
        .sorted(
            Comparator.comparingDouble((Integer point) -> -sample.cosine(query, point))
                .thenComparing(point -> point))
        .limit(10)
        .toList();
  }

  private static void write(Path folder, String form, byte[] row) throws IOException {
    Files.write(folder.resolve("vectors." + form), row);
    Files.write(folder.resolve("queries." + form), row);
    Files.writeString(folder.resolve("queries.ndjson"), "{\"q\":0}\n");
    Files.writeString(folder.resolve("truth.json"), "{\"points\":1,\"queries\":1,\"filters\":[]}");
    try (OutputStream payload =
        new GZIPOutputStream(Files.newOutputStream(folder.resolve("payload.ndjson.gz")))) {
      payload.write("{\"id\":0,\"a\":1}\n".getBytes(java.nio.charset.StandardCharsets.UTF_8));
    }
  }
}
