package io.millrace.ingest.deadletter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.ingest.config.Trouble.WhenFull;
import io.millrace.ingest.deadletter.FileDeadLetters.Retention;
import io.millrace.ingest.record.Code;
import io.millrace.ingest.record.Decoded;
import io.millrace.ingest.record.RawRecord;
import io.millrace.model.Failure;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileDeadLettersTest {
  @TempDir Path folder;
  @TempDir Path beside;
  private HiddenLetters hidden;

  @BeforeEach
  void nothingIsHidden() {
    hidden = new HiddenLetters(beside.resolve("hidden"));
  }

  @Test
  void letters_are_listed_newest_first_and_one_per_id() {
    try (FileDeadLetters store = open()) {
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
    try (FileDeadLetters store = open()) {
      store.write(List.of(letter(1, "a")));
    }

    assertThat(Files.readString(onlyFile()))
        .isEqualTo(
            "{\"id\":\"7:s/t/0@1\",\"code\":\"JSON_SYNTAX\",\"message\":\"no"
                + " JSON\",\"pointer\":\"/x\",\"source\":\"s\",\"collection\":\"c\",\"position\":\"s/t/0@1\",\"topic\":\"t\",\"timestamp\":5,\"failed_at\":\"2026-01-02T03:04:05Z\",\"headers\":[[\"h\",\"AQI=\"]],\"key_b64\":null,\"value_b64\":\"YQ==\",\"value_bytes\":1,\"replays\":0,\"truncated\":false}\n");
  }

  @Test
  void a_torn_last_line_is_left_out_and_a_new_run_begins_a_new_file() throws Exception {
    try (FileDeadLetters store = open()) {
      store.write(List.of(letter(1, "a")));
    }
    Files.writeString(onlyFile(), "{\"id\":\"half", StandardOpenOption.APPEND);

    try (FileDeadLetters store = open()) {
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
    try (FileDeadLetters store = open()) {
      store.write(List.of(letter(1, "x".repeat((1 << 20) + 1))));

      assertThat(store.list(1).getFirst().value().bytes()).hasSize(1 << 20);
    }
    assertThat(Files.readString(onlyFile()))
        .contains("\"value_bytes\":1048577", "\"truncated\":true");
  }

  @Test
  void old_files_go_and_only_letters_that_nobody_handled_count_as_lost() {
    AtomicReference<Instant> now = new AtomicReference<>(Instant.parse("2026-01-01T12:00:00Z"));
    try (FileDeadLetters store =
        open(new Retention(1 << 20, 1 << 20, Duration.ofDays(30), WhenFull.DROP_OLDEST), now)) {
      store.write(List.of(letter(1, "a"), letter(2, "b")));
      now.set(Instant.parse("2026-01-02T12:00:00Z"));
      store.write(List.of(letter(3, "c")));
      hidden.add(List.of("7:s/t/0@1"));
      assertThat(store.count()).isEqualTo(new DeadLetters.Count(OptionalLong.of(3), 0));

      now.set(Instant.parse("2026-01-31T12:00:00Z"));
      assertThat(store.count().expired()).as("exactly 30 days").isZero();
      now.set(Instant.parse("2026-01-31T12:00:01Z"));
      assertThat(store.count()).isEqualTo(new DeadLetters.Count(OptionalLong.of(1), 1));
      assertThat(store.list(10)).extracting(DeadLetters.Entry::id).containsExactly("7:s/t/0@3");

      now.set(Instant.parse("2026-02-02T12:00:00Z"));
      assertThat(store.count()).isEqualTo(new DeadLetters.Count(OptionalLong.of(0), 2));
      store.write(List.of(letter(4, "d")));
      assertThat(store.list(10)).extracting(DeadLetters.Entry::id).containsExactly("7:s/t/0@4");
    }
  }

  @Test
  void the_oldest_files_make_room_for_new_letters() throws Exception {
    AtomicReference<Instant> now = new AtomicReference<>(Instant.parse("2026-01-01T12:00:00Z"));
    try (FileDeadLetters store =
        open(new Retention(1, 1_000, Duration.ofDays(30), WhenFull.DROP_OLDEST), now)) {
      for (int i = 1; i <= 10; i++) {
        store.write(List.of(letter(i, "a")));
      }
      assertThat(store.list(20))
          .extracting(DeadLetters.Entry::id)
          .containsExactly("7:s/t/0@10", "7:s/t/0@9", "7:s/t/0@8");
      assertThat(store.count()).isEqualTo(new DeadLetters.Count(OptionalLong.of(3), 7));
    }
    try (Stream<Path> files = Files.list(folder)) {
      assertThat(files.mapToLong(file -> file.toFile().length()).sum()).isLessThan(1_000);
    }
    try (FileDeadLetters again = open()) {
      assertThat(again.count()).isEqualTo(new DeadLetters.Count(OptionalLong.of(3), 0));
    }
  }

  @Test
  void where_nothing_may_get_lost_a_full_store_takes_no_more_until_letters_are_handled()
      throws Exception {
    AtomicReference<Instant> now = new AtomicReference<>(Instant.parse("2026-01-01T12:00:00Z"));
    Retention three = new Retention(1, 1_000, Duration.ofDays(30), WhenFull.BLOCK);
    try (FileDeadLetters store = open(three, now)) {
      for (int i = 1; i <= 3; i++) {
        store.write(List.of(letter(i, "a")));
      }
      now.set(Instant.parse("2026-06-01T12:00:00Z")); // age does not make room either
      assertFull(store, 4);
      assertThat(ids(store)).containsExactly("7:s/t/0@3", "7:s/t/0@2", "7:s/t/0@1");

      hidden.add(List.of("7:s/t/0@2"));
      store.write(List.of(letter(4, "a")));
      assertThat(ids(store)).containsExactly("7:s/t/0@4", "7:s/t/0@3", "7:s/t/0@1");
      assertFull(store, 5);

      Files.delete(folder.resolve("2026-01-01-1.ndjson"));
      store.write(List.of(letter(5, "a")));
      assertThat(store.count()).isEqualTo(new DeadLetters.Count(OptionalLong.of(3), 0));
    }
  }

  private static void assertFull(FileDeadLetters store, long number) {
    assertThatThrownBy(() -> store.write(List.of(letter(number, "a"))))
        .isInstanceOf(Failure.Unavailable.class)
        .hasMessageContaining("replay or purge them");
  }

  private static List<String> ids(FileDeadLetters store) {
    return store.list(20).stream().map(DeadLetters.Entry::id).toList();
  }

  private FileDeadLetters open() {
    return new FileDeadLetters(folder, hidden, WhenFull.DROP_OLDEST);
  }

  private FileDeadLetters open(Retention retention, AtomicReference<Instant> now) {
    InstantSource source = now::get;
    return new FileDeadLetters(folder, hidden, retention, source.withZone(ZoneOffset.UTC));
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
