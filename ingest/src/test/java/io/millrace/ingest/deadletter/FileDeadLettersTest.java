package io.millrace.ingest.deadletter;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.ingest.record.Code;
import io.millrace.ingest.record.Decoded;
import io.millrace.ingest.record.RawRecord;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileDeadLettersTest {
  @TempDir Path folder;

  @Test
  void letters_are_listed_newest_first_and_one_per_id() {
    try (FileDeadLetters store = new FileDeadLetters(folder)) {
      assertThat(store.list(10)).isEmpty();
      store.write(List.of(letter(1, "a"), letter(2, "b")));
      store.write(List.of(letter(1, "a again")));

      assertThat(store.list(10))
          .extracting(DeadLetters.Entry::id)
          .containsExactly("7:s/t/0@1", "7:s/t/0@2");
      assertThat(store.list(1)).hasSize(1);
      assertThat(store.list(10).getFirst().value().toString()).isEqualTo("a again");
    }
  }

  @Test
  void a_line_has_the_fields_of_its_table() throws Exception {
    try (FileDeadLetters store = new FileDeadLetters(folder)) {
      store.write(List.of(letter(1, "a")));
    }

    assertThat(Files.readString(onlyFile()))
        .isEqualTo(
            "{\"id\":\"7:s/t/0@1\",\"code\":\"JSON_SYNTAX\",\"message\":\"no"
                + " JSON\",\"pointer\":\"/x\","
                + "\"source\":\"s\",\"collection\":\"c\",\"position\":\"s/t/0@1\",\"topic\":\"t\",\"timestamp\":5,\"failed_at\":\"2026-01-02T03:04:05Z\",\"headers\":[[\"h\",\"AQI=\"]],\"key_b64\":null,\"value_b64\":\"YQ==\",\"value_bytes\":1,\"replays\":0,\"truncated\":false}\n");
  }

  @Test
  void a_torn_last_line_is_left_out_and_a_new_run_begins_a_new_file() throws Exception {
    try (FileDeadLetters store = new FileDeadLetters(folder)) {
      store.write(List.of(letter(1, "a")));
    }
    Files.writeString(onlyFile(), "{\"id\":\"half", StandardOpenOption.APPEND);

    try (FileDeadLetters store = new FileDeadLetters(folder)) {
      store.write(List.of(letter(2, "b")));
      assertThat(store.list(10))
          .extracting(DeadLetters.Entry::id)
          .containsExactly("7:s/t/0@2", "7:s/t/0@1");
    }
    try (Stream<Path> files = Files.list(folder)) {
      assertThat(files).hasSize(2);
    }
  }

  @Test
  void a_long_value_is_cut_and_says_so() throws Exception {
    try (FileDeadLetters store = new FileDeadLetters(folder)) {
      store.write(List.of(letter(1, "x".repeat((1 << 20) + 1))));

      assertThat(store.list(1).getFirst().value().bytes()).hasSize(1 << 20);
    }
    assertThat(Files.readString(onlyFile()))
        .contains("\"value_bytes\":1048577", "\"truncated\":true");
  }

  private Path onlyFile() throws Exception {
    try (Stream<Path> files = Files.list(folder)) {
      return files.findFirst().orElseThrow();
    }
  }

  private static DeadLetter letter(long number, String value) {
    RawRecord record =
        new RawRecord(
            number,
            5,
            null,
            value.getBytes(StandardCharsets.UTF_8),
            List.of(new RawRecord.Header("h", new byte[] {1, 2})));
    return new DeadLetter(
        "s",
        7,
        "t/0",
        "t",
        0,
        record,
        Optional.of("c"),
        new Decoded.Bad(Code.JSON_SYNTAX, "/x", "no JSON"),
        Instant.parse("2026-01-02T03:04:05Z"));
  }
}
